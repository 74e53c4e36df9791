// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"
#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether the processor can run VMs, by proc/cpuinfo of an x86 machine; nothing where that has no
/// flags (other architectures).
[[nodiscard]] Findings judge_cpu(std::string_view cpuinfo);

/// What the menu does about the IOMMU.
struct IommuMenu {
    bool applied = false;            ///< there are layouts
    bool switches_on = false;        ///< every layout has intel_iommu=on
    std::string stock_switches_off;  ///< a sentence about a stock argument that forbids it
};

/// Whether the firmware describes an IOMMU and whether it is on, or will be in a layout.
[[nodiscard]] Findings judge_iommu(const MachineFacts& facts, const IommuMenu& menu);

/// Whether the GPUs that may be passed are in groups in this boot; `candidates` are their functions
/// that name them, `names` their names. Nothing while the IOMMU is off.
[[nodiscard]] Findings judge_groups(const MachineFacts& facts,
                                    const std::vector<pci::Function>& candidates,
                                    const std::vector<std::string>& names);

/// Which profiles get no entry and why, and whether a disk of the host is in a closure.
[[nodiscard]] Findings judge_profiles(const std::vector<Profile>& profiles);

/// Processor, firmware, IOMMU, groups, profiles.
[[nodiscard]] Findings check_machine(const Subject& subject);

}  // namespace early_bind::doctor
