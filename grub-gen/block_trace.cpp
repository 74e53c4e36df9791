// SPDX-License-Identifier: MIT
#include "grub-gen/block_trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;

constexpr const char* kBlockClass = "sys/class/block";
constexpr const char* kBtrfs = "sys/fs/btrfs";
constexpr const char* kNvmeSubsystems = "sys/class/nvme-subsystem";

/// Adds the functions that matter on a device path: the last one, and each that a root bus hangs
/// below (VMD). What stands between are bridges. False when there is no function on the path.
bool add_functions(std::string_view path, AddressSet& functions) {
    std::optional<Address> last;
    for (const auto name : text::split(path, '/')) {
        const bool root_bus =
            name.starts_with("pci") && pci::parse_address(std::string(name.substr(3)) + ":00.0");
        if (root_bus && last) {
            functions.insert(*last);
        }
        if (const auto address = pci::parse_address(name)) {
            last = address;
        }
    }
    if (last) {
        functions.insert(*last);
    }
    return last.has_value();
}

}  // namespace

Carriers BlockTrace::of_mount(const Mount& mount) const {
    Walk walk;
    follow_mount(mount, walk);
    return walk.carriers;
}

Carriers BlockTrace::of_file(std::string_view path) const {
    Walk walk;
    follow_file(path, walk);
    return walk.carriers;
}

std::optional<Carriers> BlockTrace::of_device(const std::string& path) const {
    const auto number = number_of(path);
    if (!number) {
        return std::nullopt;
    }
    Walk walk;
    follow_number(*number, walk);
    return walk.carriers;
}

Carriers BlockTrace::of_fixed_disks() const {
    Walk walk;
    const auto names = root_.list(kBlockClass);
    for (const auto& name : names ? *names : std::vector<std::string>()) {
        const std::string directory = fmt::format("{}/{}", kBlockClass, name);
        const auto removable = root_.read(directory + "/removable");
        const auto number = root_.read(directory + "/dev");
        if (number && (!removable || text::trim(*removable) != "1")) {
            follow_number(std::string(text::trim(*number)), walk);
        }
    }
    walk.carriers.untraced.clear();  // loop, ram and the like are no disks of a pool
    return walk.carriers;
}

/// "/dev/mapper/root" to "254:0". Device files themselves are not looked at: sysfs knows each by
/// name, and a recorded root has none.
std::optional<std::string> BlockTrace::number_of(const std::string& path) const {
    constexpr std::string_view kDev = "/dev/";
    constexpr int kMostLinks = 8;
    auto file = std::filesystem::path(path).lexically_normal();
    for (int i = 0; i < kMostLinks; ++i) {
        const auto link = root_.read_link(file.string().substr(1));
        if (!link) {
            break;
        }
        file = (file.parent_path() / *link).lexically_normal();
    }
    std::string name = file.string();
    if (!name.starts_with(kDev)) {
        return std::nullopt;
    }
    name.erase(0, kDev.size());
    constexpr std::string_view kMapper = "mapper/";
    if (name.starts_with(kMapper)) {  // no link: devtmpfs has device mapper's nodes without udev
        const auto names = root_.list(kBlockClass);
        for (const auto& candidate : names ? *names : std::vector<std::string>()) {
            const auto dm_name = root_.read(fmt::format("{}/{}/dm/name", kBlockClass, candidate));
            if (dm_name && text::trim(*dm_name) == name.substr(kMapper.size())) {
                name = candidate;
                break;
            }
        }
    }
    std::replace(name.begin(), name.end(), '/', '!');  // as sysfs names cciss/c0d0
    const auto number = root_.read(fmt::format("{}/{}/dev", kBlockClass, name));
    return number ? std::optional<std::string>(text::trim(*number)) : std::nullopt;
}

void BlockTrace::follow_mount(const Mount& mount, Walk& walk) const {
    if (mount.type == "btrfs") {
        follow_btrfs(mount.source, walk);
    } else if (!mount.number.starts_with("0:")) {
        follow_number(mount.number, walk);
    } else if (mount.source.starts_with("/dev/")) {
        // An anonymous device number over block devices: bcachefs, "/dev/sda:/dev/sdb".
        for (const auto piece : text::split(mount.source, ':')) {
            if (const auto number = number_of(std::string(piece))) {
                follow_number(*number, walk);
            } else {
                walk.carriers.untraced.emplace_back(piece);
            }
        }
    }
}

