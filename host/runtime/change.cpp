// SPDX-License-Identifier: MIT
#include "host/runtime/change.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;
using pci::Gpu;

bool has_any(const Gpu& gpu, const AddressSet& functions) {
    return std::any_of(gpu.functions.begin(), gpu.functions.end(),
                       [&functions](const Address& each) { return functions.contains(each); });
}

std::string name_of(const Situation& situation, const Gpu& gpu) {
    const auto name = situation.gpu_names.find(gpu.address);
    return name == situation.gpu_names.end()
               ? to_string(gpu.address)
               : fmt::format("{} ({})", name->second, to_string(gpu.address));
}

bool is_on_vfio(const Situation& situation, const Address& address) {
    const auto* function = situation.inventory.find(address);
    return function != nullptr && function->driver == kVfio;
}

const FunctionReport* reported(const std::optional<Report>& report, const Address& address) {
    if (!report) {
        return nullptr;
    }
    const auto found = std::find_if(
        report->functions.begin(), report->functions.end(),
        [&address](const FunctionReport& function) { return function.address == address; });
    return found == report->functions.end() ? nullptr : &*found;
}

Release release_of(const Situation& situation, const Address& address) {
    const auto* before = reported(situation.report, address);
    const bool known = before != nullptr && before->driver_before != kVfio;
    return {address, situation.inventory.find(address)->identity,
            known ? before->driver_before : std::string()};
}

/// A table with one profile that passes these functions; the host keeps what it has otherwise.
BootTable table_that_passes(const Situation& situation, const AddressSet& functions) {
    const auto entry = [&situation](const Address& address) {
        return TableFunction{situation.inventory.find(address)->identity, address};
    };
    BootTable table;
    TableProfile profile;
    AddressSet devices = functions;
    for (const auto& gpu : situation.gpus) {
        const bool pass = has_any(gpu, functions);
        if (!pass && is_on_vfio(situation, gpu.address)) {
            continue;  // neither kept nor passed by this
        }
        TableGpu known;
        const auto name = situation.gpu_names.find(gpu.address);
        known.name = name == situation.gpu_names.end() ? "GPU" : name->second;
        known.functions.push_back(entry(gpu.address));
        for (const auto& address : gpu.functions) {
            devices.erase(address);
            if (address != gpu.address) {
                known.functions.push_back(entry(address));
            }
        }
        (pass ? profile.pass : profile.keep).push_back(table.gpus.size());
        table.gpus.push_back(std::move(known));
    }
    for (const auto& address : devices) {
        profile.devices.push_back(table.devices.size());
        table.devices.push_back(entry(address));
    }
    table.profiles.push_back(std::move(profile));
    return table;
}

/// What the plan binds.
AddressSet targets_of(const Plan& plan) {
    AddressSet targets;
    for (const auto& unit : plan.units) {
        for (const auto& target : unit.targets) {
            targets.insert(target.address);
        }
    }
    return targets;
}

void guard_host_only(Change& change, const Situation& situation, const AddressSet& functions) {
    for (const auto& gpu : situation.gpus) {
        const bool management = gpu.role == pci::Role::management;
        if (!has_any(gpu, functions) ||
            (!management && !situation.host_only.contains(gpu.address))) {
            continue;
        }
        change.reasons.push_back(
            {Code::host_only,
             fmt::format(
                 "{} always stays with the host: {}", name_of(situation, gpu),
                 management ? "it is a management GPU" : "the configuration says host_only"),
             {gpu.address}});
    }
}

/// Whether the host has GPUs now and would have none then.
void guard_last_gpu(Change& change, const Situation& situation, bool headless) {
    const auto taken = targets_of(change.plan);
    AddressSet released;
    for (const auto& release : change.releases) {
        released.insert(release.address);
    }
    std::vector<Address> lost;
    for (const auto& gpu : situation.gpus) {
        const bool had = !is_on_vfio(situation, gpu.address);
        if ((had || released.contains(gpu.address)) && !taken.contains(gpu.address)) {
            return;
        }
        if (had) {
            lost.push_back(gpu.address);
        }
    }
    if (!lost.empty() && !headless) {
        change.reasons.push_back(
            {Code::last_gpu,
             fmt::format("the host would be left without a GPU: {} {} its last", in_words(lost),
                         lost.size() == 1 ? "is" : "are"),
             lost});
    }
}

/// The kernel arguments of the profile that this boot does not have, and other things of a boot.
void guard_boot(Change& change, const Situation& situation, const TableProfile& profile) {
    const auto now = parse_command_line(situation.command_line);
    std::vector<std::string> missing;
    for (const auto& text : profile.arguments) {
        for (const auto& argument : parse_command_line(text)) {
            if (std::none_of(now.begin(), now.end(), [&argument](const Argument& other) {
                    return same_key(other.key, argument.key) && other.value == argument.value;
                })) {
                missing.push_back(text);
            }
        }
    }
    if (profile.zram && (!situation.report || situation.report->profile != profile.name)) {
        missing.emplace_back("its zram");
    }
    if (!missing.empty()) {
        change.reasons.push_back(
            {Code::needs_boot,
             fmt::format("the profile {} gets {} with a boot only, and this boot went without",
                         profile.name, text::join_words(missing)),
             {}});
    }
}

