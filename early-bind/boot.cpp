// SPDX-License-Identifier: MIT
#include "early-bind/boot.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>

#include "core/pci/framebuffer.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/resolve.hpp"
#include "core/profile/booted.hpp"
#include "core/profile/trial.hpp"
#include "core/sysfs/files.hpp"
#include "core/sysfs/writer.hpp"
#include "core/text.hpp"
#include "early-bind/act.hpp"
#include "early-bind/completion.hpp"
#include "early-bind/kmod_loader.hpp"
#include "early-bind/layout.hpp"
#include "early-bind/log.hpp"
#include "early-bind/report.hpp"
#include "early-bind/system.hpp"
#include "early-bind/zram.hpp"

namespace early_bind {
namespace {

/// What systemd-modules-load of the running system reads (modules-load.d(5)).
constexpr const char* kModulesLoadPath = "run/modules-load.d/early-bind.conf";

void add(Report& report, Code code, std::string text) {
    report.reasons.push_back({code, std::move(text), {}});
}

/// Modules are only ever loaded into the system that we run in, never for another root.
class NoLoader final : public ModuleLoader {
  public:
    [[nodiscard]] Result<ModuleState> load(const std::string& name) override {
        return fail(fmt::format("not loading {} for another root than /", name));
    }
};

std::unique_ptr<ModuleLoader> make_loader(const sysfs::Root& root) {
    if (root.is_live()) {
        return std::make_unique<KmodLoader>(root);
    }
    return std::make_unique<NoLoader>();
}

/// What the words of the command line themselves are worth saying.
void note_tokens(Report& report, const Tokens& tokens) {
    for (const auto& word : tokens.unknown) {
        add(report, Code::token_unknown, fmt::format("unknown kernel argument {}", word));
    }
    if (tokens.repeated) {
        add(report, Code::token_repeated,
            fmt::format("early-bind.profile= is there more than once, the last one counts: {}",
                        *tokens.profile));
    }
    if (tokens.keep && tokens.profile) {
        add(report, Code::token_repeated,
            fmt::format("early-bind.keep={} counts, and not early-bind.profile={}", *tokens.keep,
                        *tokens.profile));
    }
}

/// Decides what to do. Returns no plan when nothing is to be done; the report then says why.
std::optional<Plan> decide(const sysfs::Root& root, const Tokens& tokens, const TableRead& read,
                           Stage stage, Report& report) {
    note_tokens(report, tokens);
    if (tokens.off) {
        report.outcome = Outcome::off;
        add(report, Code::off, "early-bind.off was given: nothing is bound");
        return std::nullopt;
    }
    report.outcome = Outcome::refused;
    const Asked asked{tokens.profile, tokens.keep};
    if (asked.name().empty() && !tokens.profile && (!read.table || read.table->statics.empty())) {
        return std::nullopt;  // only words that nobody knows
    }
    if (read.table && !tokens.keep) {
        const auto& revision = read.table->revision;
        report.revision = revision;
        if (!tokens.revision.empty() && tokens.revision != revision) {
            add(report, Code::revision_mismatch,
                fmt::format("the menu was made for table {}, the initramfs has {}", tokens.revision,
                            revision));
        }
    }
    const auto inventory = pci::read_inventory(
        root, read.table ? wanted_devices(*read.table) : std::vector<pci::Identity>());
    if (!inventory) {
        add(report, Code::inventory_failed, inventory.error().what);
        return std::nullopt;
    }
    const auto layout = find_layout(asked, read, *inventory);
    if (!layout) {
        report.reasons.push_back(layout.error());
        return std::nullopt;
    }
    // What the firmware's screen belongs to is in use by now, in the running system.
    const auto framebuffers =
        stage == Stage::initramfs ? pci::read_framebuffers(root) : std::vector<pci::Framebuffer>();
    auto plan = make_plan(*inventory, layout->table, layout->profile(), framebuffers, stage);
    report.reasons.insert(report.reasons.end(), plan.reasons.begin(), plan.reasons.end());
    report.outcome = plan.refused ? Outcome::refused : Outcome::done;
    return plan;
}

/// The one line that is shown in any case, before anything is written: a passed boot display goes
/// dark after it.
std::string summary(const Report& report, const std::optional<Plan>& plan) {
    const std::string name = !report.profile.empty() ? "profile " + report.profile
                             : plan                  ? "static set"
                                                     : "no profile";
    switch (report.outcome) {
        case Outcome::off:
            return "early-bind.off was given: nothing is bound";
        case Outcome::refused:
            return fmt::format("{}: refused, the host keeps every GPU", name);
        case Outcome::dry_run:
            return fmt::format("{}: dry run, nothing is bound", name);
        case Outcome::deferred:
        case Outcome::done:
        case Outcome::partial:
            break;
    }
    const auto keep = plan ? text::join_words(plan->keep) : std::string();
    return fmt::format("{}: {} functions go to vfio-pci{}{} (early-bind.off turns this off)", name,
                       plan ? plan->target_count() : 0,
                       keep.empty() ? std::string() : ", the host keeps " + keep,
                       plan && !plan->framebuffers.empty() ? ", this screen goes dark now" : "");
}

/// What the kernel log says after the work.
void log_result(const Log& log, const Report& report) {
    const auto bound =
        std::count_if(report.functions.begin(), report.functions.end(),
                      [](const FunctionReport& f) { return f.driver_after == "vfio-pci"; });
    const auto total = static_cast<std::ptrdiff_t>(report.functions.size());
    log.line(bound == total ? Level::info : Level::warning,
             fmt::format("{} of {} functions on vfio-pci{}", bound, total,
                         report.outcome == Outcome::deferred ? ", the others wait for it" : ""));
}

void log_reasons(const Log& log, std::span<const Reason> reasons) {
    for (const auto& reason : reasons) {
        const auto& about = info(reason.code);
        if (reason.code == Code::off) {
            continue;  // the summary says it
        }
        log.line(about.weight == Weight::note ? Level::info : Level::warning,
                 fmt::format("{}: {}; {}", about.name, reason.text, about.next));
    }
}

/// Says what was decided, does it, says what came of it.
void carry_out(const sysfs::Root& root, const Log& log, const Plan& plan, Report& report,
               std::chrono::milliseconds limit) {
    const std::size_t said = report.reasons.size();
    const bool refused = plan.refused;
    sysfs::RootWriter writer(root);
    const auto loader = make_loader(root);
    act(plan, writer, *loader, limit, report);
    if (report.outcome == Outcome::deferred) {
        if (const auto asked = sysfs::replace_file(root, kModulesLoadPath, "vfio-pci\n"); !asked) {
            add(report, Code::internal, asked.error().what);
        }
    }
    log_reasons(log, std::span(report.reasons).subspan(said));
    log_result(log, report);
    if (refused) {
        report.outcome = Outcome::refused;  // only the static set was carried out
    }
}

/// Adds what the plan leaves to the host since a driver was faster.
void report_left(const Plan& plan, Report& report) {
    for (const auto& target : plan.left) {
        report.functions.push_back({target.address, target.identity, target.address_then,
                                    target.driver_before, target.driver_before, Code::too_late});
    }
    if (!plan.left.empty() && report.outcome == Outcome::done) {
        report.outcome = Outcome::partial;
    }
}

/// The profile's zram; the memory that its entry sets aside is gone even when a guard refused it.
void set_up_zram(const sysfs::Root& root, const Log& log, const BootTable& table, Report& report) {
    const auto* profile = table.find(report.profile);
    if (profile == nullptr || !profile->zram) {
        return;
    }
    if (const auto asked = ask_for_zram(root, *profile->zram); !asked) {
        add(report, Code::internal, asked.error().what);
        log_reasons(log, std::span(report.reasons).last(1));
    }
}

void save(const sysfs::Root& root, const Log& log, const Report& report) {
    if (const auto written = sysfs::replace_file(root, kReportPath, render_report(report));
        !written) {
        log.line(Level::warning, written.error().what + ", the kernel log has it all");
    }
}

void run(const sysfs::Root& root, Stage stage) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    const auto tokens = read_tokens(root);
    if (!tokens) {
        // Without /proc nobody can have asked for anything.
        Log(root, false, false).line(Level::warning, tokens.error().what + ", doing nothing");
        return;
    }
    const auto read = read_boot_table(root);
    const bool has_statics = read.table && !read.table->statics.empty();
    if (!tokens->profile && !tokens->keep && !has_statics && tokens->unknown.empty()) {
        return;
    }
    // dracut's unit and hook both run in one boot, and the late unit in every one: what was
    // decided and done first counts.
    if (root.exists(kReportPath)) {
        return;
    }
    const Log log(root, tokens->quiet, tokens->debug);
    Report report;
    report.profile = Asked{tokens->profile, tokens->keep}.name();
    if (stage == Stage::running_system) {
        add(report, Code::late,
            "the initramfs left no report, so early-bind runs in the running "
            "system, where other drivers may have been faster");
    }
    const auto plan = decide(root, *tokens, read, stage, report);
    if (plan && tokens->dry_run) {
        report.outcome = Outcome::dry_run;
        add(report, Code::dry_run, "early-bind.dry-run was given: nothing is bound");
    }
    log_reasons(log, report.reasons);
    if (plan) {
        for (const auto& action : plan->actions) {
            log.line(tokens->dry_run ? Level::notice : Level::debug,
                     (tokens->dry_run ? "would " : "") + to_string(*plan, action));
        }
    }
    log.line(Level::notice, summary(report, plan));
    if (plan && !tokens->dry_run && !plan->actions.empty()) {
        const std::chrono::milliseconds total =
            std::chrono::seconds(read.table ? read.table->deadline : kDefaultDeadline);
        const auto spent =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
        carry_out(root, log, *plan, report, std::max(total - spent, total / 2));
    }
    if (plan && !tokens->dry_run) {
        report_left(*plan, report);
    }
    if (plan && read.table && !tokens->dry_run) {
        set_up_zram(root, log, *read.table, report);
    }
    save(root, log, report);
}

}  // namespace

