// SPDX-License-Identifier: MIT
#include "tests/bench/machine_tree.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>

#include "core/pci/gpu.hpp"
#include "core/profile/boot_table.hpp"

namespace early_bind::bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kPortsPerRoot = 31 * 8;
constexpr std::size_t kChain = 6;  // bridges of a chain of switches

[[noreturn]] void give_up(const std::string& what) {
    std::cerr << "cannot make a machine: " << what << '\n';
    std::exit(2);
}

void write_file(const fs::path& path, std::string_view content) {
    if (!(std::ofstream(path) << content)) {
        give_up(path.string());
    }
}

class Builder {
  public:
    Builder(const MachineTree& machine, const std::string& directory)
        : machine_(machine), directory_(directory) {}

    void build() {
        for (const char* made :
             {"proc", "sys/bus/pci/devices", "sys/kernel/iommu_groups", "var/lib/early-bind"}) {
            fs::create_directories(directory_ / made);
        }
        write_file(directory_ / "proc/cmdline", "root=/dev/sda1 ro quiet\n");
        for (unsigned domain = 0; left() > 0; ++domain) {
            root_bus(domain);
        }
    }

  private:
    [[nodiscard]] std::size_t left() const { return machine_.functions - count_; }

    void root_bus(unsigned domain) {
        const auto root = fmt::format("sys/devices/pci{:04x}:00", domain);
        fs::create_directories(directory_ / root);
        next_bus_ = 1;
        add(root, fmt::format("{:04x}:00:00.0", domain), "60000", "8086:1237", new_group());
        for (unsigned port = 8; port < 8 + kPortsPerRoot && left() > 1 && next_bus_ < 240; ++port) {
            const bool gpu = cards_ < machine_.gpus;
            const std::size_t chain = cards_ % 8 == 7 && left() > kChain + 1 ? kChain : 1;
            auto directory = root;
            unsigned bus = 0;
            for (std::size_t hop = 0; hop < chain; ++hop) {
                const auto slot =
                    hop == 0 ? fmt::format("{:02x}.{:x}", port / 8, port % 8) : std::string("00.0");
                const auto name = fmt::format("{:04x}:{:02x}:{}", domain, bus, slot);
                directory = add(directory, name, "60400", "8086:1901", new_group());
                bus = next_bus_++;
            }
            card(directory, fmt::format("{:04x}:{:02x}:00", domain, bus), gpu);
        }
    }

    void card(const std::string& directory, const std::string& slot, bool gpu) {
        const auto group = new_group();
        const bool virtual_functions = cards_ % 8 == 3;
        const std::size_t functions = std::min(left(), gpu ? 4 : 1 + cards_ % 8);
        for (std::size_t i = 0; i < functions; ++i) {
            const auto* class_code = !gpu ? "20000" : i == 0 ? "30000" : i == 1 ? "40300" : "C0330";
            const auto path = add(directory, fmt::format("{}.{}", slot, i), class_code,
                                  gpu ? fmt::format("10DE:{:04X}", 0x2680 + i)
                                      : fmt::format("8086:{:04X}", 0x1500 + cards_ % 256),
                                  group);
            if (gpu && i == 0) {
                write_file(directory_ / path / "boot_vga", cards_ == 0 ? "1\n" : "0\n");
            }
            if (!gpu && virtual_functions && i > 0) {
                fs::create_symlink(fmt::format("../{}.0", slot), directory_ / path / "physfn");
            }
        }
        ++cards_;
    }

    std::string new_group() {
        const auto group = fmt::format("sys/kernel/iommu_groups/{}", groups_++);
        fs::create_directory(directory_ / group);
        return group;
    }

    /// Returns the path of the function's directory.
    std::string add(const std::string& parent, const std::string& name, std::string_view class_code,
                    std::string_view ids, const std::string& group) {
        const auto path = parent + "/" + name;
        fs::create_directory(directory_ / path);
        write_file(directory_ / path / "uevent",
                   fmt::format("PCI_CLASS={}\nPCI_ID={}\nPCI_SUBSYS_ID=1043:889A\nPCI_SLOT_NAME={}"
                               "\nMODALIAS=pci:v00008086d00001500sv00001043sd0000889Abc02sc00i00\n",
                               class_code, ids, name));
        fs::create_symlink(fs::path("/" + group).lexically_relative("/" + path),
                           directory_ / path / "iommu_group");
        fs::create_symlink("../../../devices" + path.substr(std::string_view("sys/devices").size()),
                           directory_ / "sys/bus/pci/devices" / name);
        ++count_;
        return path;
    }

    MachineTree machine_;
    fs::path directory_;
    std::size_t count_ = 0;
    std::size_t cards_ = 0;
    std::size_t groups_ = 0;
    unsigned next_bus_ = 1;
};

BootTable make_table(const pci::Inventory& inventory) {
    BootTable table;
    TableProfile profile;
    profile.name = "pass-some";
    for (const auto& gpu : pci::find_gpus(inventory)) {
        (table.gpus.size() == 1 ? profile.pass : profile.keep).push_back(table.gpus.size());
        TableGpu entry{fmt::format("GPU {}", table.gpus.size()), {}};
        for (const auto& address : gpu.functions) {
            entry.functions.push_back({inventory.find(address)->identity, address});
        }
        table.gpus.push_back(std::move(entry));
    }
    table.profiles.push_back(std::move(profile));
    return table;
}

}  // namespace

void write_machine(const MachineTree& machine, const std::string& directory) {
    try {
        Builder(machine, directory).build();
    } catch (const fs::filesystem_error& error) {
        give_up(error.what());
    }
    const auto root = sysfs::Root::open(directory);
    const auto inventory = root ? pci::read_inventory(*root) : tl::unexpected<Error>(root.error());
    if (!inventory) {
        give_up(inventory.error().what);
    }
    auto table = make_table(*inventory);
    write_file(fs::path(directory) / kBootTablePath, render_boot_table(table));
}

}  // namespace early_bind::bench
