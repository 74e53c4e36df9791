// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace early_bind::pci {

/// A function's place in the machine without bus numbers: the root bus, then device.function of
/// every hop, e.g. `pci0000:00/01.1/00.0`. It changes only when the card moves to another slot or
/// the bridges above it change, not when other devices shift the bus numbers. A root bus that
/// hangs below a PCI function (Intel VMD) is a hop of its own: `pci0000:00/0e.0/pci10000:e0/06.0`.
class Location {
  public:
    Location() = default;

    /// Takes the path of a device directory in /sys/devices, absolute or relative, as the links in
    /// /sys/bus/pci/devices give it; what stands before the first root bus is ignored. Nothing is
    /// returned when the path holds no root bus or anything but PCI hops below it.
    [[nodiscard]] static std::optional<Location> from_device_path(std::string_view path);

    /// Parses the written form.
    [[nodiscard]] static std::optional<Location> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }

    /// The bridge above; empty when the function sits on a root bus.
    [[nodiscard]] Location parent() const;

    /// Whether this place is somewhere below the bridge at `bridge`.
    [[nodiscard]] bool is_below(const Location& bridge) const;

    auto operator<=>(const Location&) const = default;

  private:
    explicit Location(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace early_bind::pci
