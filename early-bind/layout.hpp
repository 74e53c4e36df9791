// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "core/pci/inventory.hpp"
#include "core/profile/boot_table.hpp"
#include "early-bind/system.hpp"

namespace early_bind {

/// What a command line, of the kernel or of a user, asks for; `keep` wins over `profile`, and
/// neither asks for the static set alone.
struct Asked {
    std::optional<std::string> profile;
    std::optional<std::string> keep;

    /// "keep-amd-73bf", "keep=01:00.0", or empty.
    [[nodiscard]] std::string name() const;
};

/// The table that counts, and its profile that was asked for.
struct AskedLayout {
    BootTable table;
    std::string name;  ///< of the profile, empty for the static set alone

    [[nodiscard]] const TableProfile* profile() const { return table.find(name); }
};

/// Finds what was asked for; the Reason says why there is no such layout. A kept GPU needs no
/// table, a profile and the static set do.
[[nodiscard]] tl::expected<AskedLayout, Reason> find_layout(const Asked& asked,
                                                            const TableRead& read,
                                                            const pci::Inventory& inventory);

}  // namespace early_bind
