// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "host/inputs/inputs.hpp"

namespace early_bind {

/// The keys that move keyboards and mice between host and guest (QEMU's qapi/common.json,
/// GrabToggleKeys; libvirt's domaincommon.rng has the same). The first is what both take when
/// nothing is said.
inline constexpr std::array<std::string_view, 6> kToggles = {
    "ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"};

/// `<input type='evdev'>` elements for a domain of libvirt 7.4 or later. Keyboards get the toggle,
/// and take the mice along.
[[nodiscard]] std::string libvirt_inputs(const std::vector<InputDevice>& inputs,
                                         std::string_view toggle);

/// `-object input-linux` arguments of QEMU, one a line, each safe in a shell; `toggle` is left out
/// where it is what QEMU takes anyway.
[[nodiscard]] std::string qemu_inputs(const std::vector<InputDevice>& inputs,
                                      std::string_view toggle);

/// The devices in the list cgroup_device_acl of a qemu.conf: the one that is set, or the default,
/// which stands there as a comment. Empty when there is neither.
[[nodiscard]] std::vector<std::string> device_acl(std::string_view qemu_conf);

/// What libvirt's list is when its qemu.conf does not tell (src/qemu/qemu.conf.in of 9.0).
[[nodiscard]] std::vector<std::string> default_device_acl();

/// The setting for qemu.conf with the inputs added to the list.
[[nodiscard]] std::string cgroup_setting(const std::vector<std::string>& list,
                                         const std::vector<InputDevice>& inputs);

}  // namespace early_bind
