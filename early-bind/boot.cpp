// SPDX-License-Identifier: MIT
#include "early-bind/boot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "core/sysfs/files.hpp"
#include "core/sysfs/writer.hpp"
#include "core/text.hpp"
#include "early-bind/deadline.hpp"
#include "early-bind/executor.hpp"
#include "early-bind/kmod_loader.hpp"
#include "early-bind/log.hpp"
#include "early-bind/report.hpp"
#include "early-bind/system.hpp"

namespace early_bind {
namespace {

constexpr std::chrono::seconds kDeadline{10};

/// What systemd-modules-load of the running system reads (modules-load.d(5)).
constexpr const char* kModulesLoadPath = "run/modules-load.d/early-bind.conf";

/// Modules are only ever loaded into the system that we run in, never for another root.
class NoLoader final : public ModuleLoader {
  public:
    [[nodiscard]] Result<ModuleState> load(const std::string& name) override {
        return fail(fmt::format("not loading {} for another root than /", name));
    }
};

void add(Report& report, Code code, std::string text) {
    report.reasons.push_back({code, std::move(text), {}});
}

/// What went wrong with an action, as a reason; nothing when it went well.
std::optional<Reason> failure(const Plan& plan, const Action& action, const StepResult& result) {
    if (result.state != StepResult::State::failed) {
        return std::nullopt;
    }
    if (action.kind == ActionKind::load_module) {
        return Reason{Code::module_failed, result.detail.data(), {}};
    }
    const auto& target = plan.units[action.unit].targets[action.target];
    const Code code = action.kind == ActionKind::set_override ? Code::override_failed
                      : action.kind == ActionKind::unbind     ? Code::unbind_failed
                      : action.kind == ActionKind::bind       ? Code::bind_failed
                                                              : Code::bound_nothing;
    const auto why = result.error != 0 ? std::strerror(result.error)
                                       : "the kernel reported no error, but vfio-pci does not "
                                         "hold the device";
    return Reason{code, fmt::format("{}: {}", to_string(plan, action), why), {target.address}};
}

/// Turns what the steps and the driver links say into the report's functions and outcome.
/// `cut_short`: the acting process did not come to its end.
void conclude(Report& report, const Plan& plan, std::span<const StepResult> results, bool cut_short,
              sysfs::Writer& writer) {
    bool deferred = false;
    std::vector<Reason> failures;
    for (std::size_t i = 0; i < results.size(); ++i) {
        deferred = deferred || results[i].state == StepResult::State::absent;
        if (auto reason = failure(plan, plan.actions[i], results[i])) {
            failures.push_back(std::move(*reason));
        }
    }
    const bool not_loaded = std::any_of(failures.begin(), failures.end(), [](const Reason& reason) {
        return reason.code == Code::module_failed;
    });
    bool all = true;
    for (const auto& unit : plan.units) {
        for (const auto& target : unit.targets) {
            FunctionReport function{target.address,
                                    target.identity,
                                    target.address_then,
                                    target.driver_before,
                                    writer.driver(pci::device_directory(target.address)),
                                    Code::ok};
            if (function.driver_after != "vfio-pci") {
                const auto own =
                    std::find_if(failures.begin(), failures.end(), [&target](const Reason& reason) {
                        return std::count(reason.devices.begin(), reason.devices.end(),
                                          target.address) > 0;
                    });
                function.code = own != failures.end() ? own->code
                                : deferred            ? Code::deferred
                                : not_loaded          ? Code::module_failed
                                : cut_short           ? Code::deadline
                                                      : Code::group_undone;
                all = all && deferred && own == failures.end();
            } else if (target.address_then && *target.address_then != target.address) {
                function.code = Code::moved;
            }
            report.functions.push_back(std::move(function));
        }
    }
    if (deferred) {
        add(report, Code::deferred,
            "the initramfs has no vfio-pci: the overrides keep other drivers off until the running "
            "system loads it");
    }
    report.reasons.insert(report.reasons.end(), failures.begin(), failures.end());
    report.outcome = !all ? Outcome::partial : deferred ? Outcome::deferred : Outcome::done;
}

/// Carries the plan out in a child with a deadline.
void act(const sysfs::Root& root, const Plan& plan, Report& report) {
    sysfs::RootWriter writer(root);
    auto results = SharedResults::make(plan.actions.size());
    if (!results) {
        add(report, Code::internal, results.error().what);
        report.outcome = Outcome::refused;
        return;
    }
    const auto end = run_with_deadline(
        [&] {
            KmodLoader kmod;
            NoLoader none;
            ModuleLoader& loader = root.is_live() ? static_cast<ModuleLoader&>(kmod) : none;
            execute(plan, writer, loader, results->span());
        },
        kDeadline);
    if (!end) {
        add(report, Code::internal, end.error().what);
    } else if (*end == ChildEnd::timed_out) {
        const auto stuck = std::find_if(
            results->span().begin(), results->span().end(),
            [](const StepResult& step) { return step.state == StepResult::State::running; });
        const auto index = static_cast<std::size_t>(stuck - results->span().begin());
        add(report, Code::deadline,
            fmt::format("no end after {} seconds, going on without waiting: {}", kDeadline.count(),
                        stuck == results->span().end() ? std::string("between two steps")
                                                       : to_string(plan, plan.actions[index])));
    } else if (*end == ChildEnd::crashed) {
        add(report, Code::internal, "the process that binds the devices ended before its work");
    }
    conclude(report, plan, results->span(), !end || *end != ChildEnd::finished, writer);
    if (report.outcome == Outcome::deferred) {
        const auto asked = sysfs::replace_file(root, kModulesLoadPath, "vfio-pci\n");
        if (!asked) {
            add(report, Code::internal, asked.error().what);
        }
    }
}

/// Decides what to do. Returns no plan when nothing is to be done; the report then says why.
std::optional<Plan> decide(const sysfs::Root& root, const Tokens& tokens, const TableRead& read,
                           Report& report) {
    for (const auto& word : tokens.unknown) {
        add(report, Code::token_unknown, fmt::format("unknown kernel argument {}", word));
    }
    if (tokens.off) {
        report.outcome = Outcome::off;
        add(report, Code::off, "early-bind.off was given: nothing is bound");
        return std::nullopt;
    }
    report.outcome = Outcome::refused;
    if (tokens.repeated) {
        add(report, Code::token_repeated,
            fmt::format("early-bind.profile= is there more than once, the last one counts: {}",
                        *tokens.profile));
    }
    if (!tokens.profile && (!read.table || read.table->statics.empty())) {
        return std::nullopt;  // only words that nobody knows
    }
    if (tokens.profile && !is_profile_name(*tokens.profile)) {
        add(report, Code::token_invalid,
            fmt::format("`{}` after early-bind.profile= is no profile name", *tokens.profile));
        return std::nullopt;
    }
    if (!read.table) {
        report.reasons.push_back(read.reason);
        return std::nullopt;
    }
    const auto& table = *read.table;
    report.revision = table.revision;
    if (!tokens.revision.empty() && tokens.revision != table.revision) {
        add(report, Code::revision_mismatch,
            fmt::format("the menu was made for table {}, the initramfs has {}", tokens.revision,
                        table.revision));
    }
    const TableProfile* profile = tokens.profile ? table.find(*tokens.profile) : nullptr;
    if (tokens.profile && profile == nullptr) {
        add(report, Code::profile_unknown,
            fmt::format("the boot table has no profile {}", *tokens.profile));
        return std::nullopt;
    }
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        add(report, Code::inventory_failed, inventory.error().what);
        return std::nullopt;
    }
    auto plan = make_plan(*inventory, table, profile);
    report.reasons.insert(report.reasons.end(), plan.reasons.begin(), plan.reasons.end());
    report.outcome = plan.refused ? Outcome::refused : Outcome::done;
    return plan;
}

std::string summary(const Report& report, const std::optional<Plan>& plan) {
    const std::string name = !report.profile.empty() ? "profile " + report.profile
                             : plan                  ? "static set"
                                                     : "no profile";
    const auto bound =
        std::count_if(report.functions.begin(), report.functions.end(),
                      [](const FunctionReport& f) { return f.driver_after == "vfio-pci"; });
    switch (report.outcome) {
        case Outcome::off:
            return "early-bind.off was given: nothing is bound";
        case Outcome::refused:
            return fmt::format("{}: refused, the host keeps every GPU", name);
        case Outcome::dry_run:
            return fmt::format("{}: dry run, nothing is bound", name);
        case Outcome::deferred:
            return fmt::format("{}: {} functions wait for vfio-pci (early-bind.off turns this off)",
                               name, report.functions.size());
        case Outcome::done:
        case Outcome::partial:
            break;
    }
    const auto keep = plan ? text::join_words(plan->keep) : std::string();
    return fmt::format("{}: {} of {} functions on vfio-pci{} (early-bind.off turns this off)", name,
                       bound, report.functions.size(),
                       keep.empty() ? std::string() : ", the host keeps " + keep);
}

void log_reasons(const Log& log, const std::vector<Reason>& reasons) {
    for (const auto& reason : reasons) {
        const auto& about = info(reason.code);
        if (reason.code == Code::off) {
            continue;  // the summary says it
        }
        log.line(about.weight == Weight::note ? Level::info : Level::warning,
                 fmt::format("{}: {}; {}", about.name, reason.text, about.next));
    }
}

}  // namespace

