// SPDX-License-Identifier: MIT
// grub-gen: makes GPU layouts out of a machine, and menu entries out of the layouts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "grub-gen/apply.hpp"
#include "grub-gen/entries.hpp"
#include "grub-gen/keep.hpp"
#include "grub-gen/machine.hpp"
#include "grub-gen/scan.hpp"

namespace early_bind {
namespace {

enum Exit { kGood = 0, kFailed = 1, kUsage = 2 };

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void say(const std::string& sentence) {
    std::fflush(stdout);
    std::fprintf(stderr, "grub-gen: %s\n", sentence.c_str());
}

int failed(const Error& error) {
    say(error.what);
    return kFailed;
}

struct Arguments {
    std::string sysroot = "/";
    bool json = false;
    bool dry_run = false;
    std::string selector;
};

int scan(const sysfs::Root& root, const Arguments& arguments) {
    const auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    for (const auto& warning : machine->warnings) {
        say("warning: " + warning);
    }
    print(arguments.json ? render_scan_json(*machine) : render_scan(*machine));
    return kGood;
}

int apply_command(const sysfs::Root& root, const Arguments& arguments) {
    const auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    for (const auto& warning : machine->warnings) {
        say("warning: " + warning);
    }
    if (arguments.dry_run) {
        const auto diff = preview(root, *machine);
        if (!diff) {
            return failed(diff.error());
        }
        print(*diff);
        say(diff->empty() ? "nothing would change" : "dry run: nothing was changed");
        return kGood;
    }
    const auto applied = apply(root, *machine, say);
    return applied ? kGood : failed(applied.error());
}

int keep(const sysfs::Root& root, const Arguments& arguments) {
    const auto machine = look_at(root);
    const auto argument =
        machine ? keep_argument(*machine, arguments.selector) : tl::unexpected(machine.error());
    if (!argument) {
        return failed(argument.error());
    }
    print(*argument + "\n");
    return kGood;
}

int entries(const sysfs::Root& root) {
    const auto made = make_entries(root);
    for (const auto& warning : made.warnings) {
        say("warning: " + warning);
    }
    print(made.out);
    return kGood;
}

int run(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Makes one boot menu entry for each GPU layout of this machine.", "grub-gen");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--sysroot", arguments.sysroot, "work on the system below this directory")
        ->type_name("DIR");
    app.set_version_flag("--version", "grub-gen " EARLY_BIND_VERSION);
    auto* scan_app = app.add_subcommand("scan", "show the GPUs and the profiles they give");
    scan_app->add_flag("--json", arguments.json, "as JSON");
    auto* apply_app = app.add_subcommand(
        "apply", "write the boot table, rebuild the initramfs, regenerate the menu");
    apply_app->add_flag("--dry-run", arguments.dry_run, "show what would change, as a diff");
    auto* entries_app = app.add_subcommand(
        "entries", "print the menu entries; update-grub calls this through /etc/grub.d");
    auto* keep_app = app.add_subcommand(
        "keep", "print the kernel argument that keeps one GPU, for the GRUB editor");
    keep_app
        ->add_option("SELECTOR", arguments.selector,
                     "words of its name, an address, a location or vendor:device")
        ->required();
    app.add_subcommand("uninstall", "undo apply");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return app.exit(error);  // --help, --version
        }
        if (argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty()) {
            say(fmt::format("there is no command `{}`; see grub-gen --help", argv[1]));
            return kUsage;
        }
        say(std::string(error.what()) + "; see grub-gen --help");
        return kUsage;
    }
    const auto root = sysfs::Root::open(arguments.sysroot);
    if (!root) {
        return failed(root.error());
    }
    if (scan_app->parsed()) {
        return scan(*root, arguments);
    }
    if (apply_app->parsed()) {
        return apply_command(*root, arguments);
    }
    if (keep_app->parsed()) {
        return keep(*root, arguments);
    }
    if (entries_app->parsed()) {
        return entries(*root);
    }
    const auto undone = uninstall(*root, say);
    return undone ? kGood : failed(undone.error());
}

}  // namespace
}  // namespace early_bind

int main(int argc, char** argv) {
    try {
        return early_bind::run(argc, argv);
    } catch (const std::exception& error) {
        early_bind::say(std::string("internal error: ") + error.what());
        return early_bind::kFailed;
    }
}
