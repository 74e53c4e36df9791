// SPDX-License-Identifier: MIT
// early-bind-host: the commands of early-bind for the booted system. early-bind itself runs it:
// regular expressions, names and JSON would not fit into the binary of the initramfs.
#include "grub-gen/commands/program.hpp"
#include "host/commands.hpp"

int main(int argc, char** argv) {
    using namespace early_bind;
    return run_program(
        {"early-bind",
         "Shows and changes what the host and its virtual machines have, in the "
         "booted system.",
         {bind_command, cpus_command, display_command, export_command, groups_command,
          inputs_command, release_command, rom_command, services_command, switch_command}},
        argc, argv);
}
