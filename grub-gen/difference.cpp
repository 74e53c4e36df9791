// SPDX-License-Identifier: MIT
#include "grub-gen/difference.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {

Result<std::string> difference(const sysfs::Root& root, const std::string& path,
                               const std::string& after, const std::string& command) {
    const auto name = root.outside_path(path);
    process::Options options;
    options.input = after;
    const auto outcome = process::run({"diff", "-u", "--label", name, "--label",
                                       fmt::format("{} (after grub-gen {})", name, command),
                                       root.exists(path) ? name : "/dev/null", "-"},
                                      options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status > 1) {
        return fail(fmt::format("diff failed: {}", text::trim(outcome->err)));
    }
    return outcome->out;
}

}  // namespace early_bind
