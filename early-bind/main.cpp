// SPDX-License-Identifier: MIT
// early-bind: gives the devices of the chosen profile to vfio-pci before any other driver loads.
#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <vector>

#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "early-bind/boot.hpp"
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
    const auto read = read_boot_table(root);
    if (!read.table) {
        return unusable(fmt::format("{}; {}", read.reason.text, info(read.reason.code).next));
    }
    auto name = options.profile;
    if (!name) {
        const auto tokens = read_tokens(root);
        name = tokens ? tokens->profile : std::nullopt;
    }
    const TableProfile* profile = name ? read.table->find(*name) : nullptr;
    if (name && profile == nullptr) {
        std::string known;
        for (const auto& each : read.table->profiles) {
            known += (known.empty() ? "" : ", ") + each.name;
        }
        return unusable(fmt::format("the boot table has no profile `{}`; it has: {}", *name,
                                    known.empty() ? "none" : known));
    }
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return unusable(inventory.error().what);
    }
    const auto plan = make_plan(*inventory, *read.table, profile);
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
    std::optional<Report> report;
    if (root.exists(kReportPath)) {
        const auto content = root.read(kReportPath);
        auto parsed = content ? parse_report(*content) : tl::unexpected(content.error());
        if (!parsed) {
            return unusable(fmt::format("{}: {}; the kernel log has what was reported",
                                        root.outside_path(kReportPath), parsed.error().what));
        }
        report = std::move(*parsed);
    }
    const auto comparison = compare(*tokens, std::move(report), *inventory);
    print(STDOUT_FILENO, options.json ? render_status_json(comparison) : render_status(comparison));
    return comparison.agrees ? kAgrees : kDiffers;
}

int run(const std::vector<std::string>& words) {
    const auto options = parse_options(words);
    if (!options) {
        return unusable(options.error().what);
    }
    if (options->command == Command::help || options->command == Command::version) {
        print(STDOUT_FILENO,
              options->command == Command::help ? std::string(kHelp) : version_line());
        return kAgrees;
    }
    const auto root = sysfs::Root::open(options->sysroot);
    if (!root) {
        const int status = unusable(root.error().what);
        return options->command == Command::boot ? kAgrees : status;  // the boot goes on
    }
    switch (options->command) {
        case Command::boot:
            boot(*root);
            return kAgrees;
        case Command::plan:
            return show_plan(*root, *options);
        default:
            return show_status(*root, *options);
    }
}

}  // namespace
}  // namespace early_bind

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    // Whatever happens, the boot goes on: `early-bind boot` succeeds.
    const bool booting = !words.empty() && words.front() == "boot";
    int status = early_bind::kUnusable;
    try {
        status = early_bind::run(words);
    } catch (const std::exception& error) {
        status = early_bind::unusable(fmt::format("internal error: {}", error.what()));
    }
    return booting ? 0 : status;
}
