// SPDX-License-Identifier: MIT
#include "grub-gen/loader/pe_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "core/text.hpp"

namespace early_bind {
namespace {

// The fields that we read, by their offsets (Microsoft, "PE Format").
constexpr std::size_t kPeOffset = 0x3c;  // in the DOS header: where the signature is
constexpr std::string_view kSignature("PE\0\0", 4);
constexpr std::size_t kSectionCount = 6;         // from the signature
constexpr std::size_t kOptionalHeaderSize = 20;  // from the signature
constexpr std::size_t kOptionalHeader = 24;      // from the signature
constexpr std::uint64_t kPe32 = 0x10b;           // magic numbers of the optional header
constexpr std::uint64_t kPe32Plus = 0x20b;
constexpr std::size_t kDirectories32 = 96;  // from the optional header
constexpr std::size_t kDirectories32Plus = 112;
constexpr std::size_t kDirectorySize = 8;
constexpr std::size_t kCertificateDirectory = 4;  // the fifth
constexpr std::size_t kSectionHeader = 40;
constexpr std::size_t kSectionName = 8;

/// `count` bytes at `offset` as a number, low byte first.
std::optional<std::uint64_t> number(std::string_view bytes, std::size_t offset, std::size_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) {
        value = value << 8U | static_cast<unsigned char>(bytes[offset + i]);
    }
    return value;
}

/// The section whose header is at `offset`; none when that is behind the end of `head`.
std::optional<PeSection> section_at(std::string_view head, std::size_t offset) {
    const auto memory_size = number(head, offset + 8, 4);
    const auto file_size = number(head, offset + 16, 4);
    const auto place = number(head, offset + 20, 4);
    if (!memory_size || !file_size || !place) {
        return std::nullopt;
    }
    PeSection section;
    const auto name = head.substr(offset, kSectionName);
    section.name = text::printable(name.substr(0, name.find('\0')));
    section.offset = *place;
    // The file pads a section, and a section of zeros is longer in memory than in the file.
    section.size = std::min(*memory_size, *file_size);
    return section;
}

}  // namespace

Result<PeFile> parse_pe(std::string_view head, std::uint64_t file_size) {
    const auto start = number(head, kPeOffset, 4);
    if (!head.starts_with("MZ") || !start || *start > head.size() ||
        head.substr(*start, kSignature.size()) != kSignature) {
        return fail("it is no PE file");
    }
    const auto count = number(head, *start + kSectionCount, 2);
    const auto optional_size = number(head, *start + kOptionalHeaderSize, 2);
    const auto optional = *start + kOptionalHeader;
    const auto magic = number(head, optional, 2);
    if (!count || !optional_size || !magic) {
        return fail("its headers are cut off");
    }
    if (*magic != kPe32 && *magic != kPe32Plus) {
        return fail("it is no PE image");
    }
    PeFile file;
    const auto directories = *magic == kPe32 ? kDirectories32 : kDirectories32Plus;
    const auto certificates = directories + kCertificateDirectory * kDirectorySize;
    if (certificates + kDirectorySize <= *optional_size) {
        file.is_signed = number(head, optional + certificates + 4, 4).value_or(0) != 0;
    }
    for (std::size_t i = 0; i < *count; ++i) {
        auto section = section_at(head, optional + *optional_size + i * kSectionHeader);
        if (!section) {
            return fail("its table of sections is cut off");
        }
        if (section->offset > file_size || section->size > file_size - section->offset) {
            return fail(
                fmt::format("its section {} ends behind the end of the file", section->name));
        }
        file.sections.push_back(std::move(*section));
    }
    return file;
}

}  // namespace early_bind
