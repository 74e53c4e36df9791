// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "core/sysfs/files.hpp"
#include "grub-gen/apply.hpp"
#include "grub-gen/commands/command.hpp"
#include "grub-gen/difference.hpp"
#include "grub-gen/legacy/take_over.hpp"
#include "grub-gen/setup/choices_text.hpp"
#include "grub-gen/setup/dialogue.hpp"
#include "grub-gen/setup/write.hpp"

namespace early_bind {
namespace {

using setup::Answers;
using setup::Draft;
using setup::End;
using Words = std::vector<std::string>;

struct SetupOptions {
    bool yes = false;
    bool dry_run = false;
    bool apply = false;
    bool import = false;
    Words pass;
    Words host_only;
    Words statics;
    Words profiles;
    std::string memory;
    std::string cpus;
    std::string zram;
};

/// The terminal, or what stands in for it.
class StandardConsole final : public setup::Console {
  public:
    void show(const std::string& text) override {
        print(text);
        std::fflush(stdout);
    }
    std::optional<std::string> read_line() override {
        std::string line;
        const bool read = static_cast<bool>(std::getline(std::cin, line));
        // Nobody else ends the line of the question then.
        if (!read || ::isatty(STDIN_FILENO) == 0) {
            show("\n");
        }
        return read ? std::optional(std::move(line)) : std::nullopt;
    }
};

/// One run of the command.
struct Session {
    std::optional<std::string> before;   ///< what is in the file
    std::optional<std::string> base;     ///< the same with what is taken over
    std::optional<TakeOver> taken_over;  ///< what is taken over
    Answers answers;
    Draft draft;
};

std::string outside_config(const sysfs::Root& root) {
    return root.outside_path(kConfigPath);
}

Result<std::optional<std::string>> read_before(const sysfs::Root& root) {
    if (root.read_link(kConfigPath)) {
        return fail(
            fmt::format("{} is a symbolic link, and setup does not replace what it leads "
                        "to; edit that file by hand, or put a file in the link's place",
                        outside_config(root)));
    }
    if (!root.exists(kConfigPath)) {
        return std::nullopt;
    }
    auto text = root.read(kConfigPath);
    if (!text) {
        return tl::unexpected(text.error());
    }
    return std::optional(std::move(*text));
}

void take_over(Session& session, TakeOver found) {
    for (const auto& change : found.changes) {
        if (change.path == kConfigPath && change.after) {
            session.base = (session.before ? "" : setup::new_file_head()) + *change.after;
        }
    }
    session.taken_over = std::move(found);
}

/// What the options answer. Devices that an expression matches in vain are warned of.
Result<Answers> given(const SetupOptions& options, const Machine& machine) {
    Answers answers;
    if (!options.pass.empty() || !options.host_only.empty()) {
        const auto gpus =
            setup::parse_gpus(options.pass.empty() ? options.host_only : options.pass, machine);
        if (!gpus) {
            return tl::unexpected(gpus.error());
        }
        answers.host_only = options.pass.empty() ? *gpus : setup::others(machine, *gpus);
    }
    if (!options.statics.empty()) {
        const auto statics = setup::parse_statics(options.statics, machine);
        if (!statics) {
            return tl::unexpected(statics.error());
        }
        warn(statics->left_out);
        answers.statics = statics->devices;
    }
    answers.profiles = options.profiles;
    const auto read = [](const std::string& text, auto parse, auto& value) -> Result<void> {
        if (text.empty()) {
            return {};
        }
        auto parsed = parse(text);
        if (!parsed) {
            return tl::unexpected(parsed.error());
        }
        value = std::move(*parsed);
        return {};
    };
    auto done = read(options.memory, setup::parse_memory, answers.memory);
    done = done ? read(options.cpus, setup::parse_cpus, answers.cpus) : done;
    done = done ? read(options.zram, setup::parse_zram, answers.zram) : done;
    if (!done) {
        return tl::unexpected(done.error());
    }
    return answers;
}

/// The draft of what the options answer.
Result<void> begin(const sysfs::Root& root, const SetupOptions& options, const Machine& machine,
                   Session& session) {
    auto answers = given(options, machine);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    session.answers = std::move(*answers);
    auto draft = make_draft(root, session.base, session.answers);
    if (!draft) {
        return tl::unexpected(draft.error());
    }
    session.draft = std::move(*draft);
    if (!session.answers.profiles.empty()) {
        // Numbers and `all` become names: those of the machine as it is now.
        auto names = setup::parse_profiles(session.answers.profiles, session.draft.machine);
        session.answers.profiles = names ? std::move(*names) : Words();
    }
    return {};
}

std::string result_text(const sysfs::Root& root, const Session& session,
                        const std::string& difference) {
    std::string out;
    if (session.taken_over) {
        for (const auto& change : session.taken_over->changes) {
            if (change.path != kConfigPath) {
                out += fmt::format("{} {}\n", change.after ? "Changes" : "Sets aside",
                                   root.outside_path(change.path));
            }
        }
    }
    out += difference;
    return out + fmt::format("\nThe menu, for each kernel:\n\n{}",
                             setup::menu_text(session.draft.machine));
}

Result<void> write(const sysfs::Root& root, const Session& session) {
    const auto now = read_before(root);
    if (!now) {
        return tl::unexpected(now.error());
    }
    if (*now != session.before) {
        return fail(fmt::format("{} was changed meanwhile, so nothing is written; run this again",
                                outside_config(root)));
    }
    if (!session.taken_over) {
        return sysfs::replace_file(root, kConfigPath, session.draft.text);
    }
    std::vector<FileChange> changes;
    for (const auto& change : session.taken_over->changes) {
        if (change.path != kConfigPath) {
            changes.push_back(change);
        }
    }
    if (session.draft.text != session.before.value_or("")) {
        changes.push_back({kConfigPath, session.before, session.draft.text});
    }
    const auto backup = change_files(root, changes);
    if (!backup) {
        return tl::unexpected(backup.error());
    }
    say(fmt::format("the files as they were are in {}; `grub-gen import --undo` puts them back",
                    root.outside_path(backup->directory)));
    return {};
}

/// Whether apply() has something to do.
bool is_behind(const sysfs::Root& root, const Machine& machine) {
    const auto table = compile(machine);
    const auto now = root.read(kBootTablePath, kBootTableLimit);
    return !table || !now || *table != *now;
}

int finish(const sysfs::Root& root, const SetupOptions& options, setup::Console& console,
           bool wrote) {
    const auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    if (!is_behind(root, *machine) && !options.apply) {
        return kGood;
    }
    bool wanted = options.apply;
    if (!options.yes && !options.apply) {
        wanted = wrote || !root.exists(kBootTablePath);
        console.show(
            "\nThe menu gets this by `grub-gen apply`, which also rebuilds the initramfs.\n");
        if (ask_yes(console, "Run it now?", wanted) != End::answered) {
            wanted = false;
        }
    }
    if (!wanted) {
        say("next: `grub-gen apply`, which rebuilds the initramfs and the menu");
        return kGood;
    }
    const auto applied = apply(root, *machine, say);
    return applied ? kGood : failed(applied.error());
}

int ended(End end) {
    if (end == End::quit) {
        say("nothing was changed");
        return kGood;
    }
    say("nothing was changed: the input ended before the last answer; `grub-gen setup --yes` asks "
        "nothing");
    return kFailed;
}

/// Offers to take earlier set-ups over.
End offer_import(setup::Console& console, Session& session, TakeOver found) {
    console.show(
        fmt::format("\nAn earlier set-up for passing devices was found ({} place{}); `grub-gen "
                    "import` shows it.\n"
                    "It would get in the way of the menu entries.\n",
                    found.findings.size(), found.findings.size() == 1 ? "" : "s"));
    bool wanted = false;
    const End end = ask_yes(console, "Take it over, with a backup?", wanted);
    if (wanted) {
        take_over(session, std::move(found));
    }
    return end;
}

/// Shows what would become of everything, and does it.
int conclude(const sysfs::Root& root, const SetupOptions& options, setup::Console& console,
             const Session& session) {
    const bool same = session.draft.text == session.before.value_or("");
    auto change = same ? std::string() : difference(root, kConfigPath, session.draft.text, "setup");
    if (!change) {
        return failed(change.error());
    }
    if (!session.before) {
        change =
            fmt::format("New file {}:\n\n{}", root.outside_path(kConfigPath), session.draft.text);
    }
    if (!options.yes || options.dry_run) {
        console.show(
            fmt::format("{}{}", options.yes ? "" : "\n", result_text(root, session, *change)));
    }
    const bool nothing = same && !session.taken_over;
    if (nothing) {
        say("nothing would change");
    }
    if (options.dry_run) {
        if (!nothing) {
            say("dry run: nothing was changed");
        }
        return kGood;
    }
    bool wanted = true;
    if (!nothing && !options.yes) {
        console.show("\n");
        const auto question = fmt::format("Write {}?", outside_config(root));
        if (const End end = ask_yes(console, question, wanted); end != End::answered) {
            return ended(end);
        }
    }
    if (!wanted) {
        return ended(End::quit);
    }
    if (!nothing) {
        if (const auto written = write(root, session); !written) {
            return failed(written.error());
        }
        say(fmt::format("wrote {}", outside_config(root)));
    }
    return finish(root, options, console, !nothing);
}

int run_setup(const sysfs::Root& root, const SetupOptions& options) {
    if (root.is_live() && ::geteuid() != 0 && !options.dry_run) {
        return failed({fmt::format("only root can write {}; run this with sudo, or with --dry-run",
                                   outside_config(root))});
    }
    const auto before = read_before(root);
    if (!before) {
        return failed(before.error());
    }
    Session session;
    session.before = session.base = *before;
    const auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    warn(machine->warnings);
    auto found = plan_take_over(root, *machine);
    if (!found) {
        return failed(found.error());
    }
    StandardConsole console;
    if (!options.yes) {
        console.show(
            "Each question has an answer in brackets: Enter takes it. `q` or Ctrl-D ends "
            "without any\nchange.\n");
    }
    if (options.import && !found->changes.empty()) {
        take_over(session, std::move(*found));
    } else if (!found->changes.empty() && !options.yes) {
        if (const End end = offer_import(console, session, std::move(*found));
            end != End::answered) {
            return ended(end);
        }
    }
    if (const auto begun = begin(root, options, *machine, session); !begun) {
        return failed(begun.error());
    }
    if (options.yes) {
        warn(session.draft.notes);
    } else {
        const auto drafter = [&root, &session](const Answers& answers) {
            return make_draft(root, session.base, answers);
        };
        if (const End end = ask_all(console, setup::read_monitors(root), drafter, session.answers,
                                    session.draft);
            end != End::answered) {
            return ended(end);
        }
    }
    return conclude(root, options, console, session);
}

}  // namespace

Command setup_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "setup", "ask what to pass, write the configuration, and offer to apply it");
    const auto options = std::make_shared<SetupOptions>();
    words->add_flag("--yes", options->yes, "ask nothing: take the options, and keep the rest");
    words->add_flag("--dry-run", options->dry_run, "show the configuration and the menu");
    words->add_flag("--apply", options->apply, "run apply behind it, without a question");
    words->add_flag("--import", options->import, "take an earlier set-up over, with a backup");
    auto* pass =
        words->add_option("--pass", options->pass, "GPUs that may be passed; the others may not");
    words->add_option("--host-only", options->host_only, "GPUs that are never passed")
        ->excludes(pass);
    words->add_option("--static,--pci", options->statics,
                      "other devices for every boot: numbers, addresses, vendor:device, locations "
                      "or regular expressions over the names; none");
    words->add_option("--profile", options->profiles,
                      "the profiles that --memory, --cpus and --zram are for; all when not given");
    words->add_option("--memory", options->memory, "huge pages: 16G, 8G,8G by NUMA node, off");
    words->add_option("--cpus", options->cpus, "CPUs for VMs: 4-7,12-15, off");
    words->add_option("--zram", options->zram, "compressed swap: 4G, auto, off, system");
    return {words, [options](const sysfs::Root& root) -> int { return run_setup(root, *options); },
            [options] { return !options->dry_run; }};
}

}  // namespace early_bind
