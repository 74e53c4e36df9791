// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>

#include <string>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/plan/plan.hpp"

namespace early_bind::test {

inline TableFunction table_function(const pci::Inventory& inventory, const pci::Address& function) {
    return {inventory.find(function)->identity, function};
}

/// What `grub-gen apply` would know of the machine: its GPUs, named "GPU 0", "GPU 1", ...
inline BootTable table_of(const pci::Inventory& inventory) {
    BootTable table;
    for (const auto& gpu : pci::find_gpus(inventory)) {
        TableGpu entry;
        entry.name = fmt::format("GPU {}", table.gpus.size());
        entry.functions.push_back(table_function(inventory, gpu.address));
        for (const auto& function : gpu.functions) {
            if (function != gpu.address) {
                entry.functions.push_back(table_function(inventory, function));
            }
        }
        table.gpus.push_back(std::move(entry));
    }
    return table;
}

/// The whole plan as lines: what it says, then what it does.
inline std::vector<std::string> lines(const Plan& plan) {
    std::vector<std::string> out;
    if (plan.refused) {
        out.emplace_back("refused");
    }
    for (const auto& reason : plan.reasons) {
        std::string line = fmt::format("{}: {} [", info(reason.code).name, reason.text);
        for (const auto& device : reason.devices) {
            line += (line.back() == '[' ? "" : " ") + to_string(device);
        }
        out.push_back(line + "]");
    }
    for (const auto& action : plan.actions) {
        out.push_back(to_string(plan, action));
    }
    return out;
}

inline std::vector<std::string> targets(const Plan& plan) {
    std::vector<std::string> out;
    for (const auto& unit : plan.units) {
        for (const auto& target : unit.targets) {
            out.push_back(to_string(target.address));
        }
    }
    return out;
}

inline std::vector<std::string> reasons(const Plan& plan) {
    Plan words = plan;
    words.actions.clear();
    return lines(words);
}

}  // namespace early_bind::test
