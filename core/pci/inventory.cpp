// SPDX-License-Identifier: MIT
#include "core/pci/inventory.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <utility>

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
    const auto content = root.read_attribute(path);
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
    const auto content = root.read_attribute(path);
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
    by_location_.resize(functions_.size());
    std::iota(by_location_.begin(), by_location_.end(), 0U);
    std::sort(by_location_.begin(), by_location_.end(), [this](std::uint32_t a, std::uint32_t b) {
        const int order =
            functions_[a].identity.location.text().compare(functions_[b].identity.location.text());
        return order != 0 ? order < 0 : a < b;
    });
    for (std::uint32_t i = 0; i < functions_.size(); ++i) {
        if (functions_[i].group) {
            by_group_.push_back(i);
        }
    }
    std::stable_sort(by_group_.begin(), by_group_.end(), [this](std::uint32_t a, std::uint32_t b) {
        return *functions_[a].group < *functions_[b].group;
    });
}

const Function* Inventory::find(const Address& address) const {
    const auto found = std::lower_bound(
        functions_.begin(), functions_.end(), address,
        [](const Function& function, const Address& a) { return function.address < a; });
    return found != functions_.end() && found->address == address ? &*found : nullptr;
}

const Function* Inventory::find(const Location& location) const {
    if (location.empty()) {
        return nullptr;
    }
    const auto place = [this](std::uint32_t i) -> const Location& {
        return functions_[i].identity.location;
    };
    const auto first =
        std::partition_point(by_location_.begin(), by_location_.end(),
                             [&](std::uint32_t i) { return place(i).text() < location.text(); });
    // Virtual functions on a bus number of their own have the places of the bus above.
    const auto found = std::find_if(first, by_location_.end(), [&](std::uint32_t i) {
        return !functions_[i].virtual_function || place(i) != location;
    });
    return found != by_location_.end() && place(*found) == location ? &functions_[*found] : nullptr;
}

std::span<const std::uint32_t> Inventory::below(const Location& bridge) const {
    if (bridge.empty()) {
        return {};
    }
    const std::string prefix = bridge.text() + '/';
    const auto first = std::partition_point(
        by_location_.begin(), by_location_.end(),
        [&](std::uint32_t i) { return functions_[i].identity.location.text() < prefix; });
    const auto last = std::partition_point(first, by_location_.end(), [&](std::uint32_t i) {
        return functions_[i].identity.location.is_below(bridge);
    });
    return {first, last};
}

AddressSet Inventory::closure(const AddressSet& functions) const {
    std::set<int> groups;
    for (const auto& address : functions) {
        if (const Function* function = find(address); function != nullptr && function->group) {
            groups.insert(*function->group);
        }
    }
    AddressSet all = functions;
    for (const int group : groups) {
        auto member = std::partition_point(
            by_group_.begin(), by_group_.end(),
            [this, group](std::uint32_t i) { return *functions_[i].group < group; });
        for (; member != by_group_.end() && *functions_[*member].group == group; ++member) {
            if (functions_[*member].is_endpoint()) {
                all.insert(functions_[*member].address);
            }
        }
    }
    return all;
}

/// Takes an inventory.
class InventoryReader {
  public:
    explicit InventoryReader(const sysfs::Root& root) : root_(root) {}

    /// Everything but which functions are virtual.
    Result<void> read() {
        const auto names = root_.list(kDevices);
        if (!names) {
            return fail(
                fmt::format("{}: no PCI devices there; is {} the root of a Linux system with "
                            "/sys mounted?",
                            names.error().what, root_.outside_path("")));
        }
        std::vector<Function> functions;
        functions.reserve(names->size());
        for (const auto& name : *names) {
            if (const auto address = parse_address(name)) {
                functions.push_back(read_function(name, *address));
            } else {
                warn(fmt::format("{} is no PCI address, leaving it alone",
                                 root_.outside_path(fmt::format("{}/{}", kDevices, name))));
            }
        }
        const auto groups = root_.list(kGroups);
        inventory_ = Inventory(std::move(functions), groups ? groups->size() : 0);
        return {};
    }

    void ask_all() {
        for (auto& function : inventory_.functions_) {
            ask(function);
        }
    }

