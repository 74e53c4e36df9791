// SPDX-License-Identifier: MIT
#include "core/pci/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "core/text.hpp"

namespace early_bind::pci {
namespace {

constexpr const char* kDevices = "sys/bus/pci/devices";
constexpr const char* kGroups = "sys/kernel/iommu_groups";

struct Kind {
    Ids ids;
    ClassCode class_code;
    std::string driver;
};

/// The uevent file says what a function is in one read (drivers/pci/pci-driver.c, pci_uevent()).
std::optional<Kind> parse_uevent(std::string_view uevent) {
    std::map<std::string_view, std::string_view> values;
    for (const auto line : text::split(uevent, '\n')) {
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) {
            values[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }
    const auto pair = [&values](const char* key, std::uint16_t& one, std::uint16_t& two) {
        const auto value = values[key];
        const auto colon = value.find(':');
        if (colon == std::string_view::npos) {
            return false;
        }
        const auto first = text::parse_hex<std::uint16_t>(value.substr(0, colon));
        const auto second = text::parse_hex<std::uint16_t>(value.substr(colon + 1));
        one = first.value_or(0);
        two = second.value_or(0);
        return first && second;
    };
    Kind kind;
    const auto class_code = text::parse_hex<std::uint32_t>(values["PCI_CLASS"]);
    if (!class_code || !pair("PCI_ID", kind.ids.vendor, kind.ids.device) ||
        !pair("PCI_SUBSYS_ID", kind.ids.subsystem_vendor, kind.ids.subsystem_device)) {
        return std::nullopt;
    }
    kind.class_code = ClassCode{*class_code};
    kind.driver = values["DRIVER"];
    return kind;
}

/// "0x10de\n" in an attribute of its own.
template <class Unsigned>
std::optional<Unsigned> read_hex(const sysfs::Root& root, const std::string& path) {
    const auto content = root.read(path);
    if (!content) {
        return std::nullopt;
    }
    auto digits = text::trim(*content);
    if (!digits.starts_with("0x")) {
        return std::nullopt;
    }
    digits.remove_prefix(2);
    return text::parse_hex<Unsigned>(digits);
}

/// The slower way, for a root (a recording, say) whose uevent files are missing or incomplete.
std::optional<Kind> read_attributes(const sysfs::Root& root, const std::string& directory) {
    const auto vendor = read_hex<std::uint16_t>(root, directory + "/vendor");
    const auto device = read_hex<std::uint16_t>(root, directory + "/device");
    const auto class_code = read_hex<std::uint32_t>(root, directory + "/class");
    if (!vendor || !device || !class_code) {
        return std::nullopt;
    }
    const auto subsystem_vendor = read_hex<std::uint16_t>(root, directory + "/subsystem_vendor");
    const auto subsystem_device = read_hex<std::uint16_t>(root, directory + "/subsystem_device");
    const auto driver = root.read_link(directory + "/driver");
    return Kind{{*vendor, *device, subsystem_vendor.value_or(0), subsystem_device.value_or(0)},
                ClassCode{*class_code},
                driver ? std::string(sysfs::base_name(*driver)) : std::string()};
}

std::optional<int> read_group(const sysfs::Root& root, const std::string& directory) {
    const auto link = root.read_link(directory + "/iommu_group");
    if (!link) {
        return std::nullopt;
    }
    const auto name = sysfs::base_name(*link);
    int number = 0;
    const auto [stop, code] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (code != std::errc{} || stop != name.data() + name.size()) {
        return std::nullopt;
    }
    return number;
}

bool reads_one(const sysfs::Root& root, const std::string& path) {
    const auto content = root.read(path);
    return content && text::trim(*content) == "1";
}

}  // namespace

std::string device_directory(const Address& address) {
    return fmt::format("{}/{}", kDevices, to_string(address));
}

Inventory::Inventory(std::vector<Function> functions, std::size_t group_count)
    : functions_(std::move(functions)), group_count_(group_count) {
    std::sort(functions_.begin(), functions_.end(),
              [](const Function& a, const Function& b) { return a.address < b.address; });
}

const Function* Inventory::find(const Address& address) const {
    const auto found = std::lower_bound(
        functions_.begin(), functions_.end(), address,
        [](const Function& function, const Address& a) { return function.address < a; });
    return found != functions_.end() && found->address == address ? &*found : nullptr;
}

const Function* Inventory::find(const Location& location) const {
    const auto found =
        std::find_if(functions_.begin(), functions_.end(), [&location](const Function& function) {
            return function.identity.location == location && !function.virtual_function;
        });
    return found != functions_.end() && !location.empty() ? &*found : nullptr;
}

AddressSet Inventory::closure(const AddressSet& functions) const {
    std::set<int> groups;
    for (const auto& address : functions) {
        if (const Function* function = find(address); function != nullptr && function->group) {
            groups.insert(*function->group);
        }
    }
    AddressSet all = functions;
    for (const auto& function : functions_) {
        if (function.is_endpoint() && function.group && groups.contains(*function.group)) {
            all.insert(function.address);
        }
    }
    return all;
}

Result<Inventory> read_inventory(const sysfs::Root& root) {
    const auto names = root.list(kDevices);
    if (!names) {
        return fail(
            fmt::format("{}: no PCI devices there; is {} the root of a Linux system with "
                        "/sys mounted?",
                        names.error().what, root.outside_path("")));
    }
    std::vector<Function> functions;
    std::vector<std::string> warnings;
    functions.reserve(names->size());
    for (const auto& name : *names) {
        const auto address = parse_address(name);
        if (!address) {
            warnings.push_back(
                fmt::format("{} is no PCI address, leaving it alone",
                            root.outside_path(fmt::format("{}/{}", kDevices, name))));
            continue;
        }
        const std::string directory = device_directory(*address);
        Function function;
        function.address = *address;
        function.group = read_group(root, directory);

        const auto uevent = root.read(directory + "/uevent");
        auto kind = uevent ? parse_uevent(*uevent) : std::nullopt;
        if (!kind) {
            kind = read_attributes(root, directory);
        }
        if (kind) {
            function.identity.ids = kind->ids;
            function.identity.class_code = kind->class_code;
            function.driver = kind->driver;
        } else {
            warnings.push_back(
                fmt::format("{} does not say what it is (no uevent, vendor, device "
                            "and class to read), treating it as a foreign device",
                            name));
        }
        if (const auto link = root.read_link(directory)) {
            if (const auto location = Location::from_device_path(*link)) {
                function.identity.location = *location;
            }
        }
        if (function.identity.location.empty()) {
            warnings.push_back(
                fmt::format("{} has no place below a PCI root bus that can be read", name));
        }
        const ClassCode class_code = function.identity.class_code;
        function.bridge = class_code.is_pci_bridge() || class_code.is_host_bridge();
        function.virtual_function =
            !function.bridge && root.read_link(directory + "/physfn").has_value();
        if (class_code.is_display()) {
            function.boot_display = reads_one(root, directory + "/boot_vga") ||
                                    reads_one(root, directory + "/boot_display");
        }
        functions.push_back(std::move(function));
    }
    const auto groups = root.list(kGroups);
    Inventory inventory(std::move(functions), groups ? groups->size() : 0);
    inventory.warnings = std::move(warnings);
    return inventory;
}

}  // namespace early_bind::pci
