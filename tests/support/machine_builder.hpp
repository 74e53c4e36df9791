// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"

namespace early_bind::test {

/// States a machine in a few lines, without a file system:
///
///     MachineBuilder m;
///     m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x1e04, 0x030000).group(1);
class MachineBuilder {
  public:
    class Entry {
      public:
        explicit Entry(pci::Function& function) : function_(function) {}
        Entry& group(int number) {
            function_.group = number;
            return *this;
        }
        Entry& driver(std::string name) {
            function_.driver = std::move(name);
            return *this;
        }
        Entry& subsystem(std::uint16_t vendor, std::uint16_t device) {
            function_.identity.ids.subsystem_vendor = vendor;
            function_.identity.ids.subsystem_device = device;
            return *this;
        }
        Entry& boot_display() {
            function_.boot_display = true;
            return *this;
        }
        Entry& virtual_function() {
            function_.virtual_function = true;
            return *this;
        }

      private:
        pci::Function& function_;
    };

    Entry add(std::string_view address, std::string_view location, std::uint16_t vendor,
              std::uint16_t device, std::uint32_t class_code) {
        pci::Function function;
        function.address = pci::parse_address(address).value();
        function.identity.location = pci::Location::parse(location).value();
        function.identity.ids = {vendor, device, 0, 0};
        function.identity.class_code = pci::ClassCode{class_code};
        function.bridge = function.identity.class_code.is_pci_bridge() ||
                          function.identity.class_code.is_host_bridge();
        functions_.push_back(function);
        return Entry(functions_.back());
    }

    [[nodiscard]] pci::Inventory inventory(std::size_t groups = 20) const {
        return pci::Inventory(functions_, groups);
    }

    void remove(std::string_view address) {
        std::erase_if(functions_, [address](const pci::Function& function) {
            return to_string(function.address) == address;
        });
    }

  private:
    std::vector<pci::Function> functions_;
};

inline pci::Address address(std::string_view text) {
    return pci::parse_address(text).value();
}

inline std::vector<std::string> texts(const std::vector<pci::Address>& addresses) {
    std::vector<std::string> out;
    for (const auto& each : addresses) {
        out.push_back(to_string(each));
    }
    return out;
}

}  // namespace early_bind::test
