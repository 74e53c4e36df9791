// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "host/export/tweaks.hpp"
#include "host/export/vm.hpp"

namespace early_bind {

struct QemuOptions {
    Tweaks tweaks;
    bool machine = false;  ///< a whole machine, to which only disks and firmware are added
    std::string accelerator = "kvm";  ///< of that machine
};

/// The arguments of qemu-system-x86_64 (qemu(1)), an option and its value at a time. They need a
/// machine with PCI Express, such as q35; ids begin with "early-bind".
[[nodiscard]] std::vector<std::vector<std::string>> qemu_arguments(const Vm& vm,
                                                                   const QemuOptions& options);

/// Words of a shell's command, an option a line, to be evaluated: `eval "qemu-system-x86_64
/// $(...)"`.
[[nodiscard]] std::string render_shell(const std::vector<std::vector<std::string>>& arguments);

/// A JSON object with the words as one array, `arguments`.
[[nodiscard]] std::string render_json(const std::vector<std::vector<std::string>>& arguments);

}  // namespace early_bind
