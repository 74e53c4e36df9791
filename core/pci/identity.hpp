// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/pci/class_code.hpp"
#include "core/pci/location.hpp"

namespace early_bind::pci {

/// The four 16-bit numbers that say what a function is. The revision is not among them: a sleeping
/// GPU reads it as ff.
struct Ids {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint16_t subsystem_vendor = 0;
    std::uint16_t subsystem_device = 0;

    auto operator<=>(const Ids&) const = default;
};

/// What makes a function the same one in the next boot: where it is and what it is.
struct Identity {
    Location location;
    Ids ids;
    ClassCode class_code;

    bool operator==(const Identity&) const = default;

    /// What it is, wherever it is.
    [[nodiscard]] bool same_kind(const Identity& other) const {
        return ids == other.ids && class_code == other.class_code;
    }
};

/// `10de:2684`, as lspci -n writes it.
[[nodiscard]] std::string vendor_device(const Ids& ids);

/// `pci0000:00/01.1/00.0 10de:2684 1043:889a 030000`: location, ids, subsystem ids, class.
[[nodiscard]] std::string to_string(const Identity& identity);

/// Parses what to_string() writes.
[[nodiscard]] std::optional<Identity> parse_identity(std::string_view text);

}  // namespace early_bind::pci
