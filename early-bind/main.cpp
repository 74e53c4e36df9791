// SPDX-License-Identifier: MIT
// early-bind: gives the devices of the chosen profile to vfio-pci before any other driver loads.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "core/pci/framebuffer.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/resolve.hpp"
#include "core/text.hpp"
#include "early-bind/boot.hpp"
#include "early-bind/layout.hpp"
#include "early-bind/options.hpp"
#include "early-bind/report.hpp"
#include "early-bind/status.hpp"
#include "early-bind/system.hpp"

namespace early_bind {
namespace {

enum Exit { kAgrees = 0, kDiffers = 1, kUnusable = 2 };

void print(int fd, const std::string& text) {
    std::string_view left = text;
    while (!left.empty()) {
        const ssize_t written = ::write(fd, left.data(), left.size());
        if (written <= 0) {
            return;  // nobody is left to tell
        }
        left.remove_prefix(static_cast<std::size_t>(written));
    }
}

int unusable(const std::string& what) {
    print(STDERR_FILENO, fmt::format("early-bind: {}\n", what));
    return kUnusable;
}

int show_plan(const sysfs::Root& root, const Options& options) {
    Asked asked{options.profile, options.keep};
    if (!asked.profile && !asked.keep) {
        if (const auto tokens = read_tokens(root)) {
            asked = {tokens->profile, tokens->keep};
        }
    }
    const auto read = read_boot_table(root);
    const auto inventory = pci::read_inventory(
        root, read.table ? wanted_devices(*read.table) : std::vector<pci::Identity>());
    if (!inventory) {
        return unusable(inventory.error().what);
    }
    const auto layout = find_layout(asked, read, *inventory);
    if (!layout) {
        const auto& reason = layout.error();
        return unusable(fmt::format("{}; {}", reason.text, info(reason.code).next));
    }
    const auto plan =
        make_plan(*inventory, layout->table, layout->profile(), pci::read_framebuffers(root));
    print(STDOUT_FILENO, render_plan(plan));
    return plan.refused ? kDiffers : kAgrees;
}

int show_status(const sysfs::Root& root, const Options& options) {
    const auto tokens = read_tokens(root);
    if (!tokens) {
        return unusable(tokens.error().what);
    }
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return unusable(inventory.error().what);
    }
    auto report = read_report(root);
    if (!report) {
        return unusable(report.error().what);
    }
    auto comparison = compare(*tokens, std::move(*report), *inventory,
                              read_resources(root, root.read("proc/cmdline").value_or("")));
    const auto trial = parse_trial(root.read(kTrialPath).value_or(""));
    const auto boot_id = root.read(kBootIdPath).value_or("");
    if (auto reason = failed_trial(trial, *tokens, text::trim(boot_id))) {
        comparison.reasons.push_back(std::move(*reason));
    }
    print(STDOUT_FILENO, options.json ? render_status_json(comparison) : render_status(comparison));
    return comparison.agrees ? kAgrees : kDiffers;
}

int finish(const Result<void>& result) {
    return result ? kAgrees : unusable(result.error().what);
}

/// Hands the whole command line on to the program of the booted system.
int run_host(const std::vector<std::string>& words) {
    std::string program = EARLY_BIND_HOST_PROGRAM;
    std::vector<std::string> all = words;
    std::vector<char*> arguments = {program.data()};
    for (auto& word : all) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    return unusable(fmt::format("cannot run {}: {}; install the whole package early-bind", program,
                                std::strerror(errno)));
}

int run(const std::vector<std::string>& words) {
    const auto options = parse_options(words);
    if (!options) {
        return unusable(options.error().what);
    }
    if (options->command == BootCommand::help || options->command == BootCommand::version) {
        print(STDOUT_FILENO,
              options->command == BootCommand::help ? std::string(kHelp) : version_line());
        return kAgrees;
    }
    if (options->command == BootCommand::host) {
        return run_host(words);
    }
    const auto root = sysfs::Root::open(options->sysroot);
    if (!root) {
        const int status = unusable(root.error().what);
        const bool booting =
            options->command == BootCommand::boot || options->command == BootCommand::late;
        return booting ? kAgrees : status;  // the boot goes on
    }
    switch (options->command) {
        case BootCommand::boot:
            boot(*root);
            return kAgrees;
        case BootCommand::plan:
            return show_plan(*root, *options);
        case BootCommand::late:
            late(*root);
            return kAgrees;
        case BootCommand::complete:
            return finish(complete(*root));
        case BootCommand::confirm:
            return finish(confirm(*root));
        default:
            return show_status(*root, *options);
    }
}

}  // namespace
}  // namespace early_bind

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    // Whatever happens, the boot goes on: `early-bind boot` and `early-bind late` succeed.
    const bool booting = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word == "boot" || word == "late";
    });
    int status = early_bind::kUnusable;
    try {
        status = early_bind::run(words);
    } catch (const std::exception& error) {
        status = early_bind::unusable(fmt::format("internal error: {}", error.what()));
    }
    return booting ? 0 : status;
}
