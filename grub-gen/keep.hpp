// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {

/// The kernel argument that keeps one GPU and passes the others, for the GRUB editor: where no
/// names are known, so the GPU is written as its location. `selector` is one of pci::select()'s or
/// words of its name, see select_gpu(). Fails when it fits no GPU or several.
[[nodiscard]] Result<std::string> keep_argument(const Machine& machine, std::string_view selector);

}  // namespace early_bind
