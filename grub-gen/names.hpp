// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "core/pci/class_code.hpp"
#include "core/pci/identity.hpp"
#include "core/sysfs/root.hpp"

struct pci_access;

namespace early_bind {

/// Names for people, from the PCI id database (pci.ids(5)) by libpci; neither the network nor
/// udev's database is asked. A database that is missing, or damaged from some line on, costs names,
/// nothing else. Every name is one line of printable ASCII, at most 96 characters; it may hold
/// quotes, `$` and backslashes, so whoever writes it into a script has to quote it.
class Names {
  public:
    /// Takes the database below `root`; where it has none, the host's own.
    explicit Names(const sysfs::Root& root);
    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;
    ~Names();

    /// A card as its box names it: "NVIDIA GeForce RTX 2080 Ti", which is the vendor in a word and
    /// what the database has in its last square brackets, or else the whole device name.
    /// "NVIDIA device 2684" and "device 1234:5678" when the database does not know it.
    [[nodiscard]] std::string gpu_name(const pci::Ids& ids) const;

    /// Whether the database has a name for the device.
    [[nodiscard]] bool knows(const pci::Ids& ids) const;

    /// As lspci writes it: "Ethernet controller: Intel Corporation I210 Gigabit Network
    /// Connection".
    [[nodiscard]] std::string function_name(const pci::Ids& ids, pci::ClassCode class_code) const;

  private:
    /// pci_lookup_name(); empty when the database has nothing.
    [[nodiscard]] std::string look_up(unsigned flags, unsigned one, unsigned two = 0) const;

    struct Cleanup {
        void operator()(pci_access* access) const;
    };
    std::unique_ptr<pci_access, Cleanup> access_;
};

}  // namespace early_bind
