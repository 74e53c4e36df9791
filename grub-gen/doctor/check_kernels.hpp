// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether a kernel's modules.builtin or modules.dep (kmod, depmod(8)) names the module.
[[nodiscard]] bool names_module(std::string_view list, std::string_view module);

/// What is wrong with a kernel's modules, by its modules.builtin and modules.dep.
[[nodiscard]] Findings judge_modules(const std::string& kernel, std::string_view built_in,
                                     std::string_view loadable);

[[nodiscard]] bool is_vfio_built_in(const sysfs::Root& root, const std::string& kernel);

/// Whether every installed kernel has vfio-pci and what it needs.
[[nodiscard]] Findings check_kernels(const Subject& subject);

}  // namespace early_bind::doctor
