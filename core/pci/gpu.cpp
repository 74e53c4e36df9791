// SPDX-License-Identifier: MIT
#include "core/pci/gpu.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace early_bind::pci {
namespace {

constexpr std::uint16_t kAmdProcessor = 0x1022;

struct DisplayId {
    std::uint16_t vendor;
    std::uint16_t device;
};

/// Displays of management controllers by exact id. Matrox G200 family: the id table of
/// drivers/gpu/drm/mgag200/mgag200_drv.c; the others: hibmc_drm_drv.c, sm750.c and pci.ids.
constexpr std::array kManagementDisplays = {
    DisplayId{0x102b, 0x0520},  // Matrox G200 PCI
    DisplayId{0x102b, 0x0521},  // Matrox G200 AGP
    DisplayId{0x102b, 0x0522},  // G200 SE A, ServerEngines Pilot
    DisplayId{0x102b, 0x0524},  // G200 SE B
    DisplayId{0x102b, 0x0530},  // G200EV
    DisplayId{0x102b, 0x0532},  // G200eW, Nuvoton WPCM450
    DisplayId{0x102b, 0x0533},  // G200EH, HPE iLO
    DisplayId{0x102b, 0x0534},  // G200eR2, Dell iDRAC
    DisplayId{0x102b, 0x0536},  // G200eW3
    DisplayId{0x102b, 0x0538},  // G200eH3
    DisplayId{0x102b, 0x053a},  // G200eH5
    DisplayId{0x1002, 0x515e},  // AMD ES1000
    DisplayId{0x1002, 0x5969},  // AMD ES1000
    DisplayId{0x19e5, 0x1711},  // HiSilicon hibmc
    DisplayId{0x126f, 0x0718},  // Silicon Motion SM718
    DisplayId{0x126f, 0x0750},  // Silicon Motion SM750
    DisplayId{0x18ca, 0x0020},  // XGI Z7, Z9
    DisplayId{0x18ca, 0x0021},  // XGI Z9s, Z11
    DisplayId{0x18ca, 0x0027},  // XGI Z11
};

bool is_management(const Ids& ids) {
    constexpr std::uint16_t kAspeed = 0x1a03;
    constexpr std::uint16_t kHp = 0x103c;  // iLO: neither HP nor HPE makes any other display
    constexpr std::uint16_t kHpe = 0x1590;
    return ids.vendor == kAspeed || ids.vendor == kHp || ids.vendor == kHpe ||
           std::any_of(kManagementDisplays.begin(), kManagementDisplays.end(),
                       [&ids](const DisplayId& id) {
                           return id.vendor == ids.vendor && id.device == ids.device;
                       });
}

bool is_display(const Function& function) {
    return function.identity.class_code.is_display() && function.is_endpoint();
}

bool is_card_class(const ClassCode& class_code) {
    return class_code.is_display() || class_code.is_audio() || class_code.is_usb() ||
           class_code.is_serial_bus();
}

/// The upstream port of the switch that a function sits behind: two bridges up, where the nearer
/// one is the switch's downstream port.
Location switch_above(const Function& function) {
    return function.identity.location.parent().parent();
}

/// Audio functions behind the GPU's own switch, in other slots than the GPU's. The switch is the
/// card's own when its upstream port is of the GPU's vendor and nothing but this GPU's slot and
/// audio functions of the same vendor is behind it.
std::vector<Address> audio_behind_own_switch(const Inventory& inventory, const Function& gpu) {
    const Location upstream = switch_above(gpu);
    const Function* port = inventory.find(upstream);
    if (port == nullptr || !port->identity.class_code.is_pci_bridge() ||
        port->identity.ids.vendor != gpu.identity.ids.vendor ||
        switch_above(gpu).parent().empty()) {
        return {};
    }
    std::vector<Address> audio;
    for (const auto index : inventory.below(upstream)) {
        const auto& function = inventory.functions()[index];
        if (!function.is_endpoint() || function.address.same_slot(gpu.address)) {
            continue;
        }
        if (!function.identity.class_code.is_audio() ||
            function.identity.ids.vendor != gpu.identity.ids.vendor ||
            switch_above(function) != upstream) {
            return {};  // somebody else lives behind this switch: it is not the card's own
        }
        audio.push_back(function.address);
    }
    return audio;
}

void add_audio_behind_own_switches(const Inventory& inventory, std::vector<Gpu>& gpus) {
    std::map<Location, std::size_t> behind;  // a switch with two GPUs is nobody's own
    for (const auto& gpu : gpus) {
        ++behind[switch_above(*inventory.find(gpu.address))];
    }
    for (auto& gpu : gpus) {
        const Function& display = *inventory.find(gpu.address);
        if (behind[switch_above(display)] == 1) {
            for (const auto& audio : audio_behind_own_switch(inventory, display)) {
                gpu.functions.push_back(audio);
            }
            std::sort(gpu.functions.begin(), gpu.functions.end());
        }
    }
}

/// The display of a processor or chipset sits on the first root bus itself, or (AMD) in a slot
/// together with the processor's own functions.
bool is_integrated(const Function& gpu, const std::vector<const Function*>& slot) {
    if (gpu.address.domain == 0 && gpu.address.bus == 0) {
        return true;
    }
    return std::any_of(slot.begin(), slot.end(), [](const Function* mate) {
        return mate->identity.ids.vendor == kAmdProcessor;
    });
}

}  // namespace

std::string_view to_string(Role role) {
    switch (role) {
        case Role::discrete:
            return "discrete";
        case Role::integrated:
            return "integrated";
        case Role::management:
            return "management";
    }
    return "discrete";
}

std::vector<Gpu> find_gpus(const Inventory& inventory) {
    std::vector<Gpu> gpus;
    const auto& functions = inventory.functions();
    auto slot_end = functions.begin();
    for (auto first = slot_end; first != functions.end(); first = slot_end) {
        slot_end = std::find_if(first, functions.end(), [&first](const Function& function) {
            return !function.address.same_slot(first->address);
        });
        const auto display = std::find_if(first, slot_end, is_display);
        if (display == slot_end) {
            continue;
        }
        std::vector<const Function*> slot;
        for (auto mate = first; mate != slot_end; ++mate) {
            if (!mate->virtual_function) {
                slot.push_back(&*mate);
            }
        }
        const bool pure_card = std::all_of(slot.begin(), slot.end(), [](const Function* mate) {
            return is_card_class(mate->identity.class_code);
        });
        Gpu gpu;
        gpu.address = display->address;
        for (const Function* mate : slot) {
            if (!mate->is_endpoint()) {
                continue;
            }
            if (is_display(*mate) || pure_card ||
                mate->identity.ids.vendor == display->identity.ids.vendor) {
                gpu.functions.push_back(mate->address);
                gpu.boot_display = gpu.boot_display || mate->boot_display;
            }
        }
        if (is_management(display->identity.ids)) {
            gpu.role = Role::management;
        } else if (is_integrated(*display, slot)) {
            gpu.role = Role::integrated;
        }
        gpus.push_back(std::move(gpu));
    }
    add_audio_behind_own_switches(inventory, gpus);
    return gpus;
}

}  // namespace early_bind::pci
