// SPDX-License-Identifier: MIT
#include "grub-gen/record/replay.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "core/cpu_list.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Address;

constexpr std::size_t kRecordingLimit = std::size_t{16} << 20;
constexpr std::uint32_t kVga = 0x0300;

/// Writes files and links below a root. The first failure is kept, and nothing is written after it.
class Tree {
  public:
    explicit Tree(const sysfs::Root& root) : root_(root) {}

    void directory(const std::string& path) {
        if (done_) {
            done_ = sysfs::make_directories(root_, path);
        }
    }

    void file(const std::string& path, const std::string& content) {
        directory(parent_of(path));
        if (!done_) {
            return;
        }
        const int fd = root_.open_at(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
        const bool whole = fd >= 0 && ::write(fd, content.data(), content.size()) ==
                                          static_cast<ssize_t>(content.size());
        complain_unless(whole, path);
        if (fd >= 0) {
            ::close(fd);
        }
    }

    /// A relative link; `target` is relative to the root.
    void link(const std::string& path, const std::string& target) {
        const std::string parent = parent_of(path);
        directory(parent);
        if (!done_) {
            return;
        }
        const auto relative = std::filesystem::path(target).lexically_relative(parent);
        const int fd = root_.open_at(parent, O_PATH | O_DIRECTORY);
        const std::string name(sysfs::base_name(path));
        complain_unless(fd >= 0 && ::symlinkat(relative.c_str(), fd, name.c_str()) == 0, path);
        if (fd >= 0) {
            ::close(fd);
        }
    }

    [[nodiscard]] Result<void> done() && { return std::move(done_); }

  private:
    static std::string parent_of(const std::string& path) {
        return path.substr(0, path.rfind('/'));
    }

    void complain_unless(bool good, const std::string& path) {
        if (!good) {
            done_ = fail(
                fmt::format("cannot make {}: {}", root_.outside_path(path), std::strerror(errno)));
        }
    }

    const sysfs::Root& root_;
    Result<void> done_;
};

/// Lays one recording out.
class Builder {
  public:
    Builder(Tree& tree, const Recording& recording, std::map<Address, std::string> paths)
        : tree_(tree), recording_(recording), paths_(std::move(paths)) {}

    void lay_out() {
        for (const char* directory :
             {"sys/bus/pci/devices", "sys/bus/pci/drivers/vfio-pci", "sys/kernel/iommu_groups",
              "sys/class/iommu", "sys/class/drm", "sys/firmware/acpi/tables", "proc"}) {
            tree_.directory(directory);
        }
        for (const auto& [address, path] : paths_) {
            tree_.directory(path);
        }
        for (const auto& function : recording_.functions) {
            function_files(function);
            function_links(function);
            connectors(function);
        }
        groups();
        framebuffers();
        carriers();
        firmware();
        memory();
        cpus();
    }

  private:
    /// The rule for recordings that do not say: the first VGA function is the boot display.
    [[nodiscard]] bool is_boot_vga(const RecordedFunction& function) const {
        const auto& all = recording_.functions;
        if (function.boot_vga) {
            return *function.boot_vga;
        }
        const bool stated = std::any_of(all.begin(), all.end(), [](const auto& other) {
            return other.boot_vga.value_or(false);
        });
        const auto first = std::find_if(all.begin(), all.end(), [](const auto& other) {
            return other.class_code.sub() == kVga;
        });
        return !stated && first->address == function.address;
    }

    void function_files(const RecordedFunction& function) {
        const std::string directory = paths_.at(function.address) + "/";
        const auto& ids = function.ids;
        const auto attribute = [&](const char* name, const std::string& content) {
            tree_.file(directory + name, content + "\n");
        };
        attribute("vendor", fmt::format("0x{:04x}", ids.vendor));
        attribute("device", fmt::format("0x{:04x}", ids.device));
        attribute("subsystem_vendor", fmt::format("0x{:04x}", ids.subsystem_vendor));
        attribute("subsystem_device", fmt::format("0x{:04x}", ids.subsystem_device));
        attribute("class", fmt::format("0x{:06x}", function.class_code.value));
        attribute("revision", fmt::format("0x{:02x}", function.revision));
        attribute("numa_node", std::to_string(function.numa_node.value_or(-1)));
        attribute("driver_override", "(null)");
        if (function.class_code.sub() == kVga) {
            attribute("boot_vga", is_boot_vga(function) ? "1" : "0");
        }
        if (function.boot_display) {
            attribute("boot_display", "1");
        }
        attribute(
            "uevent",
            fmt::format("{}PCI_CLASS={:X}\nPCI_ID={:04X}:{:04X}\nPCI_SUBSYS_ID={:04X}:{:04X}"
                        "\nPCI_SLOT_NAME={}",
                        function.driver.empty() ? "" : "DRIVER=" + function.driver + "\n",
                        function.class_code.value, ids.vendor, ids.device, ids.subsystem_vendor,
                        ids.subsystem_device, to_string(function.address)));
    }

