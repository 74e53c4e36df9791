// SPDX-License-Identifier: MIT
#include "grub-gen/setup/dialogue.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/setup/choices_text.hpp"

namespace early_bind::setup {
namespace {

using Words = std::vector<std::string>;

/// The questions, in their order.
class Questions {
  public:
    Questions(Console& console, const Monitors& monitors, const Drafter& drafter, Answers& answers,
              Draft& draft)
        : console_(console),
          monitors_(monitors),
          drafter_(drafter),
          answers_(answers),
          draft_(draft) {}

    [[nodiscard]] End ask_all() {
        for (const auto question : {&Questions::gpus, &Questions::statics, &Questions::profiles,
                                    &Questions::memory, &Questions::cpus, &Questions::zram}) {
            if (const End end = (this->*question)(); end != End::answered) {
                return end;
            }
        }
        return End::answered;
    }

  private:
    [[nodiscard]] const Machine& machine() const { return draft_.machine; }

    void explain(const std::string& title, const std::string& text) {
        console_.show(fmt::format("\n{}\n\n{}\n", title, text));
    }

    /// Takes the answers over when a draft can be made of them, and shows what is new in it.
    Result<void> accept(const Answers& answers) {
        auto draft = drafter_(answers);
        if (!draft) {
            return tl::unexpected(draft.error());
        }
        const auto show_new = [this](const Words& now, const Words& before) {
            for (const auto& sentence : now) {
                if (std::find(before.begin(), before.end(), sentence) == before.end()) {
                    console_.show(fmt::format("note: {}\n", sentence));
                }
            }
        };
        show_new(draft->notes, draft_.notes);
        show_new(draft->machine.warnings, draft_.machine.warnings);
        answers_ = answers;
        draft_ = std::move(*draft);
        return {};
    }

    [[nodiscard]] End gpus() {
        explain("GPUs", gpus_text(machine(), monitors_));
        if (answers_.host_only || candidates(machine()).empty()) {
            return End::answered;
        }
        console_.show(
            "Which of them may be passed to VMs? Each of these gets a menu entry in which the "
            "host\n"
            "keeps it and passes the others. Answer with numbers, addresses or words of the name,\n"
            "`all` or `none`.\n");
        return ask(console_, "May be passed", current_pass(machine()),
                   [this](const std::string& line) -> Result<void> {
                       const auto words = split_words(line);
                       const auto pass =
                           words ? parse_gpus(*words, machine()) : tl::unexpected(words.error());
                       if (!pass) {
                           return tl::unexpected(pass.error());
                       }
                       Answers answers = answers_;
                       answers.host_only = others(machine(), *pass);
                       return accept(answers);
                   });
    }

    [[nodiscard]] End statics() {
        if (answers_.statics || static_candidates(machine()).empty()) {
            return End::answered;
        }
        explain("Other devices", statics_text(machine()));
        console_.show(
            "Which of them shall go to vfio-pci in every boot (the static set)? Answer with the\n"
            "whole set: numbers, addresses, vendor:device, or a regular expression over the names\n"
            "such as 'NVIDIA|USB'; `none` for none.\n");
        return ask(console_, "Static set", current_statics(machine()),
                   [this](const std::string& line) -> Result<void> {
                       const auto words = split_words(line);
                       const auto chosen =
                           words ? parse_statics(*words, machine()) : tl::unexpected(words.error());
                       if (!chosen) {
                           return tl::unexpected(chosen.error());
                       }
                       for (const auto& sentence : chosen->left_out) {
                           console_.show(fmt::format("note: {}\n", sentence));
                       }
                       Answers answers = answers_;
                       answers.statics = chosen->devices;
                       return accept(answers);
                   });
    }

    /// Whether one of the questions about memory, CPUs and zram is left.
    [[nodiscard]] bool resources_left() const {
        return !(answers_.memory && answers_.cpus && answers_.zram) &&
               !profiles_with_entry(machine()).empty();
    }

