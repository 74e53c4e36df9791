// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether GRUB can write grubenv on what `grub-probe --target=abstraction` and `--target=fs` say
/// lies below boot/grub: the same lists as in 00_header, check_writable().
[[nodiscard]] Findings judge_grub_environment(const std::string& name,
                                              std::string_view abstractions, std::string_view fs);

/// Whether GRUB can keep a choice for the next boot.
[[nodiscard]] Findings check_grub_environment(const Subject& subject);

}  // namespace early_bind::doctor
