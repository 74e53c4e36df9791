// SPDX-License-Identifier: MIT
// grub-gen: makes GPU layouts out of a machine, and menu entries out of the layouts.
#include "grub-gen/commands/program.hpp"

int main(int argc, char** argv) {
    using namespace early_bind;
    return run_program(
        {"grub-gen",
         "Makes one boot menu entry for each GPU layout of this machine.",
         {scan_command, check_command, setup_command, apply_command, boot_once_command,
          default_command, doctor_command, import_command, keep_command, record_command,
          entries_command, refresh_command, uki_command, uninstall_command}},
        argc, argv);
}
