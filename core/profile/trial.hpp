// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace early_bind {

/// A profile that was chosen for one boot and has not come to the end of it yet.
struct Trial {
    std::string profile;
    std::string boot_id;  ///< of the boot in which it was chosen (random(4), boot_id)
};

/// Where it is kept, relative to the root: `grub-gen boot-once` writes it, `early-bind confirm`
/// takes it away.
inline constexpr const char* kTrialPath = "var/lib/early-bind/trial";
inline constexpr const char* kBootIdPath = "proc/sys/kernel/random/boot_id";

/// One line: "PROFILE BOOT_ID".
[[nodiscard]] std::string render_trial(const Trial& trial);
/// Nothing for any other text.
[[nodiscard]] std::optional<Trial> parse_trial(std::string_view text);

}  // namespace early_bind
