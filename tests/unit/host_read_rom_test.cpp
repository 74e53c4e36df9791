// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>
#include <map>

#include "host/rom/read_rom.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Texts = std::vector<std::string>;

const std::string kCardFolder = "sys/bus/pci/devices/0000:01:00.0/";

/// A card of which every attribute is a text; writes are kept in their order.
class FakeCard final : public sysfs::Writer {
  public:
    std::map<std::string, std::string> attributes;
    std::vector<std::string> writes;
    std::string failing;  ///< the attribute that cannot be written
    int code = 0;

    int write(const std::string& path, std::string_view text) override {
        const auto name = path.substr(kCardFolder.size());
        writes.push_back(name + "=" + std::string(text.substr(0, text.find('\n'))));
        // The kernel takes a "0" alone for a "1".
        EXPECT_TRUE(text.ends_with('\n')) << path;
        if (name == failing) {
            return code;
        }
        attributes[name] = std::string(text.substr(0, text.find('\n')));
        if (name == "power/control" && text == "on\n" && wakes) {
            attributes["power_state"] = "D0";
        }
        return 0;
    }
    std::string read(const std::string& path) override {
        return attributes[path.substr(kCardFolder.size())];
    }
    std::string driver(const std::string&) override { return {}; }
    bool exists(const std::string&) override { return true; }

    bool wakes = true;
};

RomCard card() {
    RomCard card;
    card.address = test::address("0000:01:00.0");
    card.has_rom = true;
    card.power_control = "on";
    card.power_state = "D0";
    card.runtime_status = "active";
    card.enable = "1";
    return card;
}

TEST(RomCard, NothingIsAgainstAFreeCard) {
    auto free = card();
    EXPECT_EQ(objection(free, false), "");
    free.driver = "vfio-pci";
    EXPECT_EQ(objection(free, false), "");
    free.driver = "pci-stub";
    EXPECT_EQ(objection(free, false), "");
}

TEST(RomCard, ADriverIsForcedAVmIsNot) {
    auto busy = card();
    busy.driver = "nvidia";
    EXPECT_EQ(
        objection(busy, false),
        "0000:01:00.0 is held by the driver nvidia, which a look at the ROM can disturb; boot "
        "a layout that passes the card, or say --force");
    EXPECT_EQ(objection(busy, true), "");
    busy.driver = "vfio-pci";
    busy.users = {"qemu-system-x86 (1234)"};
    EXPECT_EQ(objection(busy, true),
              "0000:01:00.0 is in use through VFIO by qemu-system-x86 (1234); end the VM first");
}

TEST(RomCard, WithoutARom) {
    auto none = card();
    none.has_rom = false;
    EXPECT_EQ(
        objection(none, true),
        "0000:01:00.0 has no ROM that the kernel shows; that of a GPU within the processor is "
        "part of the machine's firmware");
}

TEST(RomCard, AsleepWithNothingToWakeItWith) {
    auto asleep = card();
    asleep.power_state = "D3cold";
    EXPECT_EQ(objection(asleep, true), "");
    asleep.power_control = "";
    EXPECT_EQ(
        objection(asleep, true),
        "0000:01:00.0 is asleep (D3cold), and the kernel has no power/control to wake it with");
}

TEST(RomSteps, OnlyWhatIsNeeded) {
    auto one = card();
    EXPECT_EQ(rom_steps(one), (std::vector<RomStep>{RomStep{"rom", "1\n", "0\n"}}));
    one.power_control = "auto";
    one.enable = "0";
    EXPECT_EQ(rom_steps(one), (std::vector<RomStep>{RomStep{"power/control", "on\n", "auto\n"},
                                                    RomStep{"enable", "1\n", "0\n"},
                                                    RomStep{"rom", "1\n", "0\n"}}));
    one.driver = "vfio-pci";  // whose card nobody else may enable (pci-sysfs.c, enable_store())
    EXPECT_EQ(rom_steps(one), (std::vector<RomStep>{RomStep{"power/control", "on\n", "auto\n"},
                                                    RomStep{"rom", "1\n", "0\n"}}));
}

