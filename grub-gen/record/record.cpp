// SPDX-License-Identifier: MIT
#include "grub-gen/record/record.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "core/cmdline/cmdline.hpp"
#include "core/cpu_list.hpp"
#include "core/pci/framebuffer.hpp"
#include "core/text.hpp"
#include "grub-gen/hardware.hpp"
#include "grub-gen/storage_guard.hpp"

namespace early_bind {
namespace {

using pci::Address;

constexpr const char* kGroups = "sys/kernel/iommu_groups";
constexpr const char* kCpus = "sys/devices/system/cpu";
constexpr const char* kNodes = "sys/devices/system/node";
constexpr const char* kDrm = "sys/class/drm";

using Strings = std::vector<std::string>;

std::string read_printable(const sysfs::Root& root, const std::string& path) {
    const auto content = root.read(path);
    return content ? text::printable(text::trim(*content)) : std::string();
}

Strings list(const sysfs::Root& root, const std::string& path) {
    return root.list(path).value_or(Strings());
}

std::optional<int> parse_number(std::string_view digits) {
    int number = -1;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = code == std::errc{} && stop == digits.data() + digits.size() && number >= 0;
    return whole ? std::optional<int>(number) : std::nullopt;
}

/// The number behind a name: 3 of "cpu3".
std::optional<int> number_behind(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ? parse_number(name.substr(prefix.size())) : std::nullopt;
}

/// The last PCI function in the path of a link, the link's own name not counted.
std::optional<Address> function_above(const sysfs::Root& root, const std::string& path) {
    const auto link = root.read_link(path);
    auto names = text::split(link ? std::string_view(*link) : std::string_view(), '/');
    names.pop_back();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        if (const auto address = pci::parse_address(*name)) {
            return address;
        }
    }
    return std::nullopt;
}

/// Writes down the functions and what stands between them.
class FunctionRecorder {
  public:
    FunctionRecorder(const sysfs::Root& root, const pci::Inventory& inventory, const Names& names,
                     Recording& recording)
        : root_(root), inventory_(inventory), names_(names), recording_(recording) {}

    void record() {
        for (const auto& function : inventory_.functions()) {
            recording_.functions.push_back(record(function));
        }
        for (const auto& [bridge, parent] : above_) {
            if (inventory_.find(bridge) == nullptr) {
                recording_.missing_bridges[bridge] = parent;
            }
        }
    }

  private:
    RecordedFunction record(const pci::Function& function) {
        const std::string directory = pci::device_directory(function.address) + "/";
        RecordedFunction out;
        out.address = function.address;
        out.ids = function.identity.ids;
        out.class_code = function.identity.class_code;
        const auto revision = read_printable(root_, directory + "revision");
        if (revision.starts_with("0x")) {
            out.revision = text::parse_hex<std::uint8_t>(revision.substr(2)).value_or(0);
        }
        out.driver = function.driver;
        if (const auto group = root_.read_link(directory + "iommu_group")) {
            out.group = parse_number(sysfs::base_name(*group));
        }
        constexpr std::uint32_t kVga = 0x0300;  // the one class whose functions have boot_vga
        if (out.class_code.sub() == kVga) {
            out.boot_vga = read_printable(root_, directory + "boot_vga") == "1";
        }
        out.boot_display =
            out.class_code.is_display() && read_printable(root_, directory + "boot_display") == "1";
        if (const auto physical = root_.read_link(directory + "physfn")) {
            const auto address = pci::parse_address(sysfs::base_name(*physical));
            out.physfn = address && inventory_.find(*address) != nullptr ? address : std::nullopt;
        }
        out.numa_node = parse_number(read_printable(root_, directory + "numa_node"));
        out.label = names_.function_name(out.ids, out.class_code);
        out.parent = follow(function.address);
        return out;
    }

    /// Walks the path of a function's directory; returns the bridge above it.
    std::optional<Address> follow(const Address& address) {
        const auto link = root_.read_link(pci::device_directory(address));
        std::optional<Address> above;
        bool inside = false;
        for (const auto name : text::split(link ? std::string_view(*link) : "", '/')) {
            const auto step = pci::parse_address(name);
            if (const auto bus = root_bus_name(name)) {
                if (above) {
                    recording_.root_bus_parents[*bus] = *above;
                }
                above.reset();
                inside = true;
            } else if (inside && step && *step != address) {
                above_[*step] = above;
                above = step;
            }
        }
        return above;
    }

