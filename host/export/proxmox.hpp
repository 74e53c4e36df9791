// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "host/export/tweaks.hpp"
#include "host/export/vm.hpp"

namespace early_bind {

struct ProxmoxOptions {
    Tweaks tweaks;
    unsigned vm = 0;      ///< its number
    bool mapped = false;  ///< name cards by their mappings, so that any node of a cluster fits
    std::string node;     ///< of the mappings
};

/// A line for people in front of a setting, and the setting itself: an option of qm(1), which is
/// also a key of the VM's configuration, and its value.
struct ProxmoxSetting {
    std::string key;
    std::string value;
    std::string remark;  ///< empty for none
};

/// What a VM of Proxmox VE 8 is to be set to (qemu-server: src/PVE/QemuServer.pm, PCI.pm,
/// Memory.pm). Errors say what Proxmox has no room for.
[[nodiscard]] Result<std::vector<ProxmoxSetting>> proxmox_settings(const Vm& vm,
                                                                   const ProxmoxOptions& options);

/// Commands for a shell of the host: ROM files to where Proxmox looks for them, and `qm set`.
[[nodiscard]] Result<std::string> render_proxmox(const Vm& vm, const ProxmoxOptions& options);

/// A JSON object with the settings as another, `settings`.
[[nodiscard]] Result<std::string> render_proxmox_json(const Vm& vm, const ProxmoxOptions& options);

/// Sections of /etc/pve/mapping/pci.cfg (pve-guest-common: src/PVE/Mapping/PCI.pm), one for each
/// kind of card. Fails for a card that does not fill its slot, which a mapping cannot state.
[[nodiscard]] Result<std::string> render_mappings(const Vm& vm, const ProxmoxOptions& options);

}  // namespace early_bind
