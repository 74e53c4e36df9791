// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_machine.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/cmdline/cmdline.hpp"
#include "grub-gen/hardware.hpp"
#include "grub-gen/loader/loader.hpp"
#include "grub-gen/menu.hpp"

namespace early_bind::doctor {
namespace {

constexpr std::size_t kCpuInfoLimit = std::size_t{16} * 1024 * 1024;

std::string_view firmware_table(const MachineFacts& facts) {
    return facts.dmar ? "DMAR, Intel" : "IVRS, AMD";
}

IommuMenu read_menu(const Subject& subject) {
    IommuMenu menu;
    menu.switches_on = true;
    std::vector<MenuEntry> stock;
    for (const auto& entry : subject.menu.entries) {
        if (is_layout_id(entry.id)) {
            menu.applied = true;
            menu.switches_on =
                menu.switches_on && std::find(entry.arguments.begin(), entry.arguments.end(),
                                              "intel_iommu=on") != entry.arguments.end();
        } else {
            stock.push_back(entry);
        }
    }
    for (const auto& entry : first_of_each_kernel(std::move(stock))) {
        const auto iommu = iommu_arguments(subject.facts, entry.kernel_version, entry.arguments);
        if (!iommu.warning.empty() && (subject.facts.dmar || subject.facts.ivrs)) {
            menu.stock_switches_off =
                fmt::format("Linux {}: {}", entry.kernel_version, iommu.warning);
        }
    }
    return menu;
}

Findings check_gpus(const Subject& subject) {
    const auto& machine = *subject.machine;
    std::vector<pci::Function> candidates;
    std::vector<std::string> names;
    for (const auto& gpu : machine.gpus) {
        if (gpu.role != pci::Role::management && !machine.choices.host_only.contains(gpu.address)) {
            candidates.push_back(*machine.inventory.find(gpu.address));
            names.push_back(machine.gpu_name(gpu));
        }
    }
    if (candidates.empty()) {
        return {{Code::no_gpu,
                 fmt::format("none of the {} GPUs here may be passed", machine.gpus.size())}};
    }
    auto findings = judge_groups(subject.facts, candidates, names);
    append(findings, judge_profiles(machine.profiles));
    return findings;
}

}  // namespace

Findings judge_cpu(std::string_view cpuinfo) {
    const auto flags = cpu_flags(cpuinfo);
    if (flags.empty()) {
        return {};
    }
    for (const auto flag : flags) {
        if (flag == "vmx" || flag == "svm") {
            return {{Code::cpu_ok, fmt::format("the processor can run VMs ({})", flag)}};
        }
    }
    return {{Code::cpu_no_virtualization,
             "the processor's flags in /proc/cpuinfo have neither vmx nor svm"}};
}

Findings judge_iommu(const MachineFacts& facts, const IommuMenu& menu) {
    if (!facts.dmar && !facts.ivrs) {
        if (facts.iommu_groups == 0) {
            return {{Code::firmware_no_iommu,
                     "the firmware has no DMAR (Intel) or IVRS (AMD) table, and there are no IOMMU "
                     "groups"}};
        }
        return {{Code::iommu_ok, fmt::format("the IOMMU is on, {} groups", facts.iommu_groups)}};
    }
    Findings findings = {{Code::firmware_ok, fmt::format("the firmware describes an IOMMU ({})",
                                                         firmware_table(facts))}};
    if (!menu.stock_switches_off.empty()) {
        findings.push_back({Code::iommu_switched_off, menu.stock_switches_off});
    } else if (facts.iommu_groups > 0) {
        findings.push_back(
            {Code::iommu_ok, fmt::format("the IOMMU is on, {} groups", facts.iommu_groups)});
    } else if (facts.dmar && (!menu.applied || menu.switches_on)) {
        findings.push_back(
            {Code::iommu_off_now, "the IOMMU is off in this boot; the layouts switch it on"});
    } else {
        findings.push_back(
            {Code::iommu_off, facts.dmar ? "the IOMMU is off, and a layout in the menu does not "
                                           "switch it on"
                                         : "the IOMMU is off, though it is on by default on AMD"});
    }
    return findings;
}

Findings judge_groups(const MachineFacts& facts, const std::vector<pci::Function>& candidates,
                      const std::vector<std::string>& names) {
    if (facts.iommu_groups == 0) {
        return {};
    }
    const auto switched_on =
        last_value(parse_command_line(facts.command_line), "intel_iommu").value_or("") == "on";
    const auto code = facts.dmar && !switched_on ? Code::gpu_no_group_now : Code::gpu_no_group;
    Findings findings;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (!candidates[i].group) {
            findings.push_back({code, fmt::format("{} ({}) is in no IOMMU group in this boot",
                                                  to_string(candidates[i].address), names[i])});
        }
    }
    if (findings.empty()) {
        findings.push_back(
            {Code::groups_ok, fmt::format("every GPU that may be passed ({}) is in an IOMMU group",
                                          candidates.size())});
    }
    return findings;
}

Findings judge_profiles(const std::vector<Profile>& profiles) {
    Findings findings;
    std::size_t usable = 0;
    bool disk = false;
    for (const auto& profile : profiles) {
        usable += has_entry(profile.status) ? 1U : 0U;
        for (const auto& reason : profile.reasons) {
            const auto sentence = fmt::format("{}: {}", profile.name, reason.text);
            if (reason.code == early_bind::Code::file_system_guard) {
                disk = true;
                findings.push_back({Code::disk_in_closure, sentence});
            } else if (profile.status == Status::impossible) {
                findings.push_back({Code::profile_impossible, sentence});
            } else if (profile.status == Status::unsafe) {
                findings.push_back({Code::profile_unsafe, sentence});
            }
        }
    }
    if (usable == 0) {
        findings.insert(findings.begin(),
                        {Code::no_usable_profile,
                         fmt::format("none of the {} profiles can work", profiles.size())});
    } else {
        findings.push_back({Code::profiles_ok,
                            fmt::format("{} of {} profiles can work", usable, profiles.size())});
    }
    if (!disk) {
        findings.push_back(
            {Code::disk_ok, "no profile takes a disk that carries a file system of this host"});
    }
    return findings;
}

Findings check_machine(const Subject& subject) {
    Findings findings;
    if (const auto cpuinfo = subject.root.read("proc/cpuinfo", kCpuInfoLimit)) {
        findings = judge_cpu(*cpuinfo);
    } else {
        findings.push_back({Code::skipped, fmt::format("the processor was not looked at: {}",
                                                       cpuinfo.error().what)});
    }
    if (!subject.machine) {
        return findings;
    }
    append(findings, judge_iommu(subject.facts, read_menu(subject)));
    append(findings, check_gpus(subject));
    return findings;
}

}  // namespace early_bind::doctor