class RomStepsOnACard : public ::testing::Test {
  protected:
    RomStepsOnACard() {
        card_.power_control = "auto";
        card_.power_state = "D3hot";
        card_.enable = "0";
        fake_.attributes = {
            {"power/control", "auto"}, {"power_state", "D3hot"}, {"enable", "0"}, {"rom", "0"}};
    }
    Result<std::string> read(const std::function<Result<std::string>()>& read) {
        return read_with_steps(fake_, card_, rom_steps(card_), read);
    }

    RomCard card_ = card();
    FakeCard fake_;
};

TEST_F(RomStepsOnACard, AreTakenBackInTheOtherOrder) {
    const auto content = read([this]() -> Result<std::string> {
        fake_.writes.emplace_back("read");
        return std::string("content");
    });
    ASSERT_TRUE(content) << content.error().what;
    EXPECT_EQ(*content, "content");
    EXPECT_EQ(fake_.writes, (Texts{"power/control=on", "enable=1", "rom=1", "read", "rom=0",
                                   "enable=0", "power/control=auto"}));
}

TEST_F(RomStepsOnACard, AreTakenBackAfterAReadThatFails) {
    const auto content = read([]() -> Result<std::string> { return fail("no luck"); });
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().what, "no luck");
    EXPECT_EQ(fake_.attributes["rom"], "0");
    EXPECT_EQ(fake_.attributes["enable"], "0");
    EXPECT_EQ(fake_.attributes["power/control"], "auto");
}

TEST_F(RomStepsOnACard, WhatFailsIsNotTakenBackAndWhatWasBeforeIs) {
    for (const auto& step : rom_steps(card_)) {
        FakeCard fake;
        fake.attributes = fake_.attributes;
        fake.failing = step.attribute;
        fake.code = EACCES;
        const auto content =
            read_with_steps(fake, card_, rom_steps(card_), []() -> Result<std::string> {
                ADD_FAILURE() << "read";
                return std::string();
            });
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().what,
                  "cannot write to its attribute " + step.attribute + ": Permission denied");
        EXPECT_EQ(fake.attributes["rom"], "0");
        EXPECT_EQ(fake.attributes["enable"], "0");
        EXPECT_EQ(fake.attributes["power/control"], "auto");
    }
}

TEST_F(RomStepsOnACard, ACardThatDoesNotWakeIsNotRead) {
    fake_.wakes = false;
    const auto content = read([]() -> Result<std::string> {
        ADD_FAILURE() << "read";
        return std::string();
    });
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().what, "it does not wake up and is in D3hot still");
    EXPECT_EQ(fake_.writes, (Texts{"power/control=on", "power/control=auto"}));
}

TEST(RomCard, IsReadFromSysfsAndProc) {
    test::TemporaryRoot tree;
    tree.file(kCardFolder + "rom", "")
        .file(kCardFolder + "power/control", "auto\n")
        .file(kCardFolder + "power/runtime_status", "suspended\n")
        .file(kCardFolder + "power_state", "D3hot\n")
        .file(kCardFolder + "enable", "0\n")
        .file(kCardFolder + "vfio-dev/vfio3/uevent", "DEVNAME=vfio/devices/vfio3\n")
        .file(kCardFolder + "resource",
              "0x0 0x0 0x0\n0x0 0x0 0x0\n0x0 0x0 0x0\n0x0 0x0 0x0\n0x0 0x0 0x0\n0x0 0x0 0x0\n"
              "0x00000000000c0000 0x00000000000dffff 0x0000000000000212\n")
        .file("proc/12/comm", "qemu-system-x86\n")
        .link("proc/12/fd/3", "/dev/null")
        .link("proc/12/fd/40", "/dev/vfio/7")
        .file("proc/13/comm", "other\n")
        .link("proc/13/fd/4", "/dev/vfio/77")
        .file("proc/14/comm", "cloud-hypervisor\n")
        .link("proc/14/fd/4", "/dev/vfio/devices/vfio3");
    pci::Function function;
    function.address = test::address("0000:01:00.0");
    function.driver = "vfio-pci";
    function.group = 7;
    const auto read = read_rom_card(tree.root(), function);
    EXPECT_TRUE(read.has_rom);
    EXPECT_TRUE(read.shadow);
    EXPECT_EQ(read.driver, "vfio-pci");
    EXPECT_EQ(read.power_control, "auto");
    EXPECT_EQ(read.power_state, "D3hot");
    EXPECT_EQ(read.runtime_status, "suspended");
    EXPECT_EQ(read.enable, "0");
    EXPECT_EQ(read.users, (Texts{"qemu-system-x86 (12)", "cloud-hypervisor (14)"}));
}

