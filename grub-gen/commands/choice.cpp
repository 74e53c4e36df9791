// SPDX-License-Identifier: MIT
#include "grub-gen/choice.hpp"

#include <memory>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/machine.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

int reboot() {
    process::Options options;
    options.capture_out = false;
    options.capture_err = false;
    const auto done = process::run({"systemctl", "reboot"}, options);
    return done && done->status == 0 ? kGood
                                     : failed({"systemctl reboot failed; reboot by yourself"});
}

}  // namespace

Command boot_once_command(CLI::App& program) {
    auto* words = program.add_subcommand("boot-once", "boot a profile at the next boot only");
    const auto profile = std::make_shared<std::string>();
    const auto now = std::make_shared<bool>(false);
    words->add_option("PROFILE", *profile, "its name, see grub-gen scan")->required();
    words->add_flag("--reboot", *now, "and reboot now");
    return {words,
            [profile, now](const sysfs::Root& root) -> int {
                const auto machine = look_at(root);
                const auto said =
                    machine ? boot_once(root, *machine, *profile) : tl::unexpected(machine.error());
                if (!said) {
                    return failed(said.error());
                }
                say(*said);
                return *now ? reboot() : kGood;
            },
            [] { return true; }};
}

Command default_command(CLI::App& program) {
    auto* words = program.add_subcommand("default", "say or choose what boots when nobody chooses");
    const auto profile = std::make_shared<std::string>();
    const auto headless = std::make_shared<bool>(false);
    words->add_option("PROFILE", *profile, "its name, or `stock` for the distribution's own entry");
    words->add_flag("--yes-headless", *headless, "also when the host will have no display");
    return {words,
            [profile, headless](const sysfs::Root& root) -> int {
                if (profile->empty()) {
                    const auto name = current_default(root);
                    if (!name) {
                        return failed(name.error());
                    }
                    print(*name + "\n");
                    return kGood;
                }
                const auto machine = look_at(root);
                const auto said = machine ? set_default(root, *machine, *profile, *headless)
                                          : tl::unexpected(machine.error());
                if (!said) {
                    return failed(said.error());
                }
                say(*said);
                return kGood;
            },
            [profile] { return !profile->empty(); }};
}

}  // namespace early_bind
