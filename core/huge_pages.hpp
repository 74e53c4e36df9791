// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// Numbers of huge pages by their size in KiB.
using HugePages = std::map<std::uint64_t, std::uint64_t>;

/// The huge pages that a kernel command line asks for, by the rules of
/// Documentation/admin-guide/mm/hugetlbpage.rst; a count before any size is of x86's 2 MiB unless
/// the command line has default_hugepagesz=.
[[nodiscard]] HugePages asked_huge_pages(std::string_view command_line);

/// The huge pages that the kernel has, from sys/kernel/mm/hugepages
/// (Documentation/ABI/testing/sysfs-kernel-mm-hugepages).
[[nodiscard]] HugePages given_huge_pages(const sysfs::Root& root);

/// A size of pages in words: "2 MiB".
[[nodiscard]] std::string page_size_words(std::uint64_t kibibytes);

}  // namespace early_bind
