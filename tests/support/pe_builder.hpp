// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace early_bind::test {

/// Makes a PE32+ image as ukify does: headers in the first 1024 bytes, sections aligned to 512
/// bytes.
inline std::string make_pe(const std::vector<std::pair<std::string, std::string>>& sections,
                           bool is_signed = false) {
    constexpr std::size_t kHeaders = 1024;
    constexpr std::size_t kAlignment = 512;
    constexpr std::size_t kSignature = 64;
    constexpr std::size_t kOptionalSize = 240;
    std::string image(kHeaders, '\0');
    const auto put = [&image](std::size_t offset, std::uint64_t value, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) {
            image[offset + i] = static_cast<char>(value >> (8 * i) & 0xffU);
        }
    };
    image.replace(0, 2, "MZ");
    put(0x3c, kSignature, 4);
    image.replace(kSignature, 2, "PE");
    put(kSignature + 6, sections.size(), 2);
    put(kSignature + 20, kOptionalSize, 2);
    put(kSignature + 24, 0x20b, 2);
    put(kSignature + 24 + 112 + 4 * 8 + 4, is_signed ? 512 : 0, 4);
    std::size_t header = kSignature + 24 + kOptionalSize;
    for (const auto& [name, content] : sections) {
        const auto padded = (content.size() + kAlignment - 1) / kAlignment * kAlignment;
        image.replace(header, name.size(), name);
        put(header + 8, content.size(), 4);
        put(header + 16, padded, 4);
        put(header + 20, image.size(), 4);
        image += content + std::string(padded - content.size(), '\0');
        header += 40;
    }
    return image;
}

}  // namespace early_bind::test
