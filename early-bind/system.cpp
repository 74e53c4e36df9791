// SPDX-License-Identifier: MIT
#include "early-bind/system.hpp"

#include <fmt/core.h>

namespace early_bind {

Result<Tokens> read_tokens(const sysfs::Root& root) {
    const auto command_line = root.read("proc/cmdline");
    if (!command_line) {
        return tl::unexpected(command_line.error());
    }
    return parse_tokens(*command_line);
}

TableRead read_boot_table(const sysfs::Root& root) {
    const auto where = root.outside_path(kBootTablePath);
    const auto content = root.read(kBootTablePath, kBootTableLimit);
    if (!content) {
        const bool missing = !root.exists(kBootTablePath);
        return {std::nullopt,
                {missing ? Code::table_missing : Code::table_damaged,
                 missing ? fmt::format("there is no boot table {}", where) : content.error().what,
                 {}}};
    }
    auto table = parse_boot_table(*content);
    if (!table) {
        return {std::nullopt,
                {Code::table_damaged,
                 fmt::format("the boot table {} is damaged: {}", where, table.error().what),
                 {}}};
    }
    return {std::move(*table), {}};
}

Result<std::optional<Report>> read_report(const sysfs::Root& root) {
    if (!root.exists(kReportPath)) {
        return std::nullopt;
    }
    const auto content = root.read(kReportPath);
    auto report = content ? parse_report(*content) : tl::unexpected(content.error());
    if (!report) {
        return fail(fmt::format("{}: {}; the kernel log has what was reported",
                                root.outside_path(kReportPath), report.error().what));
    }
    return std::move(*report);
}

}  // namespace early_bind