    void function_links(const RecordedFunction& function) {
        const std::string& path = paths_.at(function.address);
        const std::string name = to_string(function.address);
        tree_.link("sys/bus/pci/devices/" + name, path);
        tree_.link(path + "/subsystem", "sys/bus/pci");
        if (!function.driver.empty()) {
            const std::string driver = "sys/bus/pci/drivers/" + function.driver;
            tree_.link(path + "/driver", driver);
            tree_.link(driver + "/" + name, path);
        }
        if (function.group && recording_.iommu != "none") {
            const std::string group = fmt::format("sys/kernel/iommu_groups/{}", *function.group);
            tree_.link(path + "/iommu_group", group);
            tree_.link(group + "/devices/" + name, path);
        }
        if (function.physfn) {
            tree_.link(path + "/physfn", paths_.at(*function.physfn));
        }
    }

    void connectors(const RecordedFunction& function) {
        if (function.connectors.empty()) {
            return;
        }
        const std::string card = fmt::format("card{}", cards_++);
        const std::string directory = paths_.at(function.address) + "/drm/" + card;
        tree_.link("sys/class/drm/" + card, directory);
        for (const auto& [connector, status] : function.connectors) {
            const std::string name = fmt::format("{}-{}", card, connector);
            tree_.file(fmt::format("{}/{}/status", directory, name), status + "\n");
            tree_.link("sys/class/drm/" + name, fmt::format("{}/{}", directory, name));
        }
    }

    void groups() {
        for (const auto& [number, virtual_group] : recording_.virtual_groups) {
            const std::string group = fmt::format("sys/kernel/iommu_groups/{}", number);
            const std::string member = below(virtual_group.parent, virtual_group.name);
            tree_.directory(member);
            tree_.link(member + "/iommu_group", group);
            tree_.link(fmt::format("{}/devices/{}", group, virtual_group.name), member);
        }
        const std::map<std::string, std::string> units = {
            {"intel", "dmar0"}, {"amd", "ivhd0"}, {"arm-smmu", "smmu3.0x0000000000000000"}};
        if (const auto unit = units.find(recording_.iommu); unit != units.end()) {
            tree_.directory("sys/devices/virtual/iommu/" + unit->second);
            tree_.link("sys/class/iommu/" + unit->second,
                       "sys/devices/virtual/iommu/" + unit->second);
        }
    }

    void framebuffers() {
        for (const auto& framebuffer : recording_.framebuffers) {
            const std::string path = below(framebuffer.owner, framebuffer.name);
            const std::string driver = "sys/bus/platform/drivers/" + framebuffer.driver;
            tree_.directory(driver);
            tree_.link(path + "/driver", driver);
            tree_.link("sys/bus/platform/devices/" + framebuffer.name, path);
        }
    }

    /// One disk below each function that carries something, mounted as it was.
    void carriers() {
        if (!recording_.carriers) {
            return;
        }
        std::string mounts = "1 0 0:1 / / rw - rootfs rootfs rw\n";
        std::string fstab;
        std::string swaps = "Filename Type Size Used Priority\n";
        int disk = 0;
        for (const auto& [address, words] : *recording_.carriers) {
            const std::string number = fmt::format("8:{}", disk);
            const std::string name = fmt::format("disk{}", disk);
            const std::string path = fmt::format("{}/block/{}", paths_.at(address), name);
            tree_.file(path + "/dev", number + "\n");
            tree_.link("sys/dev/block/" + number, path);
            tree_.link("sys/class/block/" + name, path);
            for (const auto& word : words) {
                if (word == "swap") {
                    swaps += fmt::format("/dev/{} partition 1 0 -2\n", name);
                    continue;
                }
                const std::string point = word == "other" ? "/other/" + name : word;
                mounts += fmt::format("{} 1 {} / {} rw - ext4 /dev/{} rw\n", disk + 2, number,
                                      point, name);
                fstab += fmt::format("/dev/{} {} ext4 defaults 0 0\n", name, point);
            }
            ++disk;
        }
        tree_.file("proc/self/mountinfo", mounts);
        tree_.file("proc/swaps", swaps);
        tree_.file("etc/fstab", fstab);
    }

