// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The device file that `UUID=...`, `LABEL=...`, `PARTUUID=...` or `PARTLABEL=...` stands for, as
/// an absolute path below the root; quotes around the value are taken off. On the running system
/// libblkid looks (udev's links first, then the devices themselves); below any other root only the
/// links in dev/disk are there to look at. Nothing when the text is no tag or no device has it.
[[nodiscard]] std::optional<std::string> device_of_tag(const sysfs::Root& root,
                                                       std::string_view tag);

}  // namespace early_bind
