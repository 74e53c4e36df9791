// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

enum class InputKind {
    keyboard,
    mouse,     ///< also what points in absolute coordinates and has buttons, as a VM's tablet
    touchpad,  ///< a VM gets its fingers' raw places, which is no good
};

[[nodiscard]] std::string_view to_string(InputKind kind);

/// A keyboard or pointing device: one event node of the kernel.
struct InputDevice {
    std::string node;  ///< "event3", another in each boot
    std::string name;
    InputKind kind = InputKind::keyboard;
    bool points = false;             ///< a keyboard that is a mouse as well
    std::string path;                ///< "/dev/input/by-id/...-event-kbd"
    bool stable = false;             ///< whether the path is the same in each boot
    std::vector<std::string> links;  ///< all that udev made for it, the path among them
    std::uint16_t bus = 0;           ///< BUS_USB is 3, BUS_I8042 is 0x11 (linux/input.h)
    std::uint16_t vendor = 0;
    std::uint16_t product = 0;
    std::optional<pci::Address> function;  ///< that it hangs on; none for PS/2 and virtual ones
};

/// What an event node's capabilities make of it, by the rules of udev's input_id; nothing for
/// power buttons, lid switches, sound jacks and the like. The texts are those of
/// sys/class/input/eventN/device/capabilities: words in hexadecimal, the highest first.
struct Capabilities {
    std::string_view ev, key, rel, abs;
};
struct InputClass {
    InputKind kind = InputKind::keyboard;
    bool points = false;
};
[[nodiscard]] std::optional<InputClass> classify(const Capabilities& capabilities);

/// The keyboards and pointing devices below a root, by the numbers of their nodes. Links of
/// dev/input/by-id come before those of by-path; two devices that are equal in everything have but
/// one link in by-id, which leads to either, so that both go by by-path.
[[nodiscard]] std::vector<InputDevice> read_inputs(const sysfs::Root& root);

/// Those that the words name: each is a part of the name, the path or a link, in any case, the node
/// or the address of the PCI function. Without any: all but touchpads. Errors name the word that
/// fits nothing.
[[nodiscard]] Result<std::vector<InputDevice>> select_inputs(const std::vector<InputDevice>& inputs,
                                                             const std::vector<std::string>& words);

}  // namespace early_bind
