// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "core/sysfs/writer.hpp"

namespace early_bind {

/// What decides whether and how the ROM of a function can be read. Texts are as the attribute says,
/// empty where there is none.
struct RomCard {
    pci::Address address;
    std::string driver;              ///< that holds it, empty for none
    bool has_rom = false;            ///< the kernel shows one
    bool shadow = false;             ///< and it is the firmware's copy in memory
    std::string power_control;       ///< power/control: "on" or "auto"
    std::string power_state;         ///< "D0" to "D3cold", "unknown"
    std::string runtime_status;      ///< power/runtime_status: "active", "suspended"
    std::string enable;              ///< how often it was enabled
    std::vector<std::string> users;  ///< processes that have it open through VFIO
};

/// Reads only attributes that wake nothing.
[[nodiscard]] RomCard read_rom_card(const sysfs::Root& root, const pci::Function& function);

/// Why the ROM is not to be read now, a sentence with a next step; empty when it can be. `force`
/// takes the driver of a GPU into account.
[[nodiscard]] std::string objection(const RomCard& card, bool force);

/// A write that makes the ROM readable, and the one that takes it back.
struct RomStep {
    std::string attribute;  ///< below the function's directory
    std::string text;
    std::string undo;

    bool operator==(const RomStep&) const = default;
};

/// What has to be written before the ROM can be read, in this order:
///
/// * power/control, so that the card wakes and stays awake;
/// * enable, where no driver holds it: its memory may be off, and the ROM then reads as ff
///   (Documentation/PCI/sysfs-pci.rst); not for the firmware's copy, which is no memory of the
///   card;
/// * rom itself. What takes that back is "0" and a newline: the kernel takes a "0" alone for a
///   "1" (drivers/pci/pci-sysfs.c, pci_write_rom()).
[[nodiscard]] std::vector<RomStep> rom_steps(const RomCard& card);

/// Takes steps back, the last one first.
void undo_rom_steps(sysfs::Writer& writer, const pci::Address& address,
                    const std::vector<RomStep>& steps);

/// Does the steps, has `read` read the ROM, and takes back what was done, also after an error. A
/// card that sleeps all the same is an error.
[[nodiscard]] Result<std::string> read_with_steps(sysfs::Writer& writer, const RomCard& card,
                                                  const std::vector<RomStep>& steps,
                                                  const std::function<Result<std::string>()>& read);

/// The ROM's bytes, read in a child process that has half a minute for it: a read from a card can
/// hang in the kernel. Signals that end programs wait meanwhile, so that everything is taken back.
[[nodiscard]] Result<std::string> read_rom(const sysfs::Root& root, const RomCard& card);

/// What reading has changed and not taken back, one sentence each.
[[nodiscard]] std::vector<std::string> left_behind(const RomCard& before, const RomCard& after);

}  // namespace early_bind