void boot(const sysfs::Root& root) {
    run(root, Stage::initramfs);
}

void late(const sysfs::Root& root) {
    run(root, Stage::running_system);
}

Result<void> complete(const sysfs::Root& root) {
    const auto deferred = read_report(root);
    if (!deferred) {
        return tl::unexpected(deferred.error());
    }
    if (!*deferred || (*deferred)->outcome != Outcome::deferred) {
        return {};
    }
    const auto tokens = read_tokens(root);
    const auto inventory = pci::read_inventory(root);
    if (!tokens || !inventory) {
        return tl::unexpected(tokens ? inventory.error() : tokens.error());
    }
    const Log log(root, tokens->quiet, tokens->debug);
    const auto plan = completion(**deferred, *inventory);
    Report completed;
    completed.reasons = plan.reasons;
    log_reasons(log, completed.reasons);
    carry_out(root, log, plan, completed, std::chrono::seconds(kDefaultDeadline));
    save(root, log, merged(**deferred, completed));
    return {};
}

Result<void> confirm(const sysfs::Root& root) {
    const auto report = read_report(root);
    if (!report) {
        return tl::unexpected(report.error());
    }
    if (!*report || (*report)->outcome != Outcome::done || !is_profile_name((*report)->profile)) {
        return {};
    }
    const auto trial = parse_trial(root.read(kTrialPath).value_or(""));
    if (trial && trial->profile == (*report)->profile) {
        if (auto done = sysfs::remove(root, kTrialPath); !done) {
            return done;
        }
    }
    const auto before = root.exists(kBootedPath) ? root.read(kBootedPath) : std::string();
    if (!before) {
        return tl::unexpected(before.error());
    }
    const Booted boot{(*report)->profile, (*report)->revision};
    const auto after = render_booted(with_boot(parse_booted(*before), boot));
    return after == *before ? Result<void>() : sysfs::replace_file(root, kBootedPath, after);
}

}  // namespace early_bind
