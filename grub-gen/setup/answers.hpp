// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cpu_list.hpp"
#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "grub-gen/machine.hpp"

/// The guided set-up: what may be chosen, how it is asked, and what it makes of the configuration.
namespace early_bind::setup {

/// What is said about compressed swap.
struct ZramAnswer {
    enum class Kind {
        system,     ///< nothing: the system is as it is set up
        off,        ///< none, whatever the system is set up for
        automatic,  ///< of a sensible size
        size,
    };
    Kind kind = Kind::system;
    std::uint64_t mebibytes = 0;  ///< of Kind::size

    bool operator==(const ZramAnswer&) const = default;
};

/// What was chosen. Nothing means as it is configured.
struct Answers {
    std::optional<pci::AddressSet> host_only{};  ///< GPUs by their address
    std::optional<pci::AddressSet> statics{};
    std::vector<std::string> profiles{};  ///< which the rest is for; empty: all with an entry
    std::optional<std::vector<std::uint64_t>> memory{};  ///< MiB, in all or for each node; or none
    std::optional<CpuList> cpus{};                       ///< may be empty: none
    std::optional<ZramAnswer> zram{};
};

/// Devices for the static set, and what was matched and is not among them.
struct StaticAnswer {
    pci::AddressSet devices;
    std::vector<std::string> left_out;  ///< sentences
};

/// The GPUs that may be passed at all, in bus order: all but management displays.
[[nodiscard]] std::vector<pci::Address> candidates(const Machine& machine);

/// The functions that may be in the static set: endpoints that are no part of a GPU and carry no
/// file system of this host. Their place here is their number in the dialogue, less one.
[[nodiscard]] std::vector<pci::Address> static_candidates(const Machine& machine);

/// The profiles that get a menu entry.
[[nodiscard]] std::vector<const Profile*> profiles_with_entry(const Machine& machine);

/// An answer's words, parted by blanks; quotes hold a word with blanks together.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

// Each of these reads an answer. Errors are sentences.

/// GPUs by number ("2" or "1,2"), by what select_gpu() takes, or `all` or `none`. Of management
/// displays there is nothing to choose.
[[nodiscard]] Result<pci::AddressSet> parse_gpus(const std::vector<std::string>& words,
                                                 const Machine& machine);

/// Those candidates that are not in `pass`.
[[nodiscard]] pci::AddressSet others(const Machine& machine, const pci::AddressSet& pass);

/// Devices by number, selector, or a regular expression (ECMAScript, in any case) over the names;
/// `none` for none. What may not be in the set is an error when it was named, and left out when an
/// expression happens to match it.
[[nodiscard]] Result<StaticAnswer> parse_statics(const std::vector<std::string>& words,
                                                 const Machine& machine);

/// Profiles by number or name; `all` is an empty list.
[[nodiscard]] Result<std::vector<std::string>> parse_profiles(const std::vector<std::string>& words,
                                                              const Machine& machine);

/// "16G", "8G,8G" for each NUMA node, "off".
[[nodiscard]] Result<std::vector<std::uint64_t>> parse_memory(std::string_view text);

/// "4-7,12-15", "off".
[[nodiscard]] Result<CpuList> parse_cpus(std::string_view text);

/// "4G", "auto", "off", "system".
[[nodiscard]] Result<ZramAnswer> parse_zram(std::string_view text);

}  // namespace early_bind::setup
