// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace early_bind {

/// How GRUB's blscfg command orders two entry files by their names without ".conf", taken apart as
/// NAME-VERSION-RELEASE from the end (grub-core/commands/blscfg.c, bls_cmp()): below 0 when `a` is
/// older, above when it is newer, 0 when they are the same to it. The menu has the newest first.
[[nodiscard]] int compare_bls_ids(std::string_view a, std::string_view b);

/// How rpm orders two versions (blscfg.c, vercmp()).
[[nodiscard]] int compare_rpm_versions(std::string_view a, std::string_view b);

}  // namespace early_bind
