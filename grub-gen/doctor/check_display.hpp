// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// The devices that an X server's configuration names: `BusID "PCI:11:0:0"`, decimal, the bus with
/// `@DOMAIN` behind it where there is one (xorg.conf(5)). Comments do not count.
[[nodiscard]] std::vector<pci::Address> pinned_devices(std::string_view configuration);

/// Whether the X server is pinned to a GPU that a profile with a menu entry passes.
[[nodiscard]] Findings check_display(const Subject& subject);

}  // namespace early_bind::doctor
