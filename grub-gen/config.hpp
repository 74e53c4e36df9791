// SPDX-License-Identifier: MIT
#pragma once

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
    Position position;                   ///< of the name
    std::vector<std::string> arguments;  ///< more kernel arguments, each one harmless word
};

/// The configuration as written; nothing in it has been compared with the machine.
struct Config {
    std::vector<WrittenSelector> host_only;  ///< GPUs that are never passed
    std::vector<WrittenSelector> statics;    ///< functions that go to vfio-pci in every boot
    std::vector<ProfileConfig> profiles;     ///< in the order of the file

    /// What is said about a profile; null when nothing is.
    [[nodiscard]] const ProfileConfig* find(std::string_view profile) const;
};

/// Reads a configuration:
///
///     host_only = ["0000:01:00.0"]
///     static = ["8086:1533", "pci0000:00/1b.0/00.0"]
///     [profile.keep-nvidia-2684]
///     arguments = ["mitigations=off"]
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