void BlockTrace::follow_file(std::string_view path, Walk& walk) const {
    if (const Mount* mount = mount_of(path, mounts_)) {
        follow_mount(*mount, walk);
    }
}

void BlockTrace::follow_btrfs(const std::string& source, Walk& walk) const {
    const auto number = number_of(source);
    bool found = false;
    const auto file_systems = root_.list(kBtrfs);
    for (const auto& id : file_systems ? *file_systems : std::vector<std::string>()) {
        const std::string devices = fmt::format("{}/{}/devices", kBtrfs, id);
        const auto names = root_.list(devices);
        std::vector<std::string> members;
        for (const auto& name : names ? *names : std::vector<std::string>()) {
            if (const auto member = root_.read(fmt::format("{}/{}/dev", devices, name))) {
                members.emplace_back(text::trim(*member));
            }
        }
        // A source that no device file explains ("/dev/root") may be any of the file systems.
        if (!number || std::find(members.begin(), members.end(), *number) != members.end()) {
            found = found || !members.empty();
            for (const auto& member : members) {
                follow_number(member, walk);
            }
        }
    }
    if (!found && number) {
        follow_number(*number, walk);
    } else if (!found) {
        walk.carriers.untraced.push_back(source);
    }
}

void BlockTrace::follow_number(const std::string& number, Walk& walk) const {
    if (!walk.seen.insert(number).second) {
        return;
    }
    std::string directory = fmt::format("sys/dev/block/{}", number);
    const auto link = root_.read_link(directory);
    if (!link) {
        walk.carriers.untraced.push_back(number);
        return;
    }
    if (add_functions(*link, walk.carriers.functions)) {
        return;
    }
    if (root_.exists(directory + "/partition")) {
        directory += "/..";  // the whole disk has what follows
    }
    bool traced = follow_slaves(directory, walk);
    traced = follow_nvme_subsystem(*link, walk) || traced;
    const auto backing_file = root_.read(directory + "/loop/backing_file");
    if (backing_file) {
        follow_file(text::trim(*backing_file), walk);
        traced = true;
    }
    const std::string_view name = sysfs::base_name(*link);
    if (name.starts_with("zram")) {
        const auto backing_device = root_.read(directory + "/backing_dev");
        const auto backing =
            backing_device ? number_of(std::string(text::trim(*backing_device))) : std::nullopt;
        if (backing) {
            follow_number(*backing, walk);
        }
        traced = true;  // memory
    }
    if (!traced) {
        walk.carriers.untraced.emplace_back(name);
    }
}

bool BlockTrace::follow_slaves(const std::string& directory, Walk& walk) const {
    const auto names = root_.list(directory + "/slaves");
    bool any = false;
    for (const auto& name : names ? *names : std::vector<std::string>()) {
        if (const auto number = root_.read(fmt::format("{}/slaves/{}/dev", directory, name))) {
            follow_number(std::string(text::trim(*number)), walk);
            any = true;
        }
    }
    return any;
}

/// With native multipath an NVMe disk hangs below its subsystem, a virtual device, whose directory
/// links to the controllers (drivers/nvme/host/core.c, nvme_init_subsystem()).
bool BlockTrace::follow_nvme_subsystem(std::string_view link, Walk& walk) const {
    const auto parts = text::split(link, '/');
    const auto found = std::find(parts.begin(), parts.end(), std::string_view("nvme-subsystem"));
    if (found == parts.end() || found + 1 == parts.end()) {
        return false;
    }
    const std::string subsystem = fmt::format("{}/{}", kNvmeSubsystems, found[1]);
    const auto names = root_.list(subsystem);
    bool any = false;
    for (const auto& name : names ? *names : std::vector<std::string>()) {
        const auto controller = root_.read_link(fmt::format("{}/{}", subsystem, name));
        any = (name.starts_with("nvme") && controller &&
               add_functions(*controller, walk.carriers.functions)) ||
              any;
    }
    return any;
}

}  // namespace early_bind
