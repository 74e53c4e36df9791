// SPDX-License-Identifier: MIT
#include "host/use.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "core/text.hpp"
#include "grub-gen/block_trace.hpp"
#include "grub-gen/mounts.hpp"

namespace early_bind {
namespace {

constexpr std::size_t kLargeFile = std::size_t{64} << 20;
/// Directories of sysfs below a function lie no deeper; a loop of links cannot occur, they are not
/// followed.
constexpr int kDeepest = 24;

/// Device files by their path, "/dev/dri/card1", with the function that each hangs on.
using Nodes = std::map<std::string, pci::Address, std::less<>>;

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// The value of a line `KEY<separator>VALUE`, blanks around it taken off.
std::string value_of(std::string_view text, std::string_view key, char separator) {
    for (const auto line : text::split(text, '\n')) {
        const auto at = line.find(separator);
        if (at != std::string_view::npos && text::trim(line.substr(0, at)) == key) {
            return std::string(text::trim(line.substr(at + 1)));
        }
    }
    return {};
}

class Finder {
  public:
    Finder(const sysfs::Root& root, const pci::Inventory& inventory,
           const pci::AddressSet& functions)
        : root_(root), inventory_(inventory), functions_(functions) {}

    std::vector<Use> run() && {
        for (const auto& address : functions_) {
            look_below(address, pci::device_directory(address), 0);
            add_nvidia(address);
            add_vfio_group(address);
        }
        storage();
        processes();
        std::stable_sort(uses_.begin(), uses_.end(), [](const Use& a, const Use& b) {
            return std::tie(a.address, a.process, a.what) < std::tie(b.address, b.process, b.what);
        });
        return std::move(uses_);
    }

  private:
    void add(const pci::Address& address, const std::string& what) {
        const Use use{address, std::nullopt, {}, text::printable(what)};
        if (std::find(uses_.begin(), uses_.end(), use) == uses_.end()) {
            uses_.push_back(use);
        }
    }

    /// What udev makes device files of, what is built on disks, and interfaces that are up.
    void look_below(const pci::Address& address, const std::string& directory, int depth) {
        const auto names = depth > kDeepest ? fail("") : root_.list(directory);
        if (!names) {
            return;
        }
        const auto base = sysfs::base_name(directory);
        for (const auto& name : *names) {
            const auto path = fmt::format("{}/{}", directory, name);
            if (name == "uevent") {
                const auto node = value_of(root_.read(path).value_or(""), "DEVNAME", '=');
                if (!node.empty()) {
                    nodes_.emplace("/dev/" + node, address);
                }
            } else if (base == "holders") {
                add(address, fmt::format("{} is built on one of its disks", name));
            } else if (name == "flags" && directory.find("/net/") != std::string::npos) {
                const auto text = root_.read(path).value_or("");
                const auto digits = text::trim(text);
                const auto flags =
                    text::parse_hex<std::uint32_t>(digits.substr(digits.starts_with("0x") ? 2 : 0));
                if (flags.value_or(0) & 1U) {  // IFF_UP (include/uapi/linux/if.h)
                    add(address, fmt::format("the network interface {} is up", base));
                }
            } else if (!root_.read_link(path)) {
                look_below(address, path, depth + 1);
            }
        }
    }

    void add_nvidia(const pci::Address& address) {
        const auto information =
            root_.read(fmt::format("proc/driver/nvidia/gpus/{}/information", to_string(address)));
        const auto minor = value_of(information.value_or(""), "Device Minor", ':');
        if (!minor.empty()) {
            nodes_.emplace("/dev/nvidia" + minor, address);
        }
    }

    /// A VM that has any function of the group has the group's file.
    void add_vfio_group(const pci::Address& address) {
        const auto* function = inventory_.find(address);
        if (function != nullptr && function->group) {
            nodes_.emplace(fmt::format("/dev/vfio/{}", *function->group), address);
        }
    }

    void storage() {
        const auto mounts =
            parse_mountinfo(root_.read("proc/self/mountinfo", kLargeFile).value_or(""));
        const BlockTrace trace(root_, mounts);
        const auto carried = [this](const std::string& what, const Carriers& carriers) {
            for (const auto& address : carriers.functions) {
                if (functions_.contains(address)) {
                    add(address, what);
                }
            }
        };
        for (const auto& mount : mounts) {
            const bool zfs = mount.type == "zfs";
            carried(zfs ? fmt::format("a ZFS pool is mounted on {}, and its disks cannot be told",
                                      mount.point)
                        : fmt::format("{} is mounted on {}", mount.source, mount.point),
                    zfs ? trace.of_fixed_disks() : trace.of_mount(mount));
        }
        for (const auto& swap : parse_swaps(root_.read("proc/swaps").value_or(""))) {
            const auto carriers =
                swap.is_file ? std::optional(trace.of_file(swap.path)) : trace.of_device(swap.path);
            carried(fmt::format("{} is swap", swap.path), carriers.value_or(Carriers()));
        }
    }

    void processes() {
        for (const auto& name : root_.list("proc").value_or(std::vector<std::string>())) {
            if (const auto id = number_of(name)) {
                process(*id);
            }
        }
    }

    void process(int id) {
        std::set<std::string> files;
        const auto directory = fmt::format("proc/{}", id);
        for (const auto& number :
             root_.list(directory + "/fd").value_or(std::vector<std::string>())) {
            auto file = root_.read_link(fmt::format("{}/fd/{}", directory, number)).value_or("");
            if (nodes_.contains(file)) {
                files.insert(std::move(file));
            }
        }
        const auto maps = root_.read(directory + "/maps", kLargeFile).value_or("");
        for (const auto line : text::split(maps, '\n')) {
            const auto path = line.find("/dev/");
            if (path != std::string_view::npos && nodes_.contains(line.substr(path))) {
                files.emplace(line.substr(path));
            }
        }
        if (files.empty()) {
            return;
        }
        const auto name = root_.read(directory + "/comm").value_or("");
        for (const auto& file : files) {
            uses_.push_back(
                {nodes_.find(file)->second, id, text::printable(text::trim(name)), file});
        }
    }

    const sysfs::Root& root_;
    const pci::Inventory& inventory_;
    const pci::AddressSet& functions_;
    Nodes nodes_;
    std::vector<Use> uses_;
};

}  // namespace

std::string to_string(const Use& use) {
    const auto address = to_string(use.address);
    return use.process ? fmt::format("{} (process {}) has {} of {} open", use.who, *use.process,
                                     use.what, address)
                       : fmt::format("{}: {}", address, use.what);
}

std::vector<Use> find_uses(const sysfs::Root& root, const pci::Inventory& inventory,
                           const pci::AddressSet& functions) {
    return Finder(root, inventory, functions).run();
}

}  // namespace early_bind