TEST(RomCard, OfNothingIsEmpty) {
    test::TemporaryRoot tree;
    pci::Function function;
    function.address = test::address("0000:01:00.0");
    const auto read = read_rom_card(tree.root(), function);
    EXPECT_FALSE(read.has_rom);
    EXPECT_FALSE(read.shadow);
    EXPECT_EQ(read.users, Texts());
}

TEST(ReadRom, InAChild) {
    // Plain files: what is written stays in them, and a read gives what was written.
    test::TemporaryRoot tree;
    tree.file(kCardFolder + "rom", "??rest").file(kCardFolder + "power/control", "auto\n");
    auto one = card();
    one.power_control = "auto";
    one.power_state = "";
    const auto content = read_rom(tree.root(), one);
    ASSERT_TRUE(content) << content.error().what;
    EXPECT_EQ(*content, "1\nrest");
    EXPECT_EQ(tree.content(kCardFolder + "rom"), "0\nrest");
}

TEST(ReadRom, ErrorsOfTheChildComeBack) {
    test::TemporaryRoot tree;
    tree.directory(kCardFolder);
    const auto content = read_rom(tree.root(), card());
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().what, "cannot write to its attribute rom: No such file or directory");
}

TEST(ReadRom, AReadThatFailsIsTakenBackToo) {
    test::TemporaryRoot tree;
    tree.directory(kCardFolder + "rom").file(kCardFolder + "power/control", "auto\n");
    auto one = card();
    one.power_control = "auto";
    const auto content = read_rom(tree.root(), one);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().what, "cannot write to its attribute rom: Is a directory");
    EXPECT_EQ(tree.content(kCardFolder + "power/control"), "auto\n");
}

TEST(ReadRom, NotWhereTheMemoryIsOff) {
    test::TemporaryRoot tree;
    tree.file(kCardFolder + "rom", "??rest")
        .file(kCardFolder + "config", std::string("\xde\x10\x04\x1e\x00\x00", 6));
    auto held = card();
    held.driver = "vfio-pci";
    const auto content = read_rom(tree.root(), held);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().what,
              "its memory is off, and only its driver vfio-pci could turn it on; `setpci -s "
              "0000:01:00.0 COMMAND=2:2` does it by hand");
    EXPECT_EQ(tree.content(kCardFolder + "rom"), "0\nrest");
    held.shadow = true;  // the firmware's copy is in the machine's own memory
    EXPECT_TRUE(read_rom(tree.root(), held));
}

TEST(RomCard, WhatIsLeftBehindIsTold) {
    const auto before = card();
    auto after = before;
    EXPECT_EQ(left_behind(before, after), Texts());
    after.power_control = "auto";
    after.enable = "2";
    EXPECT_EQ(left_behind(before, after),
              (Texts{"power/control of 0000:01:00.0 was `on` and is `auto` now",
                     "enable of 0000:01:00.0 was `1` and is `2` now"}));
}

}  // namespace
}  // namespace early_bind
