// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/identity.hpp"
#include "core/result.hpp"

namespace early_bind {

/// What a UEFI image says of itself (UEFI Specification, "PCI Option ROMs").
struct UefiPart {
    std::uint16_t machine = 0;  ///< as in a PE header: 0x8664 is x86-64
    bool compressed = false;
};

/// One image of an expansion ROM.
struct RomImage {
    std::size_t offset = 0;  ///< bytes from the start of the file
    std::size_t size = 0;    ///< bytes
    std::uint16_t vendor = 0;
    std::vector<std::uint16_t> devices;  ///< the device it names first, then those of its list
    std::uint8_t code_type = 0;          ///< 0 for x86 firmware, 3 for UEFI
    std::optional<UefiPart> uefi;        ///< of code type 3 with UEFI's signature
    bool sum_is_zero = true;             ///< of x86 images: the checksum
};

/// An expansion ROM, whole.
struct Rom {
    std::size_t size = 0;   ///< bytes of the file
    std::size_t start = 0;  ///< of the first image; not 0 behind NVIDIA's own header
    std::vector<RomImage> images;

    /// Where the last image ends.
    [[nodiscard]] std::size_t end() const {
        return images.empty() ? start : images.back().offset + images.back().size;
    }
};

/// Reads an expansion ROM (PCI Firmware Specification 3.0, chapter 5): the signature 55 AA of each
/// image, its PCI data structure, and the chain of images up to the one that says it is the last.
/// Files of NVIDIA's tools have a header of their own before that ("NVGI"), which is skipped. Any
/// bytes may be given; errors say where the ROM is broken.
[[nodiscard]] Result<Rom> parse_rom(std::string_view bytes);

/// What is to be said of a ROM, one sentence each.
struct RomFindings {
    std::vector<std::string> faults;   ///< it is not the ROM that was wanted
    std::vector<std::string> remarks;  ///< it can be used, but
};

/// Judges a ROM; `file` is its name for the next steps. Where `card` is given, the ROM must be made
/// for it.
[[nodiscard]] RomFindings judge_rom(const Rom& rom, const std::string& file,
                                    const std::optional<pci::Ids>& card);

/// The ROM's size and its images, for people.
[[nodiscard]] std::string render_rom(const Rom& rom);

}  // namespace early_bind