    const sysfs::Root& root_;
    const pci::Inventory& inventory_;
    const Names& names_;
    Recording& recording_;
    std::map<Address, std::optional<Address>> above_;
};

void record_groups(const sysfs::Root& root, const pci::Inventory& inventory, Recording& out) {
    for (const auto& name : list(root, kGroups)) {
        const auto number = parse_number(name);
        const std::string devices = fmt::format("{}/{}/devices", kGroups, name);
        const auto members = list(root, devices);
        const bool has_function =
            std::any_of(members.begin(), members.end(), [&inventory](const std::string& member) {
                const auto address = pci::parse_address(member);
                return address && inventory.find(*address) != nullptr;
            });
        if (!number || has_function) {
            continue;
        }
        const auto above = members.empty()
                               ? std::nullopt
                               : function_above(root, fmt::format("{}/{}", devices, members[0]));
        const bool known = above && inventory.find(*above) != nullptr;
        // The member's own name may be a UUID that somebody chose.
        out.virtual_groups[*number] = {fmt::format("member-{}", *number),
                                       known ? above : std::nullopt};
    }
}

void record_iommu(const sysfs::Root& root, Recording& out) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kKinds = {
        {{"dmar", "intel"}, {"ivhd", "amd"}, {"smmu", "arm-smmu"}}};
    out.iommu = list(root, kGroups).empty() ? "none" : "other";
    for (const auto& name : list(root, "sys/class/iommu")) {
        for (const auto& [prefix, kind] : kKinds) {
            if (name.starts_with(prefix)) {
                out.iommu = kind;
            }
        }
    }
    for (const char* table : {"DMAR", "IVRS"}) {
        if (root.exists(fmt::format("sys/firmware/acpi/tables/{}", table))) {
            out.firmware.emplace_back(table);
        }
    }
}

void record_screens(const sysfs::Root& root, Recording& out) {
    const auto recorded = [&out](const std::optional<Address>& address) {
        return std::find_if(
            out.functions.begin(), out.functions.end(),
            [&address](const RecordedFunction& function) { return function.address == address; });
    };
    for (const auto& name : list(root, kDrm)) {
        const auto dash = name.find('-');
        const std::string directory = fmt::format("{}/{}", kDrm, name);
        const auto function = recorded(function_above(root, directory));
        const auto status = read_printable(root, directory + "/status");
        if (dash != std::string::npos && number_behind(name.substr(0, dash), "card") &&
            function != out.functions.end() && !status.empty()) {
            function->connectors[name.substr(dash + 1)] = status;
        }
    }
    for (const auto& framebuffer : pci::read_framebuffers(root)) {
        const bool known = recorded(framebuffer.owner) != out.functions.end();
        out.framebuffers.push_back(
            {framebuffer.device, framebuffer.driver, known ? framebuffer.owner : std::nullopt});
    }
}

