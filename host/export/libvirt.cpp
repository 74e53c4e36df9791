// SPDX-License-Identifier: MIT
#include "host/export/libvirt.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "core/text.hpp"
#include "host/escape.hpp"

namespace early_bind {
namespace {

/// Lines of XML, indented by the elements that are open.
class Xml {
  public:
    explicit Xml(unsigned depth) : depth_(depth) {}

    void line(std::string_view text) {
        text_.append(std::size_t{2} * depth_, ' ').append(text).append("\n");
    }
    void open(std::string_view tag) {
        line(fmt::format("<{}>", tag));
        ++depth_;
    }
    void close(std::string_view tag) {
        --depth_;
        line(fmt::format("</{}>", tag));
    }
    /// Two hyphens would end the comment (XML 1.0, 2.5).
    void comment(std::string_view text) {
        std::string harmless;
        for (const char c : text) {
            harmless += c == '-' && harmless.ends_with('-') ? '_' : c;
        }
        line(fmt::format("<!-- {} -->", harmless));
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
    unsigned depth_ = 0;
};

void add_memory(const VmMemory& memory, Xml& xml) {
    if (memory.cells.empty()) {
        return;
    }
    xml.line(fmt::format("<memory unit='MiB'>{}</memory>", memory.mebibytes()));
    if (memory.page_mebibytes > 0) {
        xml.open("memoryBacking");
        xml.open("hugepages");
        xml.line(fmt::format("<page size='{}' unit='MiB'/>", memory.page_mebibytes));
        xml.close("hugepages");
        xml.close("memoryBacking");
    }
}

void add_cpu_tuning(const VmCpus& cpus, Xml& xml) {
    if (cpus.count > 0) {
        xml.line(fmt::format("<vcpu placement='static'>{}</vcpu>", cpus.count));
    }
    if (cpus.host.empty()) {
        return;
    }
    xml.open("cputune");
    for (std::size_t i = 0; i < cpus.host.size(); ++i) {
        xml.line(fmt::format("<vcpupin vcpu='{}' cpuset='{}'/>", i, cpus.host[i]));
    }
    if (!cpus.others.empty()) {
        xml.line(fmt::format("<emulatorpin cpuset='{}'/>", to_string(cpus.others)));
    }
    xml.close("cputune");
}

/// Which nodes of the host the memory comes from, as the profile sets it aside there.
void add_memory_nodes(const std::vector<Cell>& cells, Xml& xml) {
    if (cells.empty() || !cells.front().node) {
        return;
    }
    CpuList nodes;  // lists of nodes are written as those of CPUs are
    for (const auto& cell : cells) {
        nodes.push_back(*cell.node);
    }
    xml.open("numatune");
    xml.line(fmt::format("<memory mode='strict' nodeset='{}'/>", to_string(nodes)));
    for (std::size_t i = 0; cells.size() > 1 && i < cells.size(); ++i) {
        xml.line(
            fmt::format("<memnode cellid='{}' mode='strict' nodeset='{}'/>", i, *cells[i].node));
    }
    xml.close("numatune");
}

/// Of Hyper-V's features at least one must be on for the vendor to be told at all
/// (QEMU, target/i386/kvm/kvm.c, hyperv_enabled()); the one here costs nothing.
void add_features(const Tweaks& tweaks, bool whole, Xml& xml) {
    if (!whole && !tweaks.hide_kvm && tweaks.vendor_id.empty()) {
        return;
    }
    xml.open("features");
    if (whole) {
        xml.line("<acpi/>");
        xml.line("<apic/>");
    }
    if (!tweaks.vendor_id.empty()) {
        xml.open("hyperv mode='custom'");
        xml.line("<relaxed state='on'/>");
        xml.line(fmt::format("<vendor_id state='on' value='{}'/>", tweaks.vendor_id));
        xml.close("hyperv");
    }
    if (tweaks.hide_kvm) {
        xml.open("kvm");
        xml.line("<hidden state='on'/>");
        xml.close("kvm");
    }
    xml.close("features");
}

void add_cells(const std::vector<Cell>& cells, Xml& xml) {
    if (cells.size() < 2) {
        return;
    }
    xml.open("numa");
    unsigned vcpu = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto& cell = cells[i];
        const auto cpus =
            cell.vcpus > 0 ? fmt::format(" cpus='{}-{}'", vcpu, vcpu + cell.vcpus - 1) : "";
        xml.line(fmt::format("<cell id='{}'{} memory='{}' unit='MiB'/>", i, cpus, cell.mebibytes));
        vcpu += cell.vcpus;
    }
    xml.close("numa");
}

void add_processor(const Vm& vm, bool whole, Xml& xml) {
    const auto& cpus = vm.cpus;
    if (!whole && cpus.host.empty() && vm.memory.cells.size() < 2) {
        return;
    }
    xml.open("cpu mode='host-passthrough'");
    if (cpus.count > 0) {
        xml.line(fmt::format("<topology sockets='{}' cores='{}' threads='{}'/>", cpus.sockets,
                             cpus.cores, cpus.threads));
    }
    if (cpus.topoext) {
        xml.line("<feature policy='require' name='topoext'/>");
    }
    add_cells(vm.memory.cells, xml);
    xml.close("cpu");
}

std::string address(std::string_view type, unsigned domain, unsigned bus, unsigned slot,
                    unsigned function, std::string_view more) {
    return fmt::format(
        "<address {}domain='0x{:04x}' bus='0x{:02x}' slot='0x{:02x}' function='0x{:x}'{}/>", type,
        domain, bus, slot, function, more);
}

void add_function(const PassedFunction& function, unsigned bus, bool several, Xml& xml) {
    xml.open("hostdev mode='subsystem' type='pci' managed='yes'");
    xml.open("source");
    xml.line(address("", function.host.domain, function.host.bus, function.host.device,
                     function.host.function, ""));
    xml.close("source");
    if (!function.rom.empty()) {
        xml.line(fmt::format("<rom file='{}'/>", xml_value(function.rom)));
    }
    xml.line(address("type='pci' ", 0, bus, 0, function.guest,
                     several && function.guest == 0 ? " multifunction='on'" : ""));
    xml.close("hostdev");
}

void add_shared_memory(std::string_view name, std::uint64_t mebibytes, Xml& xml) {
    xml.open(fmt::format("shmem name='{}'", name));
    xml.line("<model type='ivshmem-plain'/>");
    xml.line(fmt::format("<size unit='M'>{}</size>", mebibytes));
    xml.close("shmem");
}

void add_devices(const Vm& vm, const LibvirtOptions& options, Xml& xml) {
    xml.open("devices");
    for (std::size_t i = 0; i < vm.cards.size(); ++i) {
        const auto& card = vm.cards[i];
        const auto bus = options.first_bus + static_cast<unsigned>(i);
        xml.comment(card.name);
        xml.line(fmt::format("<controller type='pci' index='{}' model='pcie-root-port'/>", bus));
        for (const auto& function : card.functions) {
            add_function(function, bus, card.functions.size() > 1, xml);
        }
    }
    if (options.tweaks.looking_glass > 0) {
        add_shared_memory(kLookingGlass, options.tweaks.looking_glass, xml);
    }
    if (options.tweaks.scream) {
        add_shared_memory(kScream, kScreamMebibytes, xml);
    }
    if (!options.domain.empty()) {
        xml.comment("Memory of a VM with passed devices stays where it is: no balloon");
        xml.line("<memballoon model='none'/>");
    }
    xml.close("devices");
}

std::string render_fragments(const Vm& vm, const LibvirtOptions& options) {
    const auto part = [](const char* where, const auto& add) {
        Xml xml(0);
        add(xml);
        Xml comment(0);
        comment.comment(where);
        return xml.text().empty() ? std::string() : comment.text() + xml.text();
    };
    return part("Into <domain>, in place of the elements of these names that are there:",
                [&](Xml& xml) {
                    add_memory(vm.memory, xml);
                    add_cpu_tuning(vm.cpus, xml);
                    add_memory_nodes(vm.memory.cells, xml);
                    add_processor(vm, false, xml);
                }) +
           part("Into the <features> of <domain>:",
                [&](Xml& xml) { add_features(options.tweaks, false, xml); }) +
           part("Into the <devices> of <domain>; the controllers' numbers must be free there:",
                [&](Xml& xml) { add_devices(vm, options, xml); });
}

}  // namespace

bool is_domain_name(std::string_view text) {
    constexpr std::size_t kLongest = 64;
    constexpr std::string_view kSigns = "._+-";
    return !text.empty() && text.size() <= kLongest &&
           kSigns.find(text.front()) == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return text::is_letter(c) || text::is_digit(c) ||
                      kSigns.find(c) != std::string_view::npos;
           });
}

