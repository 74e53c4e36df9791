// SPDX-License-Identifier: MIT
#include "grub-gen/keep.hpp"

#include <fmt/core.h>

#include "grub-gen/gpu_selector.hpp"

namespace early_bind {

Result<std::string> keep_argument(const Machine& machine, std::string_view selector) {
    const auto gpu = select_gpu(selector, machine.inventory, machine.gpus, *machine.names);
    if (!gpu) {
        return tl::unexpected(gpu.error());
    }
    const auto& location = machine.inventory.find((*gpu)->address)->identity.location;
    return fmt::format("early-bind.keep={}",
                       location.empty() ? to_string((*gpu)->address) : location.text());
}

}  // namespace early_bind
