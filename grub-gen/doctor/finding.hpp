// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind::doctor {

/// How much a finding weighs. Problems and warnings make `grub-gen doctor` return 1.
enum class Weight {
    problem,  ///< a layout, or all of them, cannot work like this
    warning,  ///< something is likely to go wrong, or to surprise
    note,     ///< worth knowing, nothing to mend
    ok,       ///< was looked at and is as it should be
};

[[nodiscard]] std::string_view to_string(Weight weight);

/// What the doctor can find. Names are never changed; docs/DOCTOR.md explains each.
enum class Code {
    machine_unreadable,
    config_broken,
    config_ok,
    scan_warning,
    cpu_no_virtualization,
    cpu_ok,
    firmware_no_iommu,
    firmware_ok,
    iommu_switched_off,
    iommu_off,
    iommu_off_now,
    iommu_ok,
    no_gpu,
    gpu_no_group,
    gpu_no_group_now,
    groups_ok,
    no_usable_profile,
    profile_impossible,
    profile_unsafe,
    profiles_ok,
    disk_in_closure,
    disk_ok,
    nothing_applied,
    table_damaged,
    table_stale,
    table_ok,
    no_kernels,
    modules_missing,
    vfio_missing,
    modules_ok,
    program_missing,
    no_initramfs_hook,
    image_missing,
    image_unreadable,
    image_no_table,
    image_stale_table,
    image_no_program,
    image_stale_program,
    image_late,
    image_no_vfio,
    images_ok,
    generator_missing,
    menu_missing,
    menu_no_layouts,
    menu_stale,
    menu_entry_missing,
    menu_entry_unknown,
    menu_ok,
    uki_no_layouts,
    uki_unreadable,
    uki_stale,
    uki_ok,
    token_leaked,
    stock_entries_ok,
    menu_hidden,
    menu_visible,
    grubenv_missing,
    grubenv_unwritable,
    grubenv_ok,
    secure_boot,
    lockdown,
    boot_differs,
    boot_ok,
    hugepages_short,
    hugepages_ok,
    display_pinned,
    display_ok,
    zram_twice,
    zram_ok,
    earlier_setup,
    earlier_setup_none,
    skipped,
};

struct CodeInfo {
    Code code;
    std::string_view name;  ///< as printed: "image-stale-table"
    Weight weight;
    std::string_view why;   ///< why it matters, a clause without a full stop; empty for ok
    std::string_view mend;  ///< the command or step that mends it; empty for ok
};

/// Every code in the order of the enumeration.
[[nodiscard]] std::span<const CodeInfo> catalogue();

[[nodiscard]] const CodeInfo& info(Code code);

/// One thing that was found.
struct Finding {
    Code code = Code::skipped;
    std::string what;  ///< one sentence that names the object, without a full stop

    bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

/// Adds the findings of one check to those before.
void append(Findings& findings, Findings more);

}  // namespace early_bind::doctor