void boot(const sysfs::Root& root) {
    const auto tokens = read_tokens(root);
    if (!tokens) {
        // Without /proc nobody can have asked for anything.
        Log(root, false, false).line(Level::warning, tokens.error().what + ", doing nothing");
        return;
    }
    const auto read = read_boot_table(root);
    const bool has_statics = read.table && !read.table->statics.empty();
    if (!tokens->profile && !has_statics && tokens->unknown.empty()) {
        return;
    }
    const Log log(root, tokens->quiet, tokens->debug);
    Report report;
    report.profile = tokens->profile.value_or("");
    auto plan = decide(root, *tokens, read, report);
    if (plan && tokens->dry_run) {
        report.outcome = Outcome::dry_run;
        add(report, Code::dry_run, "early-bind.dry-run was given: nothing is bound");
        for (const auto& action : plan->actions) {
            log.line(Level::notice, "would " + to_string(*plan, action));
        }
    } else if (plan && !plan->actions.empty()) {
        for (const auto& action : plan->actions) {
            log.line(Level::debug, to_string(*plan, action));
        }
        const bool refused = plan->refused;
        act(root, *plan, report);
        if (refused) {
            report.outcome = Outcome::refused;  // only the static set was carried out
        }
    }
    log_reasons(log, report.reasons);
    log.line(Level::notice, summary(report, plan));
    if (const auto written = sysfs::replace_file(root, kReportPath, render_report(report));
        !written) {
        log.line(Level::warning, written.error().what + ", the kernel log has it all");
    }
}

}  // namespace early_bind
