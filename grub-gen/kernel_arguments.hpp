// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// What the machine and its running kernel say about the IOMMU.
struct MachineFacts {
    bool dmar = false;              ///< the firmware describes an Intel IOMMU
    bool ivrs = false;              ///< the firmware describes an AMD IOMMU
    std::size_t iommu_groups = 0;   ///< in this boot; 0 when the IOMMU is off
    bool all_gpus_grouped = false;  ///< every GPU that may be passed is in a group in this boot
    std::string kernel_release;     ///< of the running kernel: "6.1.0-9-amd64"
    std::string command_line;       ///< of the running kernel
};

/// The arguments that switch the IOMMU on for one kernel, and a sentence when that cannot help.
struct IommuArguments {
    std::vector<std::string> arguments;
    std::string warning;  ///< empty for none
};

/// Which IOMMU arguments an entry needs beyond the stock entry's own arguments:
///
/// * AMD: none. It is on by default and `amd_iommu=on` is no valid option
/// (drivers/iommu/amd/init.c,
///   parse_amd_iommu_options()); `amd_iommu=off` cannot be taken back, so it is a warning.
/// * Intel: `intel_iommu=on`, unless the stock arguments switch it on already (the last on or off
///   counts, drivers/iommu/intel/iommu.c, intel_iommu_setup()), or this very kernel is running with
///   no intel_iommu= at all and has every GPU in a group: then it is on by default.
/// * `iommu=off` (arch/x86/kernel/pci-dma.c) cannot be taken back on either: a warning.
/// * Neither table: none; a warning unless there are groups all the same (other architectures).
[[nodiscard]] IommuArguments iommu_arguments(const MachineFacts& facts,
                                             std::string_view kernel_version,
                                             const std::vector<std::string>& stock_arguments);

/// All that an entry adds to the stock entry's arguments, in this order: our tokens, the IOMMU's,
/// and last the profile's own, so that those win over the rest.
[[nodiscard]] std::vector<std::string> entry_arguments(std::string_view profile,
                                                       std::string_view revision,
                                                       const std::vector<std::string>& iommu,
                                                       const std::vector<std::string>& own);

/// Why `argument` cannot stand in a menu entry, empty when it can: it must be one printable ASCII
/// word without blanks (GRUB would wrap it in quotes) and without `\`, `'` and `"` (GRUB hands them
/// to the kernel with a backslash before them, grub-core/lib/cmdline.c), not `--`, and none of the
/// tokens that are the entry's. Everything else that is special to GRUB script gets quoted.
[[nodiscard]] std::string argument_mistake(std::string_view argument);

}  // namespace early_bind
