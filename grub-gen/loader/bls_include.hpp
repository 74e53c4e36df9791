// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Where blscfg makes the stock entries, ours stand in a file of their own beside grub.cfg, the
/// include: a new kernel changes that file alone, and grub2-mkconfig, which writes the options of
/// all BLS files anew on Fedora, finds nothing of ours there.

/// The include's text for a table: the variables that the entries use, exported, since a sub-menu
/// sees no others; who may boot them; and the layouts. Checked by GRUB's own parser; empty when
/// there is nothing to show, or on any doubt, with a warning.
[[nodiscard]] std::string make_bls_include(const sysfs::Root& root, const BootTable& table,
                                           std::vector<std::string>& warnings);

/// Writes the include, or removes it when there is nothing to show. A file that has this text
/// already is not touched.
[[nodiscard]] Result<void> write_bls_include(const sysfs::Root& root, const BootTable& table,
                                             std::vector<std::string>& warnings);

/// The lines of grub.cfg that source the include when it is there, as 41_custom sources custom.cfg.
/// Before that they set kBootVariable by the distribution's prepare_grub_to_access_device; where
/// that fails, it is the device that blscfg itself uses. Must be called inside grub-mkconfig.
[[nodiscard]] std::string include_stub();

/// Whether a grub.cfg has these lines.
[[nodiscard]] bool has_include_stub(std::string_view menu);

}  // namespace early_bind
