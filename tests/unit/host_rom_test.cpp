// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "host/rom/rom.hpp"

namespace early_bind {
namespace {

using Texts = std::vector<std::string>;

/// Makes one image: a header, and the PCI data structure right behind it.
class Image {
  public:
    explicit Image(std::size_t units) : bytes_(units * 512, '\0') {
        set(0, 0x55);
        set(1, 0xaa);
        set_word(0x18, kData);
        bytes_.replace(kData, 4, "PCIR");
        ids(0x10de, 0x1e04);
        set_word(kData + 0x0a, 0x1c);
        set(kData + 0x0c, 3);
        set_word(kData + 0x10, static_cast<unsigned>(units));
    }
    Image& ids(unsigned vendor, unsigned device) {
        set_word(kData + 4, vendor);
        set_word(kData + 6, device);
        return *this;
    }
    Image& more_devices(std::initializer_list<unsigned> devices) {
        constexpr std::size_t kList = 0x80;
        set_word(kData + 8, kList - kData);
        std::size_t at = kList;
        for (const unsigned device : devices) {
            set_word(at, device);
            at += 2;
        }
        return *this;
    }
    Image& x86() {
        set(2, static_cast<unsigned>(bytes_.size() / 512));
        unsigned sum = 0;
        set(6, 0);
        for (const char c : bytes_) {
            sum += static_cast<unsigned char>(c);
        }
        set(6, (0x100 - sum % 0x100) % 0x100);
        return *this;
    }
    Image& uefi(unsigned machine = 0x8664, unsigned compression = 1) {
        set(kData + 0x14, 3);
        set_word(4, 0x0ef1);
        set_word(0x0a, machine);
        set_word(0x0c, compression);
        return *this;
    }
    Image& last() { return set(kData + 0x15, 0x80); }
    Image& set(std::size_t at, unsigned value) {
        bytes_[at] = static_cast<char>(static_cast<unsigned char>(value));
        return *this;
    }
    Image& set_word(std::size_t at, unsigned value) {
        return set(at, value & 0xffU).set(at + 1, value >> 8U);
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

    static constexpr unsigned kData = 0x40;

  private:
    std::string bytes_;
};

std::string good_rom() {
    return Image(4).x86().bytes() + Image(2).uefi().last().bytes();
}

constexpr pci::Ids kCard{0x10de, 0x1e04, 0, 0};

std::string fault(std::string_view bytes) {
    const auto rom = parse_rom(bytes);
    return rom ? "none" : rom.error().what;
}

TEST(Rom, OfTwoImages) {
    const auto rom = parse_rom(good_rom());
    ASSERT_TRUE(rom) << rom.error().what;
    EXPECT_EQ(render_rom(*rom),
              "3072 bytes, 2 images\n"
              "    x86 BIOS      at 0x00000     2048 bytes  10de:1e04\n"
              "    UEFI          at 0x00800     1024 bytes  10de:1e04  x86-64, compressed\n");
    EXPECT_EQ(rom->start, 0U);
    EXPECT_EQ(rom->end(), 3072U);
    const auto findings = judge_rom(*rom, "card.rom", kCard);
    EXPECT_EQ(findings.faults, Texts());
    EXPECT_EQ(findings.remarks, Texts());
}

TEST(Rom, NoTruncationPassesAndNoneIsReadBehindItsEnd) {
    const auto rom = good_rom();
    for (std::size_t size = 0; size < rom.size(); ++size) {
        // Memory of its own, so that the sanitizer sees every read behind the end.
        const std::vector<char> bytes(rom.begin(), rom.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(parse_rom(std::string_view(bytes.data(), bytes.size()))) << size;
    }
    EXPECT_TRUE(parse_rom(rom));
}

TEST(Rom, EveryByteOfItMayBeAnything) {
    const auto rom = Image(1).x86().more_devices({0x1e07}).bytes() + Image(1).uefi().last().bytes();
    for (std::size_t at = 0; at < rom.size(); ++at) {
        for (const char value : {'\0', '\x01', '\x7f', '\x80', '\xff'}) {
            std::vector<char> bytes(rom.begin(), rom.end());
            bytes[at] = value;
            if (const auto read = parse_rom(std::string_view(bytes.data(), bytes.size()))) {
                EXPECT_LE(read->end(), bytes.size());
                EXPECT_FALSE(render_rom(*read).empty());
            }
        }
    }
}

TEST(Rom, RandomBytes) {
    std::mt19937 random(20240229);
    for (int round = 0; round < 2000; ++round) {
        std::vector<char> bytes(random() % 3000);
        for (auto& byte : bytes) {
            byte = static_cast<char>(random());
        }
        if (bytes.size() > 0x20 && round % 2 == 0) {
            // Far enough into the parser, with pointers that are anything.
            bytes[0] = '\x55';
            bytes[1] = '\xaa';
            const auto data = random() % bytes.size();
            bytes[0x18] = static_cast<char>(data & 0xffU);
            bytes[0x19] = static_cast<char>(data >> 8U);
            std::string_view("PCIR").copy(bytes.data() + data,
                                          std::min<std::size_t>(4, bytes.size() - data));
        }
        if (const auto rom = parse_rom(std::string_view(bytes.data(), bytes.size()))) {
            EXPECT_LE(rom->end(), bytes.size());
        }
    }
}

TEST(Rom, SaysWhatIsBroken) {
    EXPECT_EQ(fault(""), "it is empty");
    EXPECT_EQ(fault(std::string(1024, '\xff')),
              "every byte of it is ff, which is what a card that sleeps reads as");
    EXPECT_EQ(fault(std::string(1024, '\0')), "every byte of it is 0");
    EXPECT_EQ(fault("MZ"), "it does not begin with 55 AA, so it is no expansion ROM");
    EXPECT_EQ(fault("\x55\xaa"), "the image at 0x0 is cut off within its header");
    EXPECT_EQ(fault(Image(1).last().set_word(0x18, 0x1f0).bytes()),
              "the image at 0x0 has its PCI data structure behind the end of the ROM");
    EXPECT_EQ(fault(Image(1).last().set(Image::kData, 'Q').bytes()),
              "the image at 0x0 has no PCI data structure (PCIR) where it says");
    EXPECT_EQ(fault(Image(1).last().set_word(Image::kData + 0x10, 0).bytes()),
              "the image at 0x0 says that it has no length");
    EXPECT_EQ(fault(Image(2).last().bytes().substr(0, 1000)),
              "the image at 0x0 is 1024 bytes long by its own word, and the ROM has 1000 from "
              "there");
    EXPECT_EQ(fault(Image(1).bytes()),
              "its image before 0x200 is not the last by its own word, and no other follows: the "
              "end of the ROM is missing");
    // The data structure of a one-unit image in the second unit.
    auto far = Image(2).last().set_word(0x18, 0x210).bytes();
    far.replace(0x210, 0x20, far.substr(Image::kData, 0x20));
    far[0x210 + 0x10] = 1;
    EXPECT_EQ(fault(far), "the image at 0x0 has its PCI data structure behind its end");
}

TEST(Rom, OfAnotherCardIsAFault) {
    const auto rom = parse_rom(Image(1).x86().ids(0x1002, 0x73bf).bytes() +
                               Image(1).uefi().ids(0x1002, 0x73bf).last().bytes());
    ASSERT_TRUE(rom);
    EXPECT_EQ(judge_rom(*rom, "card.rom", kCard).faults,
              (Texts{"it is made for 1002:73bf, and the card is 10de:1e04"}));
    EXPECT_EQ(judge_rom(*rom, "card.rom", std::nullopt).faults, Texts());
}

TEST(Rom, OneImageOfAnotherCardIsARemark) {
    const auto rom =
        parse_rom(Image(1).x86().bytes() + Image(1).uefi().ids(0x10de, 0x1e07).last().bytes());
    ASSERT_TRUE(rom);
    const auto findings = judge_rom(*rom, "card.rom", kCard);
    EXPECT_EQ(findings.faults, Texts());
    EXPECT_EQ(findings.remarks, (Texts{"its image at 0x200 (UEFI) is made for 10de:1e07, "
                                       "and the card is 10de:1e04"}));
}

TEST(Rom, TheListOfDevicesCounts) {
    const auto listed =
        parse_rom(Image(1).uefi().ids(0x10de, 1).more_devices({2, 0x1e04}).last().bytes());
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->images[0].devices, (std::vector<std::uint16_t>{1, 2, 0x1e04}));
    EXPECT_EQ(judge_rom(*listed, "card.rom", kCard).faults, Texts());
    EXPECT_EQ(render_rom(*listed),
              "512 bytes, 1 image\n"
              "    UEFI          at 0x00000      512 bytes  10de:0001 and 2 more  x86-64, "
              "compressed\n");
    // Before revision 3 the pointer is that of vital product data.
    const auto old = parse_rom(Image(1)
                                   .uefi()
                                   .ids(0x10de, 1)
                                   .more_devices({2, 0x1e04})
                                   .set(Image::kData + 0x0c, 0)
                                   .last()
                                   .bytes());
    ASSERT_TRUE(old);
    EXPECT_EQ(old->images[0].devices, (std::vector<std::uint16_t>{1}));
}

TEST(Rom, AListWithoutAnEndStopsAtTheImage) {
    auto bytes = Image(1).uefi().last().set_word(Image::kData + 8, 0x100).bytes();
    bytes.replace(Image::kData + 0x100, std::string::npos, 512 - Image::kData - 0x100, '\x11');
    const auto rom = parse_rom(bytes);
    ASSERT_TRUE(rom);
    EXPECT_EQ(rom->images[0].devices.size(), 1 + (512 - Image::kData - 0x100) / 2);
}

TEST(Rom, Remarks) {
    const auto rom = parse_rom(Image(1).x86().set(0x30, 7).last().bytes() + std::string(100, 'x'));
    ASSERT_TRUE(rom);
    EXPECT_EQ(judge_rom(*rom, "card.rom", kCard).remarks,
              (Texts{"the checksum of its image at 0x0 (x86 BIOS) is wrong, as it is after "
                     "the firmware or a driver changed it",
                     "it has no UEFI image: a VM with UEFI firmware (OVMF) shows nothing on "
                     "the card before the guest's driver starts",
                     "100 bytes follow behind its last image"}));
    const auto unsigned_uefi = parse_rom(Image(1).uefi().set_word(4, 0).last().bytes());
    ASSERT_TRUE(unsigned_uefi);
    EXPECT_EQ(judge_rom(*unsigned_uefi, "card.rom", kCard).remarks,
              (Texts{"its image at 0x0 calls itself UEFI and has not UEFI's signature",
                     "it has no UEFI image: a VM with UEFI firmware (OVMF) shows nothing on "
                     "the card before the guest's driver starts"}));
}

TEST(Rom, BehindTheHeaderOfNvidia) {
    const auto rom = parse_rom("NVGI" + std::string(0x600 - 4, '\x55') + good_rom());
    ASSERT_TRUE(rom) << rom.error().what;
    EXPECT_EQ(rom->start, 0x600U);
    EXPECT_EQ(render_rom(*rom),
              "4608 bytes, 2 images\n"
              "    x86 BIOS      at 0x00600     2048 bytes  10de:1e04\n"
              "    UEFI          at 0x00e00     1024 bytes  10de:1e04  x86-64, compressed\n");
    EXPECT_EQ(judge_rom(*rom, "card.rom", kCard).remarks,
              (Texts{"its first 1536 bytes are NVIDIA's own header (NVGI), with which a VM "
                     "cannot use it; `tail -c +1537 card.rom > NEW` cuts it off"}));
    EXPECT_EQ(fault("NVGI" + std::string(5000, '\xaa')),
              "there is NVIDIA's own header (NVGI) and no ROM behind it");
}

TEST(Rom, NamesOfCodeAndMachines) {
    const auto rom = parse_rom(Image(1).uefi(0xaa64, 0).bytes() + Image(1).uefi(0x1234, 0).bytes() +
                               Image(1).set(Image::kData + 0x14, 0xe0).bytes() +
                               Image(1).set(Image::kData + 0x14, 0x70).last().bytes());
    ASSERT_TRUE(rom);
    EXPECT_EQ(render_rom(*rom),
              "2048 bytes, 4 images\n"
              "    UEFI          at 0x00000      512 bytes  10de:1e04  64-bit Arm\n"
              "    UEFI          at 0x00200      512 bytes  10de:1e04  machine type 1234\n"
              "    NVIDIA's own  at 0x00400      512 bytes  10de:1e04\n"
              "    code type 70  at 0x00600      512 bytes  10de:1e04\n");
}

}  // namespace
}  // namespace early_bind
