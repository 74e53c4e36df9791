// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// Logical CPUs by their number, ascending, each once.
using CpuList = std::vector<unsigned>;

/// Reads "0-3,8", the form of sysfs and of kernel arguments (Documentation/admin-guide/
/// kernel-parameters.rst, "cpu lists"; without its strides). An empty text is an empty list;
/// nothing for any other text, and for numbers above 8191, the kernel's own limit.
[[nodiscard]] std::optional<CpuList> parse_cpu_list(std::string_view text);

/// The shortest text that reads back as the list: "0-3,8".
[[nodiscard]] std::string to_string(const CpuList& cpus);

/// Those of `all` that are not in `some`.
[[nodiscard]] CpuList without(const CpuList& all, const CpuList& some);

}  // namespace early_bind