/// "/, /boot and swap" to its words. Nothing but words that every system may have gets through: the
/// mount points of a user's own are "other".
Strings burdens(std::string_view what) {
    Strings words;
    for (auto piece : text::split(what, ',')) {
        piece = text::trim(piece);
        const auto last = piece.find(" and ");
        words.emplace_back(piece.substr(0, last));
        if (last != std::string_view::npos) {
            words.emplace_back(piece.substr(last + 5));
        }
    }
    for (auto& word : words) {
        if (!is_recorded_burden(word)) {
            word = "other";
        }
    }
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

void record_carriers(const sysfs::Root& root, const pci::Inventory& inventory, Recording& out) {
    const auto guard = guarded_functions(root);
    if (!guard || !root.exists("proc/self/mountinfo")) {
        return;
    }
    auto& carriers = out.carriers.emplace();
    for (const auto& [address, what] : guard->functions) {
        if (inventory.find(address) != nullptr) {
            carriers[address] = burdens(what);
        }
    }
}

std::uint64_t memory_total(const sysfs::Root& root, const std::string& path) {
    return total_kibibytes(root.read(path).value_or(""));
}

std::string cpu_list(const sysfs::Root& root, const std::string& path) {
    auto list = read_printable(root, path);
    return parse_cpu_list(list) ? list : std::string();
}

void record_memory(const sysfs::Root& root, Recording& out) {
    RecordedMemory memory;
    memory.total_kib = memory_total(root, "proc/meminfo");
    for (const auto& name : list(root, kNodes)) {
        if (const auto node = number_behind(name, "node")) {
            const std::string directory = fmt::format("{}/{}/", kNodes, name);
            memory.nodes.push_back({*node, memory_total(root, directory + "meminfo"),
                                    cpu_list(root, directory + "cpulist")});
        }
    }
    std::sort(memory.nodes.begin(), memory.nodes.end(),
              [](const RecordedNode& a, const RecordedNode& b) { return a.node < b.node; });
    if (memory.total_kib != 0) {
        out.memory = std::move(memory);
    }
}

/// The CPUs of each core, in the order of the first.
Strings read_threads(const sysfs::Root& root) {
    std::map<int, std::string> by_cpu;
    for (const auto& name : list(root, kCpus)) {
        if (const auto cpu = number_behind(name, "cpu")) {
            by_cpu[*cpu] =
                cpu_list(root, fmt::format("{}/{}/topology/thread_siblings_list", kCpus, name));
        }
    }
    Strings threads;
    for (const auto& [cpu, siblings] : by_cpu) {
        if (!siblings.empty() &&
            std::find(threads.begin(), threads.end(), siblings) == threads.end()) {
            threads.push_back(siblings);
        }
    }
    return threads;
}

void record_cpus(const sysfs::Root& root, Recording& out) {
    constexpr std::size_t kCpuinfoLimit = std::size_t{16} << 20;  // some 1500 bytes for each CPU
    constexpr std::array<std::string_view, 4> kFlags = {"pse", "pdpe1gb", "vmx", "svm"};
    RecordedCpus cpus;
    cpus.possible = cpu_list(root, std::string(kCpus) + "/possible");
    cpus.online = cpu_list(root, std::string(kCpus) + "/online");
    cpus.threads = read_threads(root);
    const auto cpuinfo = root.read("proc/cpuinfo", kCpuinfoLimit).value_or("");
    for (const auto line : text::split(cpuinfo, '\n')) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            break;  // the end of the first processor, and the others are as the first
        }
        if (text::trim(line.substr(0, colon)) == "vendor_id") {
            cpus.vendor = text::printable(text::trim(line.substr(colon + 1)));
        }
    }
    for (const auto word : cpu_flags(cpuinfo)) {
        if (std::find(kFlags.begin(), kFlags.end(), word) != kFlags.end()) {
            cpus.flags.emplace_back(word);
        }
    }
    if (!cpus.online.empty()) {
        out.cpus = std::move(cpus);
    }
}

bool matters(std::string_view key) {
    constexpr std::array<std::string_view, 13> kMatters = {
        "intel_iommu", "amd_iommu", "iommu",     "hugepages",   "hugepagesz", "default_hugepagesz",
        "isolcpus",    "nohz_full", "rcu_nocbs", "irqaffinity", "pci",        "video",
        "quiet"};
    std::string plain(key);
    std::replace(plain.begin(), plain.end(), '-', '_');
    return plain.starts_with("vfio") || plain.starts_with("early_bind.") ||
           std::any_of(kMatters.begin(), kMatters.end(),
                       [key](std::string_view known) { return same_key(key, known); });
}

/// A release may end in a word of whoever built the kernel: the host's name at worst.
std::string recordable_release(const sysfs::Root& root) {
    auto release = read_printable(root, "proc/sys/kernel/osrelease");
    const auto host = read_printable(root, "proc/sys/kernel/hostname");
    if (!host.empty() && release.find(host) != std::string::npos) {
        release.resize(std::min(release.find_first_not_of("0123456789."), release.size()));
    }
    return release;
}

}  // namespace

std::string recordable_command_line(std::string_view command_line) {
    std::string out;
    for (const auto& argument : parse_command_line(command_line)) {
        if (!matters(argument.key)) {
            continue;
        }
        out += out.empty() ? "" : " ";
        out += argument.key;
        if (argument.value) {
            const bool blanks = argument.value->find_first_of(" \t") != std::string::npos;
            out += fmt::format("={0}{1}{0}", blanks ? "\"" : "", *argument.value);
        }
    }
    return out;
}

Recording record_machine(const sysfs::Root& root, const pci::Inventory& inventory,
                         const Names& names) {
    Recording recording;
    FunctionRecorder(root, inventory, names, recording).record();
    record_groups(root, inventory, recording);
    record_iommu(root, recording);
    record_screens(root, recording);
    record_carriers(root, inventory, recording);
    recording.kernel = recordable_release(root);
    recording.command_line = recordable_command_line(read_printable(root, "proc/cmdline"));
    record_memory(root, recording);
    record_cpus(root, recording);
    return recording;
}

}  // namespace early_bind