    [[nodiscard]] End profiles() {
        if (!resources_left() || !answers_.profiles.empty()) {
            return End::answered;
        }
        explain("Profiles", profiles_text(machine()));
        if (profiles_with_entry(machine()).size() == 1) {
            return End::answered;
        }
        console_.show(
            "The next three questions are about memory, CPUs and swap, in these profiles only: "
            "the\n"
            "stock entries stay as they are. Which profiles are they for? Numbers, names or "
            "`all`.\n");
        return ask(console_, "Profiles", "all", [this](const std::string& line) -> Result<void> {
            const auto words = split_words(line);
            auto chosen = words ? parse_profiles(*words, machine()) : tl::unexpected(words.error());
            if (!chosen) {
                return tl::unexpected(chosen.error());
            }
            Answers answers = answers_;
            answers.profiles = std::move(*chosen);
            return accept(answers);
        });
    }

    [[nodiscard]] Words asked_profiles() const {
        if (!answers_.profiles.empty()) {
            return answers_.profiles;
        }
        Words names;
        for (const auto* profile : profiles_with_entry(machine())) {
            names.push_back(profile->name);
        }
        return names;
    }

    /// Asks for one of the three. `parse` reads a line, `member` is where it goes.
    template <class Value>
    [[nodiscard]] End resource(const std::string& question,
                               const std::optional<std::string>& current,
                               Result<Value> (*parse)(std::string_view),
                               std::optional<Value> Answers::*member) {
        return ask(console_, question, current.value_or("as each profile has it"),
                   [&](const std::string& line) -> Result<void> {
                       auto value = parse(line);
                       if (!value) {
                           return tl::unexpected(value.error());
                       }
                       Answers answers = answers_;
                       answers.*member = std::move(*value);
                       return accept(answers);
                   });
    }

    [[nodiscard]] End memory() {
        if (answers_.memory || !resources_left()) {
            return End::answered;
        }
        explain("Huge pages", memory_text(machine().hardware));
        console_.show(
            "How much memory shall be set aside for VMs, out of the host's reach? 16G, one size "
            "for\n"
            "each NUMA node as in 8G,8G, or off.\n");
        return resource("Memory", current_memory(machine(), asked_profiles()), parse_memory,
                        &Answers::memory);
    }

    [[nodiscard]] End cpus() {
        if (answers_.cpus || !resources_left()) {
            return End::answered;
        }
        explain("CPUs", cpus_text(machine().hardware));
        console_.show(
            "Which CPUs shall the host leave to VMs? A list such as 4-7,12-15, best with all "
            "threads\n"
            "of a core (they are joined by commas above), or off. The first core is the host's.\n");
        return resource("CPUs", current_cpus(machine(), asked_profiles()), parse_cpus,
                        &Answers::cpus);
    }

    [[nodiscard]] End zram() {
        if (answers_.zram || !resources_left()) {
            return End::answered;
        }
        explain("Compressed swap in memory (zram)",
                "  It helps a host that has little memory left beside its VMs.\n");
        console_.show(
            "Of which size? 4G, auto for a sensible size, off for none, or system to leave it as "
            "the\n"
            "system is set up.\n");
        return resource("zram", current_zram(machine(), asked_profiles()), parse_zram,
                        &Answers::zram);
    }

    Console& console_;
    const Monitors& monitors_;
    const Drafter& drafter_;
    Answers& answers_;
    Draft& draft_;
};

}  // namespace

End ask(Console& console, const std::string& question, const std::string& brackets,
        const std::function<Result<void>(const std::string&)>& take) {
    for (;;) {
        console.show(fmt::format("{} [{}]: ", question, brackets));
        const auto line = console.read_line();
        if (!line) {
            return End::input_ended;
        }
        const std::string answer(text::trim(*line));
        if (answer.empty()) {
            return End::answered;
        }
        if (answer == "q" || answer == "quit") {
            return End::quit;
        }
        const auto taken = take(answer);
        if (taken) {
            return End::answered;
        }
        console.show(fmt::format("{}.\n", taken.error().what));
    }
}

End ask_yes(Console& console, const std::string& question, bool& value) {
    return ask(console, question, value ? "Y/n" : "y/N",
               [&value](const std::string& line) -> Result<void> {
                   const auto word = text::lower_case(line);
                   if (word != "y" && word != "yes" && word != "n" && word != "no") {
                       return fail("please answer y or n, or q to end without any change");
                   }
                   value = word.starts_with('y');
                   return {};
               });
}

End ask_all(Console& console, const Monitors& monitors, const Drafter& drafter, Answers& answers,
            Draft& draft) {
    return Questions(console, monitors, drafter, answers, draft).ask_all();
}

}  // namespace early_bind::setup
