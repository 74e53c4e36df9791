// SPDX-License-Identifier: MIT
#include "host/rom/rom.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::size_t kRomUnit = 512;  // images are a multiple of it
constexpr std::string_view kNvidiaHeader = "NVGI";
constexpr std::uint8_t kX86 = 0;
constexpr std::uint8_t kOpenFirmware = 1;
constexpr std::uint8_t kPaRisc = 2;
constexpr std::uint8_t kUefi = 3;
constexpr std::uint8_t kNvidia = 0xe0;  // found in NVIDIA's ROMs (nova-core, vbios.rs)

/// Numbers in little-endian order out of bytes that may end anywhere.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

    /// Whether `count` bytes are there from `offset` on.
    [[nodiscard]] bool has(std::size_t offset, std::size_t count) const {
        return offset <= bytes_.size() && count <= bytes_.size() - offset;
    }
    [[nodiscard]] std::uint8_t byte(std::size_t offset) const {
        return static_cast<std::uint8_t>(bytes_[offset]);
    }
    [[nodiscard]] std::uint16_t word(std::size_t offset) const {
        return static_cast<std::uint16_t>(byte(offset) | byte(offset + 1) << 8U);
    }
    [[nodiscard]] bool says(std::size_t offset, std::string_view what) const {
        return has(offset, what.size()) && bytes_.substr(offset, what.size()) == what;
    }
    /// Every byte is `value`.
    [[nodiscard]] bool all(unsigned char value) const {
        return std::all_of(bytes_.begin(), bytes_.end(),
                           [value](char c) { return static_cast<unsigned char>(c) == value; });
    }

  private:
    std::string_view bytes_;
};

bool is_image(const Bytes& bytes, std::size_t offset) {
    return bytes.says(offset, "\x55\xaa");
}

/// Where the first image is, behind NVIDIA's header: its tables tell in three ways that changed
/// with the cards' generations (open-gpu-kernel-modules, s_romImgFindPciHeader_TU102()), but it is
/// always a multiple of 512, and what has both signatures is it.
std::optional<std::size_t> behind_nvidia_header(const Bytes& bytes) {
    for (std::size_t offset = kRomUnit; bytes.has(offset, 0x1a); offset += kRomUnit) {
        if (is_image(bytes, offset) && bytes.says(offset + bytes.word(offset + 0x18), "PCIR")) {
            return offset;
        }
    }
    return std::nullopt;
}

Result<std::size_t> find_start(const Bytes& bytes) {
    if (is_image(bytes, 0)) {
        return 0;
    }
    if (bytes.says(0, kNvidiaHeader)) {
        if (const auto start = behind_nvidia_header(bytes)) {
            return *start;
        }
        return fail("there is NVIDIA's own header (NVGI) and no ROM behind it");
    }
    if (bytes.size() == 0) {
        return fail("it is empty");
    }
    if (bytes.all(0xff)) {
        return fail("every byte of it is ff, which is what a card that sleeps reads as");
    }
    if (bytes.all(0)) {
        return fail("every byte of it is 0");
    }
    return fail("it does not begin with 55 AA, so it is no expansion ROM");
}

bool sum_is_zero(const Bytes& bytes, std::size_t offset, std::size_t size) {
    std::uint8_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
        sum = static_cast<std::uint8_t>(sum + bytes.byte(offset + i));
    }
    return sum == 0;
}

/// The devices that an image is for. The pointer to a list of more came with revision 3 of the PCI
/// data structure; before, what is there now pointed to vital product data.
std::vector<std::uint16_t> devices_of(const Bytes& bytes, std::size_t data, std::size_t image_end) {
    std::vector<std::uint16_t> devices = {bytes.word(data + 6)};
    const std::size_t pointer = bytes.word(data + 8);
    if (bytes.byte(data + 0x0c) < 3 || pointer == 0) {
        return devices;
    }
    for (auto at = data + pointer; at + 2 <= image_end && bytes.word(at) != 0; at += 2) {
        devices.push_back(bytes.word(at));
    }
    return devices;
}

/// An image, and whether it says that it is the last.
Result<std::pair<RomImage, bool>> parse_image(const Bytes& bytes, std::size_t offset) {
    constexpr std::size_t kDataSize = 0x18;  // up to and with the indicator
    const auto broken = [offset](std::string_view what) {
        return fail(fmt::format("the image at {:#x} {}", offset, what));
    };
    if (!bytes.has(offset, 0x1a)) {
        return broken("is cut off within its header");
    }
    const auto data = offset + bytes.word(offset + 0x18);
    if (!bytes.has(data, kDataSize)) {
        return broken("has its PCI data structure behind the end of the ROM");
    }
    if (!bytes.says(data, "PCIR")) {
        return broken("has no PCI data structure (PCIR) where it says");
    }
    RomImage image;
    image.offset = offset;
    image.size = bytes.word(data + 0x10) * kRomUnit;
    if (image.size == 0) {
        return broken("says that it has no length");
    }
    if (!bytes.has(offset, image.size)) {
        return broken(fmt::format("is {} bytes long by its own word, and the ROM has {} from there",
                                  image.size, bytes.size() - offset));
    }
    if (data + kDataSize > offset + image.size) {
        return broken("has its PCI data structure behind its end");
    }
    image.vendor = bytes.word(data + 4);
    image.devices = devices_of(bytes, data, offset + image.size);
    image.code_type = bytes.byte(data + 0x14);
    if (image.code_type == kX86) {
        const std::size_t summed = bytes.byte(offset + 2) * kRomUnit;
        image.sum_is_zero = sum_is_zero(bytes, offset, std::min(summed, image.size));
    }
    if (image.code_type == kUefi && bytes.says(offset + 4, std::string_view("\xf1\x0e\0\0", 4))) {
        image.uefi = UefiPart{bytes.word(offset + 0x0a), bytes.word(offset + 0x0c) != 0};
    }
    return std::pair{std::move(image), (bytes.byte(data + 0x15) & 0x80U) != 0};
}