Result<std::string> render_libvirt(const Vm& vm, const LibvirtOptions& options) {
    constexpr std::size_t kLastBus = 255;
    if (options.first_bus + vm.cards.size() > kLastBus + 1) {
        return fail(
            fmt::format("{} cards from bus {} on are more than a guest has room for; take "
                        "fewer with --device",
                        vm.cards.size(), options.first_bus));
    }
    if (options.domain.empty()) {
        return render_fragments(vm, options);
    }
    if (vm.memory.cells.empty() || vm.cpus.count == 0) {
        return fail(
            "a whole domain needs memory and CPUs, and no profile says them: give --memory and "
            "--vcpus");
    }
    Xml xml(0);
    xml.open("domain type='kvm'");
    xml.line(fmt::format("<name>{}</name>", options.domain));
    add_memory(vm.memory, xml);
    add_cpu_tuning(vm.cpus, xml);
    add_memory_nodes(vm.memory.cells, xml);
    xml.open("os firmware='efi'");
    xml.line("<type arch='x86_64' machine='q35'>hvm</type>");
    xml.close("os");
    add_features(options.tweaks, true, xml);
    add_processor(vm, true, xml);
    add_devices(vm, options, xml);
    xml.close("domain");
    return xml.text();
}

}  // namespace early_bind
