// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/devices.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace early_bind::legacy {
namespace {

using pci::Address;
using pci::Function;
using pci::Inventory;

constexpr std::uint32_t kAny = 0xffffffff;

/// One of vfio-pci's ids; the order of the numbers is that of the text.
struct Pattern {
    std::array<std::uint32_t, 6> numbers = {kAny, kAny, kAny, kAny, 0, 0};
    [[nodiscard]] bool fits(const Function& function) const {
        const auto& ids = function.identity.ids;
        const auto same = [](std::uint32_t wanted, std::uint32_t is) {
            return wanted == kAny || wanted == is;
        };
        return same(numbers[0], ids.vendor) && same(numbers[1], ids.device) &&
               same(numbers[2], ids.subsystem_vendor) && same(numbers[3], ids.subsystem_device) &&
               ((numbers[4] ^ function.identity.class_code.value) & numbers[5]) == 0;
    }
};

std::optional<Pattern> parse_pattern(std::string_view text) {
    Pattern pattern;
    std::size_t count = 0;
    for (auto piece : text::split(text, ':')) {
        if (piece.starts_with("0x") || piece.starts_with("0X")) {
            piece.remove_prefix(2);
        }
        const auto number = text::parse_hex<std::uint32_t>(piece);
        if (!number || count == pattern.numbers.size()) {
            return std::nullopt;
        }
        pattern.numbers.at(count++) = *number;
    }
    return count < 2 ? std::nullopt : std::optional(pattern);
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The address that begins at the start of the text, the domain being 0000 where it is left out,
/// and its length; nothing when there is none.
std::optional<std::pair<Address, std::size_t>> address_at(std::string_view text) {
    for (const std::size_t length : {16U, 15U, 14U, 13U, 12U, 7U}) {
        if (text.size() < length || (text.size() > length && is_hex(text[length]))) {
            continue;
        }
        std::string word = text::lower_case(text.substr(0, length));
        if (length == 7) {
            word.insert(0, "0000:");
        }
        if (const auto address = pci::parse_address(word)) {
            return std::pair{*address, length};
        }
    }
    return std::nullopt;
}

struct DriverDevices {
    std::string_view module;
    std::uint32_t vendor;  ///< 0 for any
    bool (pci::ClassCode::*is)() const;
};

/// Which functions the drivers are for, roughly: a driver's own list of ids is not at hand.
constexpr std::array kDrivers = {
    DriverDevices{"nouveau", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"nvidia", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"nvidia_drm", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"nvidia_modeset", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"nvidia_uvm", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"nvidia_current", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"nova_core", 0x10de, &pci::ClassCode::is_display},
    DriverDevices{"amdgpu", 0x1002, &pci::ClassCode::is_display},
    DriverDevices{"radeon", 0x1002, &pci::ClassCode::is_display},
    DriverDevices{"i915", 0x8086, &pci::ClassCode::is_display},
    DriverDevices{"xe", 0x8086, &pci::ClassCode::is_display},
    DriverDevices{"snd_hda_intel", 0, &pci::ClassCode::is_audio},
    DriverDevices{"i2c_nvidia_gpu", 0x10de, &pci::ClassCode::is_serial_bus},
};

constexpr std::array<std::string_view, 7> kVfioModules = {
    "vfio",        "vfio_pci", "vfio_pci_core", "vfio_iommu_type1",
    "vfio_virqfd", "pci_stub", "xen_pciback"};

}  // namespace

std::vector<Address> each_once(std::vector<Address> addresses) {
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    return addresses;
}

Meant devices_by_ids(std::string_view ids, const Inventory& inventory) {
    Meant meant;
    std::vector<std::string> names;
    for (const auto piece : text::split(ids, ',')) {
        const auto pattern = parse_pattern(text::trim(piece));
        if (!pattern) {
            continue;
        }
        names.emplace_back(text::trim(piece));
        std::vector<Address> fitting;
        for (const auto& function : inventory.functions()) {
            if (!function.bridge && pattern->fits(function)) {
                meant.alike = meant.alike ||
                              (!fitting.empty() && !fitting.back().same_slot(function.address));
                fitting.push_back(function.address);
            }
        }
        meant.devices.insert(meant.devices.end(), fitting.begin(), fitting.end());
    }
    meant.devices = each_once(std::move(meant.devices));
    meant.words = names.empty() ? std::string("no device, since it names no ids")
                                : fmt::format("every device with the id{} {}",
                                              names.size() > 1 ? "s" : "", text::join_words(names));
    return meant;
}

Meant devices_by_addresses(std::string_view text, const Inventory& inventory) {
    Meant meant;
    std::vector<Address> all;
    for (std::size_t at = 0; at < text.size();) {
        const bool starts = at == 0 || (!is_hex(text[at - 1]) && text[at - 1] != ':');
        const auto found = starts ? address_at(text.substr(at)) : std::nullopt;
        if (found) {
            all.push_back(found->first);
        }
        at += found ? found->second : 1;
    }
    all = each_once(std::move(all));
    for (const auto& address : all) {
        if (inventory.find(address) != nullptr) {
            meant.devices.push_back(address);
        }
    }
    meant.words =
        all.empty() ? std::string("no device, since it names none")
                    : fmt::format("the device{} {}", all.size() > 1 ? "s" : "", pci::in_words(all));
    return meant;
}

std::vector<Address> devices_by_ids_in(std::string_view text, const Inventory& inventory) {
    const std::string lower = text::lower_case(text);
    std::vector<Address> found;
    for (const auto& function : inventory.functions()) {
        const auto& ids = function.identity.ids;
        for (const char* form : {"{:04x}:{:04x}", "{:04x} {:04x}", "0x{:04x} 0x{:04x}"}) {
            const auto words = fmt::format(fmt::runtime(form), ids.vendor, ids.device);
            if (!function.bridge && lower.find(words) != std::string::npos) {
                found.push_back(function.address);
                break;
            }
        }
    }
    return each_once(std::move(found));
}

std::string binding(const Meant& meant, std::string_view driver) {
    std::string text = fmt::format("binds {} to {}", meant.words, driver);
    if (meant.devices.empty()) {
        return text + "; this machine has none of that";
    }
    if (meant.words.starts_with("every")) {
        text += fmt::format(", here {}", pci::in_words(meant.devices));
    }
    if (meant.alike) {
        text += "; it cannot tell equal devices apart";
    }
    return text;
}

std::string module_name(std::string_view name) {
    std::string module(name);
    std::replace(module.begin(), module.end(), '-', '_');
    return module;
}

bool is_vfio_module(std::string_view module) {
    return std::find(kVfioModules.begin(), kVfioModules.end(), module) != kVfioModules.end();
}

bool is_host_driver(std::string_view module) {
    return std::any_of(kDrivers.begin(), kDrivers.end(),
                       [module](const DriverDevices& one) { return one.module == module; });
}

std::vector<Address> devices_of_driver(std::string_view module, const Inventory& inventory) {
    std::vector<Address> found;
    for (const auto& driver : kDrivers) {
        for (const auto& function : inventory.functions()) {
            const auto& identity = function.identity;
            if (driver.module == module && function.is_endpoint() &&
                (driver.vendor == 0 || driver.vendor == identity.ids.vendor) &&
                (identity.class_code.*driver.is)()) {
                found.push_back(function.address);
            }
        }
    }
    return found;
}

std::string blocking(const std::vector<std::string>& drivers, const std::vector<Address>& devices) {
    const std::string text = fmt::format("keeps the driver{} {} from loading",
                                         drivers.size() > 1 ? "s" : "", text::join_words(drivers));
    return devices.empty()
               ? text + "; this machine has no device for it"
               : fmt::format("{}, which the host may need for {}", text, pci::in_words(devices));
}

bool is_true(std::string_view value) {
    return value == "1" || value == "y" || value == "Y" || value == "on" || value == "true";
}

}  // namespace early_bind::legacy
