// SPDX-License-Identifier: MIT
#include "host/display/display.hpp"

#include <algorithm>
#include <tuple>

namespace early_bind::display {
namespace {

/// What is better sorts lower.
auto rank(const DisplayGpu& gpu) {
    return std::tuple(gpu.driver.empty(), !gpu.chosen, gpu.role == pci::Role::management,
                      gpu.monitors.empty(), !gpu.boot_display, gpu.address);
}

std::string why(const DisplayGpu& gpu, bool only_one) {
    if (gpu.chosen) {
        return "the layout of this boot keeps it";
    }
    if (only_one) {
        return "it is the only one";
    }
    if (!gpu.monitors.empty()) {
        return "a monitor is connected to it";
    }
    return gpu.boot_display ? "the firmware shows its output there" : "it is the first";
}

}  // namespace

std::vector<std::size_t> host_gpus(const std::vector<DisplayGpu>& gpus) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < gpus.size(); ++i) {
        if (!gpus[i].is_passed()) {
            left.push_back(i);
        }
    }
    const auto best = std::min_element(left.begin(), left.end(), [&gpus](auto a, auto b) {
        return rank(gpus[a]) < rank(gpus[b]);
    });
    if (best != left.end()) {
        std::rotate(left.begin(), best, best + 1);
    }
    return left;
}

std::optional<Primary> find_primary(const std::vector<DisplayGpu>& gpus) {
    const auto left = host_gpus(gpus);
    if (left.empty()) {
        return std::nullopt;
    }
    return Primary{left.front(), why(gpus[left.front()], left.size() == 1)};
}

bool is_needed(const std::vector<DisplayGpu>& gpus) {
    const auto left = host_gpus(gpus).size();
    return left > 0 && left < gpus.size();
}

}  // namespace early_bind::display
