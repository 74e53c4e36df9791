// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace early_bind {

/// Where the configuration lies, relative to the root. It is for people; the boot reads the table
/// that is made of it.
inline constexpr const char* kConfigPath = "etc/early-bind/early-bind.toml";

/// A place in the configuration file, both numbers counted from 1.
struct Position {
    unsigned line = 0;
    unsigned column = 0;
};

/// A selector as it is written, to be resolved against an inventory (selector.hpp).
struct WrittenSelector {
    std::string text;
    Position position;
};

/// What `[profile.NAME]` says.
struct ProfileConfig {
    std::string name;
    Position position;                       ///< of the name
    std::vector<std::string> arguments;      ///< more kernel arguments, each one harmless word
    std::optional<bool> keep_framebuffer{};  ///< for this profile, whatever Config says
    bool disable_idle_d3 = false;          ///< vfio-pci's option: unused cards are not put to sleep
    bool disable_vga = false;              ///< vfio-pci's option: no VGA resources for VMs
    std::optional<bool> d3cold_allowed{};  ///< what the passed functions' attribute shall say
};

/// The configuration as written; nothing in it has been compared with the machine.
struct Config {
    std::vector<WrittenSelector> host_only;  ///< GPUs that are never passed
    std::vector<WrittenSelector> statics;    ///< functions that go to vfio-pci in every boot
    std::vector<ProfileConfig> profiles;     ///< in the order of the file
    bool keep_framebuffer = false;           ///< leave the firmware's screen of a passed GPU alone
    std::optional<unsigned> deadline{};      ///< seconds for the work in the initramfs

    /// What is said about a profile; null when nothing is.
    [[nodiscard]] const ProfileConfig* find(std::string_view profile) const;
};

/// Reads a configuration:
///
///     host_only = ["0000:01:00.0"]
///     static = ["8086:1533", "pci0000:00/1b.0/00.0"]
///     framebuffer = "keep"
///     deadline = 20
///     [profile.keep-nvidia-2684]
///     arguments = ["mitigations=off"]
///     framebuffer = "release"
///     disable_idle_d3 = true
///     disable_vga = true
///     d3cold_allowed = false
///
/// TOML 1.0. Empty text is a configuration that says nothing. Unknown keys are errors. Every error
/// is "line L, column C: ..." and the first of the file, and there is no configuration then.
[[nodiscard]] Result<Config> parse_config(std::string_view text);

/// Refuses a `[profile.NAME]` whose name is none of `names`, the profiles this machine has.
[[nodiscard]] Result<void> check_profile_names(const Config& config,
                                               const std::vector<std::string>& names);

/// "line 3, column 1: MESSAGE".
[[nodiscard]] std::string at_position(const Position& position, std::string_view message);

}  // namespace early_bind