    void firmware() {
        for (const auto& table : recording_.firmware) {
            tree_.file("sys/firmware/acpi/tables/" + table, "");
        }
        tree_.file("proc/cmdline", recording_.command_line + "\n");
        if (!recording_.kernel.empty()) {
            tree_.file("proc/sys/kernel/osrelease", recording_.kernel + "\n");
        }
    }

    void memory() {
        if (!recording_.memory) {
            return;
        }
        const auto& memory = *recording_.memory;
        tree_.file("proc/meminfo", fmt::format("MemTotal:       {:8} kB\n", memory.total_kib));
        std::string online;
        for (const auto& node : memory.nodes) {
            const std::string directory = fmt::format("sys/devices/system/node/node{}/", node.node);
            tree_.file(directory + "cpulist", node.cpus + "\n");
            tree_.file(directory + "meminfo",
                       fmt::format("Node {} MemTotal:       {:8} kB\n", node.node, node.total_kib));
            online += fmt::format("{}{}", online.empty() ? "" : ",", node.node);
        }
        if (!online.empty()) {
            tree_.file("sys/devices/system/node/online", online + "\n");
        }
    }

    void cpus() {
        if (!recording_.cpus) {
            return;
        }
        const auto& cpus = *recording_.cpus;
        const std::string directory = "sys/devices/system/cpu/";
        tree_.file(directory + "possible", cpus.possible + "\n");
        tree_.file(directory + "present", cpus.possible + "\n");
        tree_.file(directory + "online", cpus.online + "\n");
        for (const auto& threads : cpus.threads) {
            for (const unsigned cpu : parse_cpu_list(threads).value_or(CpuList())) {
                const std::string topology = fmt::format("{}cpu{}/topology/", directory, cpu);
                tree_.file(topology + "thread_siblings_list", threads + "\n");
                tree_.file(topology + "core_cpus_list", threads + "\n");
            }
        }
        std::string flags;
        for (const auto& flag : cpus.flags) {
            flags += (flags.empty() ? "" : " ") + flag;
        }
        std::string info;
        for (const unsigned cpu : parse_cpu_list(cpus.online).value_or(CpuList())) {
            info += fmt::format("processor\t: {}\nvendor_id\t: {}\nflags\t\t: {}\n\n", cpu,
                                cpus.vendor, flags);
        }
        tree_.file("proc/cpuinfo", info);
    }

    /// The directory of what is no PCI function.
    [[nodiscard]] std::string below(const std::optional<Address>& parent,
                                    const std::string& name) const {
        return (parent ? paths_.at(*parent) : std::string("sys/devices/platform")) + "/" + name;
    }

    Tree& tree_;
    const Recording& recording_;
    const std::map<Address, std::string> paths_;
    int cards_ = 0;
};

/// The content of a file anywhere.
Result<std::string> read_file(const std::string& file) {
    const auto everything = sysfs::Root::open("/");
    if (!everything) {
        return tl::unexpected(everything.error());
    }
    return everything->read(std::filesystem::absolute(file).string().substr(1), kRecordingLimit);
}

}  // namespace

bool Replay::is_file(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

Result<void> lay_out(const sysfs::Root& root, const Recording& recording) {
    auto paths = device_paths(recording);
    if (!paths) {
        return tl::unexpected(paths.error());
    }
    Tree tree(root);
    Builder(tree, recording, std::move(*paths)).lay_out();
    return std::move(tree).done();
}

Result<Replay> Replay::open(const std::string& file) {
    const auto text = read_file(file);
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto recording = parse_recording(*text);
    if (!recording) {
        return fail(fmt::format("{} is no recording of a machine ({}); `grub-gen record` makes one",
                                file, recording.error().what));
    }
    auto directory = TemporaryDirectory::make();
    if (!directory) {
        return tl::unexpected(directory.error());
    }
    auto root = sysfs::Root::open(directory->path(), file);
    if (!root) {
        return tl::unexpected(root.error());
    }
    if (const auto done = lay_out(*root, *recording); !done) {
        return tl::unexpected(done.error());
    }
    return Replay(std::move(*directory), std::move(*root));
}

}  // namespace early_bind
