// SPDX-License-Identifier: MIT
#include "grub-gen/storage_guard.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "core/text.hpp"
#include "grub-gen/block_tag.hpp"
#include "grub-gen/block_trace.hpp"
#include "grub-gen/mounts.hpp"

namespace early_bind {
namespace {

constexpr const char* kMountinfo = "proc/self/mountinfo";
constexpr std::size_t kMountinfoLimit = std::size_t{64}
                                        << 20;  // hosts of containers have many mounts

/// Mount points that the host lives in, whoever mounts them.
constexpr std::array<std::string_view, 11> kSystemPoints = {
    "/",    "/boot", "/boot/efi",  "/boot/firmware", "/efi", "/etc",
    "/nix", "/usr",  "/nix/store", "/sysroot",       "/var"};

/// File systems that hold nothing of their own on a disk.
constexpr std::array<std::string_view, 4> kMemoryTypes = {"overlay", "ramfs", "rootfs", "tmpfs"};

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// Gathers what is found.
class StorageFinder {
  public:
    StorageFinder(const sysfs::Root& root, std::vector<Mount> mounts, std::vector<FstabEntry> fstab)
        : root_(root), mounts_(std::move(mounts)), fstab_(std::move(fstab)) {}

    void mounted_file_systems() {
        std::set<std::string> required;
        for (const auto& entry : fstab_) {
            if (entry.required) {
                required.insert(entry.point);
            }
        }
        const Mount* root_mount = mount_of("/", mounts_);
        const bool overlay = root_mount != nullptr && root_mount->type == "overlay";
        for (const auto& mount : mounts_) {
            if (overlay || is_system_point(mount.point) || required.contains(mount.point)) {
                mounted(mount);
            }
        }
        if (root_mount == nullptr) {
            warn(fmt::format("{} lists no root file system, so what carries it is not known",
                             root_.outside_path(kMountinfo)));
        }
    }

    void active_swap(const std::vector<Swap>& swaps) {
        for (const auto& swap : swaps) {
            if (swap.is_file) {
                carried("swap", trace_.of_file(swap.path));
            } else if (const auto carriers = trace_.of_device(swap.path)) {
                carried("swap", *carriers);
            } else {
                carried("swap", {{}, {swap.path}});
            }
        }
    }

    /// What the next boot mounts, be it mounted now or not.
    void fstab_devices() {
        for (const auto& entry : fstab_) {
            const bool swap = entry.type == "swap";
            const bool is_path = entry.source.starts_with("/dev/");
            const bool is_tag = !is_path && !entry.source.starts_with('/') &&
                                entry.source.find('=') != std::string::npos;
            if (!(entry.required || is_system_point(entry.point)) || !(is_path || is_tag) ||
                !(swap || entry.point.starts_with('/'))) {
                continue;
            }
            const auto device = is_path ? entry.source : device_of_tag(root_, entry.source);
            const auto carriers = device ? trace_.of_device(*device) : std::nullopt;
            const std::string what = swap ? "swap" : entry.point;
            if (carriers) {
                carried(what, *carriers);
            } else if (entry.required && (swap || !is_mounted(entry.point))) {
                warn(
                    fmt::format("{} wants {} on {}, which is not there, so nothing is guarded "
                                "for it",
                                root_.outside_path("etc/fstab"), what, entry.source));
            }
        }
    }

    [[nodiscard]] Guard result() && {
        Guard guard;
        for (const auto& [address, whats] : found_) {
            guard.functions.push_back({address, text::printable(text::join_words(whats))});
        }
        guard.warnings = std::move(warnings_);
        return guard;
    }

  private:
    using Source = std::optional<std::string>;

    void mounted(const Mount& mount) {
        if (mount.type == "zfs") {
            carried(mount.point, trace_.of_fixed_disks());
            warn(
                fmt::format("{} is on ZFS, whose disks cannot be told apart here, so every "
                            "function with a fixed disk is guarded",
                            mount.point));
            return;
        }
        const Carriers carriers = trace_.of_mount(mount);
        carried(mount.point, carriers);
        const bool nothing = carriers.functions.empty() && carriers.untraced.empty();
        if (nothing && mount.point == "/" && !contains(kMemoryTypes, mount.type)) {
            warn(
                fmt::format("/ is a {} file system on no disk of this machine; leave the device "
                            "that it comes through out of `static`",
                            mount.type));
        }
    }

    void carried(const std::string& what, const Carriers& carriers) {
        for (const auto& address : carriers.functions) {
            auto& whats = found_[address];
            if (!contains(whats, what)) {
                whats.push_back(what);
            }
        }
        for (const auto& device : carriers.untraced) {
            warn(
                fmt::format("cannot tell which PCI function carries {} (block device {}), so none "
                            "is guarded for it",
                            what, device));
        }
    }

    [[nodiscard]] bool is_mounted(const std::string& point) const {
        return std::any_of(mounts_.begin(), mounts_.end(), [&point](const Mount& mount) {
            return mount.point == point && mount.type != "autofs";
        });
    }

    void warn(const std::string& sentence) {
        const std::string safe = text::printable(sentence);
        if (!contains(warnings_, safe)) {
            warnings_.push_back(safe);
        }
    }

    const sysfs::Root& root_;
    const std::vector<Mount> mounts_;
    const std::vector<FstabEntry> fstab_;
    const BlockTrace trace_{root_, mounts_};
    std::map<pci::Address, std::vector<std::string>> found_;
    std::vector<std::string> warnings_;
};

}  // namespace

bool is_system_point(std::string_view point) {
    return contains(kSystemPoints, point);
}

Result<Guard> guarded_functions(const sysfs::Root& root) {
    const auto mountinfo = root.read(kMountinfo, kMountinfoLimit);
    if (!mountinfo && root.is_live()) {
        return fail(fmt::format("{}; without it nobody knows which disks this host needs",
                                mountinfo.error().what));
    }
    if (!mountinfo) {
        return Guard{{},
                     {fmt::format("{} is not there, so no function is guarded for its file systems",
                                  root.outside_path(kMountinfo))}};
    }
    const auto fstab = root.read("etc/fstab");
    const auto swaps = root.read("proc/swaps");
    StorageFinder finder(root, parse_mountinfo(*mountinfo), parse_fstab(fstab ? *fstab : ""));
    finder.mounted_file_systems();
    finder.active_swap(parse_swaps(swaps ? *swaps : ""));
    finder.fstab_devices();
    return std::move(finder).result();
}

}  // namespace early_bind