    /// What is named for read_inventory().
    void ask_about(const std::vector<Identity>& named) {
        ask_about_gpus();
        std::set<std::pair<Ids, std::uint32_t>> kinds;
        for (const auto& identity : named) {
            if (!ask_in_place(identity)) {
                kinds.emplace(identity.ids, identity.class_code.value);
            }
        }
        for (auto& function : inventory_.functions_) {
            const auto& identity = function.identity;
            if (!kinds.empty() && kinds.contains({identity.ids, identity.class_code.value})) {
                ask(function);
            }
        }
        std::set<int> groups;
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (asked_[i] && inventory_.functions_[i].group) {
                groups.insert(*inventory_.functions_[i].group);
            }
        }
        for (const auto i : inventory_.by_group_) {
            if (groups.contains(*inventory_.functions_[i].group)) {
                ask(inventory_.functions_[i]);
            }
        }
    }

    [[nodiscard]] Inventory result() && {
        inventory_.warnings = std::move(warnings_);
        return std::move(inventory_);
    }

  private:
    void warn(std::string sentence) { warnings_.push_back(std::move(sentence)); }

    Function read_function(const std::string& name, const Address& address) {
        const std::string directory = device_directory(address);
        Function function;
        function.address = address;
        const auto uevent = root_.read_attribute(directory + "/uevent");
        auto kind = uevent ? parse_uevent(*uevent) : std::nullopt;
        if (!kind) {
            kind = read_attributes(root_, directory);
        }
        if (kind) {
            function.identity.ids = kind->ids;
            function.identity.class_code = kind->class_code;
            function.driver = std::move(kind->driver);
        } else {
            warn(
                fmt::format("{} does not say what it is (no uevent, vendor, device "
                            "and class to read), treating it as a foreign device",
                            name));
        }
        if (auto location = place(name, address)) {
            function.identity.location = std::move(*location);
        } else {
            warn(fmt::format("{} has no place below a PCI root bus that can be read", name));
        }
        const ClassCode class_code = function.identity.class_code;
        function.bridge = class_code.is_pci_bridge() || class_code.is_host_bridge();
        if (!function.bridge) {
            function.group = read_group(root_, directory);
        }
        if (class_code.is_display()) {
            function.boot_display = reads_one(root_, directory + "/boot_vga") ||
                                    reads_one(root_, directory + "/boot_display");
        }
        return function;
    }

    /// All functions of a bus hang below the same directory, their bridge's (drivers/pci/probe.c,
    /// pci_setup_device(); virtual functions below that of their physical one): the first link that
    /// can be read is enough for a bus.
    std::optional<Location> place(const std::string& name, const Address& address) {
        if (bus_directory_.empty() || bus_.domain != address.domain || bus_.bus != address.bus) {
            bus_ = address;
            const auto link = root_.read_link(device_directory(address));
            const auto slash = link ? link->rfind('/') : std::string::npos;
            bus_directory_ = slash == std::string::npos ? "" : link->substr(0, slash + 1);
            if (!Location::from_device_path(bus_directory_ + name)) {
                bus_directory_.clear();
            }
        }
        return Location::from_device_path(bus_directory_ + name);
    }

    void ask(Function& function) {
        asked_.resize(inventory_.functions_.size());
        const auto index = static_cast<std::size_t>(&function - inventory_.functions_.data());
        if (!function.bridge && !asked_[index]) {
            asked_[index] = true;
            function.virtual_function =
                root_.read_link(device_directory(function.address) + "/physfn").has_value();
        }
    }

    /// A virtual function has the vendor of its physical one and hangs below the same bridge.
    void ask_about_gpus() {
        auto& functions = inventory_.functions_;
        std::set<std::uint16_t> vendors;
        for (auto first = functions.begin(); first != functions.end();) {
            const auto last =
                std::find_if(first, functions.end(), [&first](const Function& function) {
                    return !function.address.same_slot(first->address);
                });
            bool gpu = false;
            std::for_each(first, last, [&](const Function& function) {
                if (function.identity.class_code.is_display()) {
                    vendors.insert(function.identity.ids.vendor);
                    gpu = true;
                }
            });
            if (gpu) {
                std::for_each(first, last, [this](Function& function) { ask(function); });
            }
            first = last;
        }
        for (auto& function : functions) {
            if (function.identity.class_code.is_audio() &&
                vendors.contains(function.identity.ids.vendor)) {
                ask(function);
            }
        }
    }

    /// Whether a device is where it was. A virtual function in a place does not count there, and
    /// find() goes on to the next once it is known as one.
    bool ask_in_place(const Identity& identity) {
        for (;;) {
            const Function* there = inventory_.find(identity.location);
            if (there == nullptr) {
                return false;
            }
            ask(inventory_
                    .functions_[static_cast<std::size_t>(there - inventory_.functions_.data())]);
            if (!there->virtual_function) {
                return there->identity.same_kind(identity);
            }
        }
    }

    const sysfs::Root& root_;
    Inventory inventory_;
    std::vector<std::string> warnings_;
    Address bus_;                ///< the bus that was read last
    std::string bus_directory_;  ///< "…/0000:00:01.0/", empty when no link of it could be read
    std::vector<bool> asked_;
};

Result<Inventory> read_inventory(const sysfs::Root& root) {
    InventoryReader reader(root);
    if (const auto done = reader.read(); !done) {
        return tl::unexpected(done.error());
    }
    reader.ask_all();
    return std::move(reader).result();
}

Result<Inventory> read_inventory(const sysfs::Root& root, const std::vector<Identity>& named) {
    InventoryReader reader(root);
    if (const auto done = reader.read(); !done) {
        return tl::unexpected(done.error());
    }
    reader.ask_about(named);
    return std::move(reader).result();
}

}  // namespace early_bind::pci
