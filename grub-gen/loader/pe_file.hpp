// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace early_bind {

/// A section of a PE file, as far as the file has it.
struct PeSection {
    std::string name;          ///< ".cmdline", without zero bytes
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t size = 0;    ///< of its content, without what pads it

    [[nodiscard]] bool operator==(const PeSection&) const = default;
};

struct PeFile {
    std::vector<PeSection> sections;  ///< in their order; each lies within the file
    bool is_signed = false;           ///< it has a table of certificates
};

/// The headers of a PE file end before this, or we do not read it: the stub of systemd has them in
/// its first 1536 bytes.
inline constexpr std::size_t kPeHeadLimit = 65536;

/// Reads the headers of a PE32+ or PE32 image from the beginning of a file of `file_size` bytes:
/// `head` is the file's first kPeHeadLimit bytes, or all it has. Errors say what is wrong with it,
/// as a clause ("its section .linux ends behind the end of the file").
[[nodiscard]] Result<PeFile> parse_pe(std::string_view head, std::uint64_t file_size);

}  // namespace early_bind
