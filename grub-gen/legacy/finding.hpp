// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/pci/address.hpp"

namespace early_bind {

/// Where an earlier set-up was found.
enum class LegacyKind {
    command_line,    ///< words of GRUB's or the kernel's default command line
    modprobe,        ///< etc/modprobe.d
    module_list,     ///< etc/modules, etc/modules-load.d, etc/initramfs-tools/modules
    dracut,          ///< etc/dracut.conf, etc/dracut.conf.d
    driverctl,       ///< etc/driverctl.d
    udev,            ///< etc/udev/rules.d
    script,          ///< a script that binds by itself
    grub_entry,      ///< a menu entry of other tools
    running_kernel,  ///< on the running kernel's command line, and in no file that we know
};

/// What it does, as far as the translation cares.
enum class LegacyEffect {
    binds,    ///< gives `devices` to vfio-pci or another stub
    blocks,   ///< keeps a driver off that the host needs for `devices`
    loads,    ///< loads or orders modules
    options,  ///< sets vfio-pci's options only
};

/// What becomes of it when it is taken over.
enum class LegacyEdit {
    none,          ///< only reported; `next` says what to do
    remove_words,  ///< `text` is taken out of its line
    comment_out,   ///< the lines become comments
    set_aside,     ///< the whole file goes into the backup
};

/// One piece of an earlier set-up.
struct LegacyFinding {
    LegacyKind kind = LegacyKind::command_line;
    std::string path;         ///< relative to the root
    unsigned line = 0;        ///< from 1; 0 when the whole file is meant
    unsigned line_count = 1;  ///< more than one where a backslash continues the line
    std::string text;         ///< the line or the word of it
    LegacyEffect effect = LegacyEffect::loads;
    std::string meaning;  ///< what it does, without subject and full stop: "binds every device ..."
    std::vector<pci::Address> devices;  ///< functions of this machine that it concerns, sorted
    std::vector<std::string> drivers;   ///< of LegacyEffect::blocks: their names, with `_`
    bool disable_idle_d3 = false;       ///< sets vfio-pci's option
    bool disable_vga = false;           ///< sets vfio-pci's option
    LegacyEdit edit = LegacyEdit::none;
    std::string next;  ///< what the user can do when `edit` is none, as an order
};

/// "/etc/modules:3" below the root, or the path alone for a whole file.
[[nodiscard]] std::string place_of(const LegacyFinding& finding);

/// What becomes of it: "the line becomes a comment", or `next`.
[[nodiscard]] std::string fate_of(const LegacyFinding& finding);

}  // namespace early_bind