std::string code_name(const RomImage& image) {
    switch (image.code_type) {
        case kX86:
            return "x86 BIOS";
        case kOpenFirmware:
            return "Open Firmware";
        case kPaRisc:
            return "PA-RISC";
        case kUefi:
            return "UEFI";
        case kNvidia:
            return "NVIDIA's own";
        default:
            return fmt::format("code type {:02x}", image.code_type);
    }
}

std::string machine_name(std::uint16_t machine) {
    switch (machine) {
        case 0x8664:
            return "x86-64";
        case 0x014c:
            return "32-bit x86";
        case 0xaa64:
            return "64-bit Arm";
        case 0x0ebc:
            return "EFI byte code";
        default:
            return fmt::format("machine type {:04x}", machine);
    }
}

std::string ids_text(const RomImage& image) {
    auto text = fmt::format("{:04x}:{:04x}", image.vendor, image.devices.front());
    if (const auto more = image.devices.size() - 1; more > 0) {
        text += fmt::format(" and {} more", more);
    }
    return text;
}

bool is_for(const RomImage& image, const pci::Ids& card) {
    return image.vendor == card.vendor && std::find(image.devices.begin(), image.devices.end(),
                                                    card.device) != image.devices.end();
}

/// Whether images are for the card: one must be.
void compare(const Rom& rom, const pci::Ids& card, RomFindings& findings) {
    const auto foreign = [&card](const RomImage& image) { return !is_for(image, card); };
    if (std::all_of(rom.images.begin(), rom.images.end(), foreign)) {
        findings.faults.push_back(fmt::format("it is made for {}, and the card is {}",
                                              ids_text(rom.images.front()), vendor_device(card)));
        return;
    }
    for (const auto& image : rom.images) {
        if (foreign(image)) {
            findings.remarks.push_back(
                fmt::format("its image at {:#x} ({}) is made for {}, and the card is {}",
                            image.offset, code_name(image), ids_text(image), vendor_device(card)));
        }
    }
}

}  // namespace

Result<Rom> parse_rom(std::string_view content) {
    const Bytes bytes(content);
    const auto start = find_start(bytes);
    if (!start) {
        return tl::unexpected(start.error());
    }
    Rom rom;
    rom.size = bytes.size();
    rom.start = *start;
    for (std::size_t offset = *start;;) {
        if (!is_image(bytes, offset)) {
            return fail(
                fmt::format("its image before {:#x} is not the last by its own word, and "
                            "no other follows: the end of the ROM is missing",
                            offset));
        }
        auto image = parse_image(bytes, offset);
        if (!image) {
            return tl::unexpected(image.error());
        }
        offset += image->first.size;
        rom.images.push_back(std::move(image->first));
        if (image->second) {
            return rom;
        }
    }
}

RomFindings judge_rom(const Rom& rom, const std::string& file,
                      const std::optional<pci::Ids>& card) {
    RomFindings findings;
    if (card) {
        compare(rom, *card, findings);
    }
    if (rom.start != 0) {
        findings.remarks.push_back(fmt::format(
            "its first {} bytes are NVIDIA's own header (NVGI), with which a VM cannot use it; "
            "`tail -c +{} {} > NEW` cuts it off",
            rom.start, rom.start + 1, file));
    }
    for (const auto& image : rom.images) {
        if (!image.sum_is_zero) {
            findings.remarks.push_back(
                fmt::format("the checksum of its image at {:#x} ({}) is wrong, as it is after "
                            "the firmware or a driver changed it",
                            image.offset, code_name(image)));
        }
        if (image.code_type == kUefi && !image.uefi) {
            findings.remarks.push_back(fmt::format(
                "its image at {:#x} calls itself UEFI and has not UEFI's signature", image.offset));
        }
    }
    if (std::none_of(rom.images.begin(), rom.images.end(),
                     [](const RomImage& image) { return image.uefi.has_value(); })) {
        findings.remarks.emplace_back(
            "it has no UEFI image: a VM with UEFI firmware (OVMF) shows nothing on the card before "
            "the guest's driver starts");
    }
    if (rom.size > rom.end()) {
        findings.remarks.push_back(
            fmt::format("{} bytes follow behind its last image", rom.size - rom.end()));
    }
    return findings;
}

std::string render_rom(const Rom& rom) {
    std::string out = fmt::format("{} bytes, {} image{}\n", rom.size, rom.images.size(),
                                  rom.images.size() == 1 ? "" : "s");
    for (const auto& image : rom.images) {
        out += fmt::format("    {:<13} at {:#07x}  {:>7} bytes  {}", code_name(image), image.offset,
                           image.size, ids_text(image));
        if (image.uefi) {
            out += fmt::format("  {}{}", machine_name(image.uefi->machine),
                               image.uefi->compressed ? ", compressed" : "");
        }
        out += '\n';
    }
    return out;
}

}  // namespace early_bind
