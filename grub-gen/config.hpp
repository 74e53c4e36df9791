// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "grub-gen/position.hpp"
#include "grub-gen/resources.hpp"

namespace early_bind {

/// Where the configuration lies, relative to the root. It is for people; the boot reads the table
/// that is made of it.
inline constexpr const char* kConfigPath = "etc/early-bind/early-bind.toml";

/// A selector as it is written, to be resolved against an inventory (selector.hpp).
struct WrittenSelector {
    std::string text;
    Position position;
};

/// A ROM file for a device of VMs, `[rom]`.
struct RomConfig {
    WrittenSelector device;
    std::string file;
};

/// Whether text can be the path of a ROM file: whole, and one line of printable text.
[[nodiscard]] bool is_rom_path(std::string_view text);

/// The word for the distribution's own entries, so that no profile can be called that.
inline constexpr std::string_view kStock = "stock";

/// What becomes of the firmware's screen on a passed GPU.
enum class Screen {
    release,  ///< taken from its driver just before the bind
    keep,     ///< left alone
    none,     ///< the kernel is told to make none, on no GPU
};

/// What `[profile.NAME]` says. One whose name is none of the generated ones adds a profile, and has
/// `keep` or `pass`.
struct ProfileConfig {
    std::string name;
    Position position;                                   ///< of the name
    std::optional<std::vector<WrittenSelector>> keep{};  ///< GPUs; the others are passed
    std::optional<std::vector<WrittenSelector>> pass{};  ///< GPUs; the others are kept
    std::vector<WrittenSelector> devices{};              ///< more functions to pass
    std::string new_name{};                              ///< empty: as it is
    Position new_name_position{};
    std::string title{};                  ///< of the menu entries; empty: made of the GPUs' names
    std::optional<std::int64_t> order{};  ///< lower comes first; those without keep their place
    bool hidden = false;                  ///< in the boot table, but not in the menu
    bool enabled = true;                  ///< false: not made at all
    ResourceRequest resources{};
    std::vector<std::string> arguments{};  ///< more kernel arguments, each one harmless word
    std::optional<Screen> screen{};        ///< for this profile, whatever Config says
    bool disable_idle_d3 = false;          ///< vfio-pci's option: unused cards are not put to sleep
    bool disable_vga = false;              ///< vfio-pci's option: no VGA resources for VMs
    std::optional<bool> d3cold_allowed{};  ///< what the passed functions' attribute shall say

    /// The name that the profile goes by.
    [[nodiscard]] const std::string& final_name() const {
        return new_name.empty() ? name : new_name;
    }
};

/// The configuration as written; nothing in it has been compared with the machine.
struct Config {
    std::vector<WrittenSelector> host_only;  ///< GPUs that are never passed
    std::vector<WrittenSelector> statics;    ///< functions that go to vfio-pci in every boot
    std::vector<ProfileConfig> profiles;     ///< in the order of the file
    std::vector<RomConfig> roms{};           ///< the same
    Screen screen = Screen::release;         ///< of profiles that do not say
    std::optional<unsigned> deadline{};      ///< seconds for the work in the initramfs

    /// What is said about the profile that goes by this name; null when nothing is.
    [[nodiscard]] const ProfileConfig* find(std::string_view profile) const;
};

/// Reads a configuration:
///
///     host_only = ["0000:01:00.0"]
///     static = ["8086:1533", "pci0000:00/1b.0/00.0"]
///     framebuffer = "keep"
///     deadline = 20
///     [rom]
///     "01:00.0" = "/usr/share/vgabios/card.rom"
///     [profile.keep-nvidia-2684]
///     name = "work"
///     title = "Work"
///     order = 1
///     hidden = false
///     enabled = true
///     memory = "16G"                # or one size for each NUMA node: ["8G", "8G"]
///     pages = "1G"                  # or "2M"
///     cpus = "4-7,12-15"
///     zram = "4G"                   # or true, or false
///     zram_algorithm = "zstd"
///     zswap = true
///     zswap_compressor = "zstd"
///     zswap_max_pool_percent = 20
///     arguments = ["mitigations=off"]
///     framebuffer = "release"
///     disable_idle_d3 = true
///     disable_vga = true
///     d3cold_allowed = false
///     [profile.two]
///     keep = ["rtx 4090", "0000:41:00.0"]   # or pass = [...]
///     devices = ["8086:1533"]
///
/// TOML 1.0. Empty text is a configuration that says nothing. Unknown keys are errors. Every error
/// is "line L, column C: ..." and the first of the file, and there is no configuration then.
[[nodiscard]] Result<Config> parse_config(std::string_view text);

/// Refuses a `[profile.NAME]` that neither is one of `generated`, the profiles this machine gives
/// by itself, nor says what to keep or pass, and one that is generated and does say so; and two
/// profiles of one name.
[[nodiscard]] Result<void> check_profile_names(const Config& config,
                                               const std::vector<std::string>& generated);

}  // namespace early_bind
