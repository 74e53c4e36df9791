// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// What a distribution calls GRUB: "grub", or "grub2" (Fedora, RHEL, openSUSE, Mageia). Its files
/// and programs bear that name. Paths are relative to the root.
struct GrubPlace {
    std::string name = "grub";

    [[nodiscard]] std::string directory() const { return "boot/" + name; }
    [[nodiscard]] std::string menu() const { return directory() + "/grub.cfg"; }
    [[nodiscard]] std::string environment() const { return directory() + "/grubenv"; }
    /// Our own file beside the menu, where the menu's entries come from BLS files.
    [[nodiscard]] std::string include() const { return directory() + "/early-bind.cfg"; }
    /// "grub2-mkconfig"
    [[nodiscard]] std::string program(std::string_view what) const;
};

/// By the programs that the root has, else by its directories; "grub" when neither tells.
[[nodiscard]] GrubPlace find_grub(const sysfs::Root& root);

/// Runs one of GRUB's programs of this system (`what`: "editenv") with these arguments and input,
/// under whichever of the two names it is there; returns what it printed. It has 30 seconds. Errors
/// name the program.
[[nodiscard]] Result<std::string> run_grub_program(const std::string& what,
                                                   const std::vector<std::string>& arguments,
                                                   const std::string& input = {});

/// Whether the menu takes the kernels' entries from BLS files (boot/loader/entries) by GRUB's
/// `blscfg` command, by the rule of Fedora's and RHEL's 10_linux: GRUB_ENABLE_BLSCFG is `true`, or
/// it is not set and there is no new-kernel-pkg. Other distributions' 10_linux know no `blscfg`.
/// Inside grub-mkconfig its environment counts, else etc/default/grub.
[[nodiscard]] bool uses_bls(const sysfs::Root& root);

/// The value of the last assignment of a variable in a text in the form of etc/default/grub,
/// without its quotes; empty when there is none.
[[nodiscard]] std::string default_value(std::string_view text, std::string_view variable);

}  // namespace early_bind