void take_plan(Change& change, Plan plan) {
    change.reasons.insert(change.reasons.end(), plan.reasons.begin(), plan.reasons.end());
    change.plan = std::move(plan);
}

}  // namespace

bool Change::refused() const {
    return std::any_of(reasons.begin(), reasons.end(), [](const Reason& reason) {
        return info(reason.code).weight == Weight::refusal;
    });
}

AddressSet Change::touched() const {
    AddressSet functions;
    for (const auto& unit : plan.units) {
        for (const auto& target : unit.targets) {
            if (target.driver_before != kVfio) {
                functions.insert(target.address);
            }
        }
    }
    for (const auto& release : releases) {
        functions.insert(release.address);
    }
    return functions;
}

Change plan_bind(const Situation& situation, const AddressSet& functions, bool headless) {
    Change change;
    guard_host_only(change, situation, functions);
    auto table = table_that_passes(situation, functions);
    table.guarded = situation.guarded;
    take_plan(change, make_plan(situation.inventory, table, &table.profiles.front(),
                                situation.framebuffers, Stage::on_request));
    guard_last_gpu(change, situation, headless);
    return change;
}

Change plan_release(const Situation& situation, const AddressSet& functions) {
    Change change;
    std::vector<Address> others;
    for (const auto& address : functions) {
        if (is_on_vfio(situation, address)) {
            change.releases.push_back(release_of(situation, address));
        } else {
            others.push_back(address);
        }
    }
    if (!others.empty()) {
        change.reasons.push_back({Code::not_passed,
                                  fmt::format("{} {} not on vfio-pci", in_words(others),
                                              others.size() == 1 ? "is" : "are"),
                                  others});
    }
    return change;
}

Change plan_switch(const Situation& situation, const BootTable& table, const TableProfile& profile,
                   bool headless, bool devices_only) {
    Change change;
    change.profile = profile.name;
    auto live = table;
    live.guarded.insert(live.guarded.end(), situation.guarded.begin(), situation.guarded.end());
    take_plan(change, make_plan(situation.inventory, live, live.find(profile.name),
                                situation.framebuffers, Stage::on_request));
    if (change.refused()) {
        return change;
    }
    const auto wanted = targets_of(change.plan);
    AddressSet kept;
    for (const auto& gpu : situation.gpus) {
        if (!has_any(gpu, wanted)) {
            kept.insert(gpu.functions.begin(), gpu.functions.end());
        }
    }
    for (const auto& function : situation.inventory.functions()) {
        const auto& address = function.address;
        const bool ours = reported(situation.report, address) != nullptr || kept.contains(address);
        if (function.driver == kVfio && ours && !wanted.contains(address)) {
            change.releases.push_back(release_of(situation, address));
        }
    }
    guard_host_only(change, situation, wanted);
    guard_last_gpu(change, situation, headless);
    if (!devices_only) {
        guard_boot(change, situation, profile);
    }
    return change;
}

void guard_uses(Change& change, std::vector<Use> uses) {
    if (!uses.empty()) {
        std::vector<std::string> sentences;
        AddressSet devices;
        for (const auto& use : uses) {
            sentences.push_back(to_string(use));
            devices.insert(use.address);
        }
        change.reasons.push_back(
            {Code::in_use, text::join_words(sentences), {devices.begin(), devices.end()}});
    }
    change.uses = std::move(uses);
}

Report changed_report(const std::optional<Report>& before, const Change& change,
                      const std::vector<Address>& given_back, const Report& bound,
                      const std::string& command) {
    Report report = before.value_or(Report());
    if (!before) {
        report.outcome = Outcome::done;
    }
    const auto drop = [&report](const Address& address) {
        std::erase_if(report.functions,
                      [&address](const FunctionReport& each) { return each.address == address; });
    };
    for (const auto& address : given_back) {
        drop(address);
    }
    for (const auto& function : bound.functions) {
        if (function.driver_before == kVfio && reported(before, function.address) != nullptr) {
            continue;  // there already, with the driver that it had before
        }
        drop(function.address);
        report.functions.push_back(function);
    }
    std::sort(
        report.functions.begin(), report.functions.end(),
        [](const FunctionReport& a, const FunctionReport& b) { return a.address < b.address; });
    if (!change.profile.empty()) {
        report.profile = change.profile;
        report.reasons.clear();  // of a layout that is no more
    }
    std::erase_if(report.reasons,
                  [](const Reason& reason) { return reason.code == Code::changed; });
    report.reasons.insert(report.reasons.end(), bound.reasons.begin(), bound.reasons.end());
    report.reasons.push_back({Code::changed, fmt::format("`{}` changed the layout", command), {}});
    const bool all =
        std::all_of(report.functions.begin(), report.functions.end(),
                    [](const FunctionReport& function) { return function.driver_after == kVfio; });
    report.outcome = all ? Outcome::done : Outcome::partial;
    return report;
}

}  // namespace early_bind
