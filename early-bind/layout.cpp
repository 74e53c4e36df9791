// SPDX-License-Identifier: MIT
#include "early-bind/layout.hpp"

#include <fmt/core.h>

#include "core/plan/keep.hpp"
#include "core/text.hpp"

namespace early_bind {

std::string Asked::name() const {
    return keep ? fmt::format("keep={}", text::printable(*keep)) : profile.value_or("");
}

tl::expected<AskedLayout, Reason> find_layout(const Asked& asked, const TableRead& read,
                                              const pci::Inventory& inventory) {
    if (asked.keep) {
        auto table = table_that_keeps(*asked.keep, inventory, read.table ? &*read.table : nullptr);
        if (!table) {
            return tl::unexpected(Reason{Code::keep_invalid, table.error().what, {}});
        }
        const auto name = table->profiles.front().name;
        return AskedLayout{std::move(*table), name};
    }
    if (asked.profile && !is_profile_name(*asked.profile)) {
        return tl::unexpected(
            Reason{Code::token_invalid,
                   fmt::format("`{}` is no profile name", text::printable(*asked.profile)),
                   {}});
    }
    if (!read.table) {
        return tl::unexpected(read.reason);
    }
    if (asked.profile && read.table->find(*asked.profile) == nullptr) {
        std::vector<std::string> known;
        for (const auto& profile : read.table->profiles) {
            known.push_back(profile.name);
        }
        return tl::unexpected(
            Reason{Code::profile_unknown,
                   fmt::format("the boot table has no profile {}; it has {}", *asked.profile,
                               known.empty() ? "none" : text::join_words(known)),
                   {}});
    }
    return AskedLayout{*read.table, asked.profile.value_or("")};
}

}  // namespace early_bind
