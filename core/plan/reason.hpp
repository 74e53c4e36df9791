// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"

namespace early_bind {

/// Why something is so: the one list of codes of both programs, the same in the menu's generation,
/// the boot log, `status` and JSON. Codes are never renamed; docs/REASONS.md explains each.
enum class Code {
    ok,
    moved,
    missing,
    ambiguous,
    companion_missing,
    kept_missing,
    kept_in_closure,
    no_group,
    iommu_off,
    foreign_in_closure,
    storage_guard,
    file_system_guard,
    too_late,
    off,
    dry_run,
    token_invalid,
    token_unknown,
    token_repeated,
    keep_invalid,
    profile_unknown,
    table_missing,
    table_damaged,
    revision_mismatch,
    inventory_failed,
    deferred,
    module_failed,
    override_failed,
    d3cold_failed,
    unbind_failed,
    framebuffer_kept,
    framebuffer_released,
    framebuffer_failed,
    bind_failed,
    bound_nothing,
    group_undone,
    deadline,
    not_run,
    late,
    lost_since,
    hugepages_short,
    cpus_not_isolated,
    zram_short,
    trial_failed,
    in_use,
    host_only,
    last_gpu,
    needs_boot,
    not_passed,
    changed,
    release_failed,
    other_driver,
    internal,
};

/// How much a reason weighs in the log.
enum class Weight { note, warning, refusal };

struct CodeInfo {
    Code code;
    std::string_view name;  ///< as printed, e.g. "kept-in-closure"
    Weight weight;
    std::string_view next;  ///< what to do about it, a sentence without a full stop
};

/// Name, weight and next step of a code.
[[nodiscard]] const CodeInfo& info(Code code);

/// The code of a printed name; `internal` when there is none.
[[nodiscard]] Code code_of(std::string_view name);

/// One reason: a code, a sentence that names the objects, and the functions it is about.
struct Reason {
    Code code = Code::ok;
    std::string text;
    std::vector<pci::Address> devices;

    bool operator==(const Reason&) const = default;
};

}  // namespace early_bind
