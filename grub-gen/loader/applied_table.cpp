// SPDX-License-Identifier: MIT
#include "grub-gen/loader/applied_table.hpp"

#include <fmt/core.h>

#include <utility>

namespace early_bind {

Result<std::optional<BootTable>> read_applied_table(const sysfs::Root& root) {
    if (!root.exists(kBootTablePath)) {
        return std::optional<BootTable>();
    }
    const auto text = root.read(kBootTablePath, kBootTableLimit);
    auto table = text ? parse_boot_table(*text) : tl::unexpected(text.error());
    if (!table) {
        return fail(fmt::format("the boot table {} cannot be used: {}; `grub-gen apply` writes it",
                                root.outside_path(kBootTablePath), table.error().what));
    }
    return std::optional<BootTable>(std::move(*table));
}

}  // namespace early_bind
