// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/export/request.hpp"
#include "host/export/tweaks.hpp"

namespace early_bind {

/// The options that all forms of `early-bind export` have, as they were written.
struct ExportOptions {
    std::string profile;
    std::vector<std::string> devices;
    std::vector<std::string> roms;  ///< SELECTOR=FILE
    std::string memory;
    std::string cpus;
    unsigned vcpus = 0;
    bool hide_kvm = false;
    std::string vendor_id;
    std::string looking_glass;
    bool scream = false;
    bool x_vga = false;
};

/// Adds them to a command.
void add_export_options(CLI::App& words, ExportOptions& options);

/// What was written about devices, memory and CPUs; about the rest. Errors name the option.
[[nodiscard]] Result<ExportRequest> read_request(const ExportOptions& options);
[[nodiscard]] Result<Tweaks> read_tweaks(const ExportOptions& options);

}  // namespace early_bind
