// SPDX-License-Identifier: MIT
#include "grub-gen/setup/difference.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/process.hpp"

namespace early_bind::setup {

Result<std::string> difference(const sysfs::Root& root, const std::optional<std::string>& before,
                               const std::string& after) {
    const auto name = root.outside_path(kConfigPath);
    if (!before) {
        return fmt::format("New file {}:\n\n{}", name, after);
    }
    process::Options options;
    options.input = after;
    const auto outcome = process::run(
        {"diff", "-u", "--label", name, "--label", name + " (after grub-gen setup)", name, "-"},
        options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status > 1) {
        return fail(fmt::format("diff failed: {}", text::trim(outcome->err)));
    }
    return outcome->out;
}

}  // namespace early_bind::setup
