// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// A profile that has come to the end of a boot, and the boot table (its revision) of that boot:
/// another table is another layout, which has yet to show that it boots.
struct Booted {
    std::string profile;
    std::string revision;

    bool operator==(const Booted&) const = default;
};

/// Where they are recorded, relative to the root: a line "PROFILE REVISION" each.
inline constexpr const char* kBootedPath = "var/lib/early-bind/booted";

/// Lines that are none are left out: the record is a courtesy, and nothing hangs on it but that
/// grub-gen asks for one more boot.
[[nodiscard]] std::vector<Booted> parse_booted(std::string_view text);
[[nodiscard]] std::string render_booted(const std::vector<Booted>& booted);

/// The record with one more boot in it; what other tables' boots said is dropped.
[[nodiscard]] std::vector<Booted> with_boot(std::vector<Booted> booted, const Booted& boot);

}  // namespace early_bind
