// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"

namespace early_bind::legacy {

/// Devices that an earlier set-up means, and how it says so.
struct Meant {
    std::vector<pci::Address> devices;  ///< of this machine, sorted
    std::string words;   ///< "every device with the id 10de:2684", "the devices 0000:01:00.0"
    bool alike = false;  ///< by ids, and of different cards: they cannot be told apart
};

/// The value of vfio-pci's `ids`: `vendor:device[:subvendor[:subdevice[:class[:mask]]]],...`
/// (drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids()). What cannot be read is left out, as the
/// kernel does.
[[nodiscard]] Meant devices_by_ids(std::string_view ids, const pci::Inventory& inventory);

/// All PCI addresses in a text, such as xen-pciback's `hide=(0000:01:00.0)(02:00.0)` or a script.
[[nodiscard]] Meant devices_by_addresses(std::string_view text, const pci::Inventory& inventory);

/// All ids in a text of another form ("10de 2684", "10de:2684", "0x10de 0x2684"): scripts.
[[nodiscard]] std::vector<pci::Address> devices_by_ids_in(std::string_view text,
                                                          const pci::Inventory& inventory);

/// "binds the device 0000:01:00.0 to vfio-pci": what binding them to a driver means, with what of
/// it is here.
[[nodiscard]] std::string binding(const Meant& meant, std::string_view driver);

/// `vfio-pci` and `vfio_pci` are one module: the name with `_`.
[[nodiscard]] std::string module_name(std::string_view name);

/// Whether a module (name with `_`) is there for passing devices only.
[[nodiscard]] bool is_vfio_module(std::string_view module);

/// Whether a module (name with `_`) is a driver that the host needs for a GPU or its companions.
[[nodiscard]] bool is_host_driver(std::string_view module);

/// The functions of this machine that such a driver is for.
[[nodiscard]] std::vector<pci::Address> devices_of_driver(std::string_view module,
                                                          const pci::Inventory& inventory);

/// "keeps the driver nouveau from loading, which the host may need for 0000:01:00.0".
[[nodiscard]] std::string blocking(const std::vector<std::string>& drivers,
                                   const std::vector<pci::Address>& devices);

/// Sorted, each once.
[[nodiscard]] std::vector<pci::Address> each_once(std::vector<pci::Address> addresses);

/// Whether a text has a word that is `true` to the kernel as the value of a switch: 1, y, Y, on.
[[nodiscard]] bool is_true(std::string_view value);

}  // namespace early_bind::legacy
