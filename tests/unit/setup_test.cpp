// SPDX-License-Identifier: MIT
// What may be answered in the dialogue, what it makes of the configuration, and the dialogue.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <deque>

#include "grub-gen/record/replay.hpp"
#include "grub-gen/setup/answers.hpp"
#include "grub-gen/setup/choices_text.hpp"
#include "grub-gen/setup/dialogue.hpp"
#include "grub-gen/setup/draft.hpp"
#include "grub-gen/setup/monitors.hpp"
#include "grub-gen/setup/write.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::setup {
namespace {

using test::address;
using Words = std::vector<std::string>;

constexpr const char* kNic = "pci0000:00/05.0";
constexpr const char* kNicName =
    "Ethernet controller: Intel Corporation I210 Gigabit Network Connection";

/// An NVIDIA and an AMD card, a management display, a bridge, two equal NICs, a USB controller, and
/// the NVMe that the host lives on.
Recording recording() {
    Recording machine;
    machine.iommu = "intel";
    const auto add = [&machine](const char* where, std::uint16_t vendor, std::uint16_t device,
                                std::uint32_t class_code, int group) {
        RecordedFunction function;
        function.address = address(where);
        function.ids = {vendor, device, 0, 0};
        function.class_code.value = class_code;
        function.group = group;
        machine.functions.push_back(function);
    };
    add("0000:00:01.0", 0x10de, 0x2684, 0x030000, 1);
    add("0000:00:01.1", 0x10de, 0x22ba, 0x040300, 1);
    add("0000:00:02.0", 0x1002, 0x73bf, 0x030000, 2);
    add("0000:00:03.0", 0x1a03, 0x2000, 0x030000, 3);
    add("0000:00:05.0", 0x8086, 0x1533, 0x020000, 5);
    add("0000:00:06.0", 0x8086, 0x1533, 0x020000, 6);
    add("0000:00:07.0", 0x15b7, 0x5030, 0x010802, 7);
    add("0000:00:08.0", 0x1b21, 0x2142, 0x0c0330, 7);
    add("0000:00:1c.0", 0x8086, 0x1901, 0x060400, 9);
    machine.functions[0].driver = "nvidia";
    machine.functions[0].boot_vga = true;
    machine.functions[0].connectors = {
        {"DP-1", "connected"}, {"DP-2", "disconnected"}, {"HDMI-A-1", "connected"}};
    machine.functions[2].driver = "amdgpu";
    machine.carriers.emplace();
    (*machine.carriers)[address("0000:00:07.0")] = {"/"};
    machine.memory = RecordedMemory{33554432, {{0, 16777216, "0-1,4-5"}, {1, 16777216, "2-3,6-7"}}};
    machine.cpus = RecordedCpus{
        "0-7", "0-7", {"0,4", "1,5", "2,6", "3,7"}, {"pse", "pdpe1gb"}, "GenuineIntel"};
    return machine;
}

constexpr const char* kIds = R"(1002  Advanced Micro Devices, Inc. [AMD/ATI]
	73bf  Navi 21 [Radeon RX 6800]
10de  NVIDIA Corporation
	2684  AD102 [GeForce RTX 4090]
	22ba  AD102 High Definition Audio Controller
1a03  ASPEED Technology, Inc.
	2000  ASPEED Graphics Family
1b21  ASMedia Technology Inc.
	2142  ASM2142 USB 3.1 Host Controller
8086  Intel Corporation
	1533  I210 Gigabit Network Connection
	1901  6th Gen PCIe Controller
C 01  Mass storage controller
	08  Non-Volatile memory controller
		02  NVM Express
C 02  Network controller
	00  Ethernet controller
C 0c  Serial bus controller
	03  USB controller
		30  XHCI
C 06  Bridge
	04  PCI bridge
)";

class Setup : public ::testing::Test {
  protected:
    Setup() : machine_(laid_out()) {}

    Machine laid_out() {
        EXPECT_TRUE(lay_out(root_, recording()));
        directory_.file("usr/share/misc/pci.ids", kIds);
        return look_at(root_).value();
    }

    /// The text that the answers make of `before`.
    std::string draft(const std::optional<std::string>& before, const Answers& answers) {
        const auto draft = make_draft(root_, before, answers);
        return draft ? draft->text : "error: " + draft.error().what;
    }

    test::TemporaryRoot directory_;
    sysfs::Root root_ = directory_.root();
    Machine machine_;
};

template <class Value>
std::string error_of(const Result<Value>& result) {
    return result ? "no error" : result.error().what;
}

std::string text_of(const Result<pci::AddressSet>& result) {
    if (!result) {
        return result.error().what;
    }
    std::string out;
    for (const auto& one : *result) {
        out += (out.empty() ? "" : " ") + to_string(one);
    }
    return out;
}

TEST(SetupWords, BlanksAndQuotes) {
    EXPECT_EQ(split_words(" 1  'rtx 4090' a\"b c\"d '' ").value(),
              (Words{"1", "rtx 4090", "ab cd", ""}));
    EXPECT_EQ(split_words("  ").value(), Words{});
    EXPECT_EQ(error_of(split_words("a 'b")), "a ' is not closed in `a 'b`");
}

TEST_F(Setup, Gpus) {
    EXPECT_EQ(text_of(parse_gpus({"all"}, machine_)), "0000:00:01.0 0000:00:02.0");
    EXPECT_EQ(text_of(parse_gpus({"none"}, machine_)), "");
    EXPECT_EQ(text_of(parse_gpus({"2,1"}, machine_)), "0000:00:01.0 0000:00:02.0");
    EXPECT_EQ(text_of(parse_gpus({"rtx 4090"}, machine_)), "0000:00:01.0");
    EXPECT_EQ(text_of(parse_gpus({"00:01.1"}, machine_)), "0000:00:01.0") << "its audio function";
    EXPECT_EQ(text_of(parse_gpus({"4"}, machine_)), "there is no number 4; the GPUs are 1 to 3");
    EXPECT_EQ(text_of(parse_gpus({"0"}, machine_)), "there is no number 0; the GPUs are 1 to 3");
    EXPECT_EQ(text_of(parse_gpus({"3"}, machine_)),
              "0000:00:03.0 is a management display and always stays with the host");
    EXPECT_EQ(text_of(parse_gpus({"voodoo"}, machine_)),
              "no GPU fits `voodoo`; the GPUs are 0000:00:01.0 (NVIDIA GeForce RTX 4090), "
              "0000:00:02.0 (AMD Radeon RX 6800) and 0000:00:03.0 (ASPEED Graphics Family)");
    EXPECT_EQ(text_of(others(machine_, {address("0000:00:01.0")})), "0000:00:02.0");
}

TEST_F(Setup, Statics) {
    const auto devices = [this](const Words& words) -> Result<pci::AddressSet> {
        auto answer = parse_statics(words, machine_);
        return answer ? Result<pci::AddressSet>(answer->devices) : tl::unexpected(answer.error());
    };
    EXPECT_EQ(text_of(devices({"none"})), "");
    EXPECT_EQ(text_of(devices({"1,3"})), "0000:00:05.0 0000:00:08.0");
    EXPECT_EQ(text_of(devices({"8086:1533"})), "0000:00:05.0 0000:00:06.0");
    EXPECT_EQ(text_of(devices({"00:08.0", "pci0000:00/06.0"})), "0000:00:06.0 0000:00:08.0");
    EXPECT_EQ(text_of(devices({"usb|i210"})), "0000:00:05.0 0000:00:06.0 0000:00:08.0");
    EXPECT_EQ(text_of(devices({"4"})), "there is no number 4; the devices are 1 to 3");
    EXPECT_EQ(text_of(devices({"00:1f.0"})), "no device of this machine is `00:1f.0`");
    EXPECT_EQ(text_of(devices({"00:01.1"})),
              "0000:00:01.1 cannot be in the static set: GPUs and what belongs to them are passed "
              "by the profiles");
    EXPECT_EQ(text_of(devices({"00:1c.0"})),
              "0000:00:1c.0 cannot be in the static set: bridges stay with the host");
    EXPECT_EQ(text_of(devices({"00:07.0"})),
              "0000:00:07.0 cannot be in the static set: this host has file systems or swap there");
    EXPECT_EQ(
        text_of(devices({"[x"})),
        "`[x` is no regular expression; write numbers of the list, a PCI address "
        "(0000:01:00.0), vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0), or a "
        "part of the name");
    EXPECT_EQ(text_of(devices({std::string(300, '(')})),
              "`" + std::string(80, '(') +
                  "...` is no regular expression; write numbers of the list, a PCI address "
                  "(0000:01:00.0), vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0), "
                  "or a part of the name");
    EXPECT_EQ(text_of(devices({"voodoo"})), "no device's name matches `voodoo`");
    EXPECT_EQ(text_of(devices({"NVIDIA"})),
              "`NVIDIA` matches only 0000:00:01.0 and 0000:00:01.1: GPUs and what belongs to them "
              "are passed by the profiles");
    const auto some = parse_statics({"NVIDIA|USB|PCI bridge|memory"}, machine_).value();
    EXPECT_EQ(text_of(some.devices), "0000:00:08.0");
    const std::string also = "`NVIDIA|USB|PCI bridge|memory` also matches ";
    EXPECT_EQ(some.left_out,
              (Words{also + "0000:00:01.0 and 0000:00:01.1, left out: GPUs and what belongs to "
                            "them are passed by the profiles",
                     also + "0000:00:1c.0, left out: bridges stay with the host",
                     also + "0000:00:07.0, left out: this host has file systems or swap there"}));
}

TEST_F(Setup, Profiles) {
    EXPECT_EQ(parse_profiles({"all"}, machine_).value(), Words{});
    EXPECT_EQ(parse_profiles({"2", "keep-nvidia-2684", "2"}, machine_).value(),
              (Words{"keep-amd-73bf", "keep-nvidia-2684"}));
    EXPECT_EQ(error_of(parse_profiles({"9"}, machine_)),
              "there is no number 9; the profiles are 1 to 3");
    EXPECT_EQ(error_of(parse_profiles({"work"}, machine_)),
              "no profile with a menu entry is called `work`; there is keep-nvidia-2684, "
              "keep-amd-73bf and pass-all");
}

TEST(SetupValues, Memory) {
    using Sizes = std::vector<std::uint64_t>;
    EXPECT_EQ(parse_memory("16G").value(), Sizes{16384});
    EXPECT_EQ(parse_memory(" 16gib ").value(), Sizes{16384});
    EXPECT_EQ(parse_memory("8G, 4096M").value(), (Sizes{8192, 4096}));
    EXPECT_EQ(parse_memory("0G,8G").value(), (Sizes{0, 8192}));
    EXPECT_EQ(parse_memory("off").value(), Sizes{});
    for (const char* wrong : {"16", "much", "8G,", "0G", "-1G", "1.5G"}) {
        EXPECT_EQ(error_of(parse_memory(wrong)),
                  fmt::format("`{}` is no amount of memory; write 16G or 512M, one size for each "
                              "NUMA node as in 8G,8G, or off",
                              wrong));
    }
}

TEST(SetupValues, Cpus) {
    EXPECT_EQ(parse_cpus("2-3,6").value(), (CpuList{2, 3, 6}));
    EXPECT_EQ(parse_cpus("none").value(), CpuList{});
    for (const char* wrong : {"4-2", "four", ","}) {
        EXPECT_EQ(
            error_of(parse_cpus(wrong)),
            fmt::format("`{}` is no list of CPUs; write one such as 4-7,12-15, or off", wrong));
    }
}

TEST(SetupValues, Zram) {
    using Kind = ZramAnswer::Kind;
    EXPECT_EQ(parse_zram("4G").value(), (ZramAnswer{Kind::size, 4096}));
    EXPECT_EQ(parse_zram("AUTO").value().kind, Kind::automatic);
    EXPECT_EQ(parse_zram("off").value().kind, Kind::off);
    EXPECT_EQ(parse_zram("system").value().kind, Kind::system);
    EXPECT_EQ(error_of(parse_zram("yes")),
              "`yes` is no size for zram; write one such as 4G, auto, off or system");
}

TEST_F(Setup, NothingAnsweredChangesNothing) {
    const std::string text = "# mine\nstatic = ['8086:1533']\n[profile.pass-all]\nzram = true\n";
    EXPECT_EQ(draft(std::nullopt, {}), "");
    EXPECT_EQ(draft("", {}), "");
    EXPECT_EQ(draft(text, {}), text);
}

TEST_F(Setup, ANewFile) {
    Answers answers;
    answers.host_only = {address("0000:00:02.0")};
    answers.statics = {address("0000:00:05.0")};
    answers.memory = {8192, 4096};
    answers.cpus = {2, 3, 6, 7};
    answers.zram = ZramAnswer{ZramAnswer::Kind::automatic, 0};
    const std::string expected = new_file_head() + R"(host_only = [
    "pci0000:00/02.0",  # AMD Radeon RX 6800
]
static = [
    "pci0000:00/05.0",  # )" + kNicName +
                                 R"(
]

[profile.pass-all]
memory = ["8G", "4G"]
cpus = "2-3,6-7"
zram = true
)";
    EXPECT_EQ(draft(std::nullopt, answers), expected);
    EXPECT_EQ(draft(expected, answers), expected) << "the same again changes nothing";
}

TEST_F(Setup, CommentsAndHandMadeEntriesStay) {
    const std::string before = R"(# my machine
static = [
    # the quick one
    "pci0000:00/05.0",  # lab
    "pci0000:00/08.0"   # front
]  # end
deadline = 20

[profile.pass-all]
title = "Everything"   # as I like it
memory = "8192M"  # for the VM
zram = "2G"

[rom]  # what setup does not ask about
"01:00.0" = "/a.rom"   # dumped
)";
    Answers answers;
    answers.statics = {address("0000:00:05.0"), address("0000:00:06.0")};
    answers.profiles = {"pass-all"};
    answers.memory = {8192};
    answers.cpus = {1, 5};
    answers.zram = ZramAnswer{};
    EXPECT_EQ(draft(before, answers), fmt::format(R"(# my machine
static = [
    # the quick one
    "pci0000:00/05.0",  # lab
    "pci0000:00/06.0",  # {}
]  # end
deadline = 20

[profile.pass-all]
title = "Everything"   # as I like it
memory = "8192M"  # for the VM
cpus = "1,5"

[rom]  # what setup does not ask about
"01:00.0" = "/a.rom"   # dumped
)",
                                                  kNicName));
}

TEST_F(Setup, ASelectorOfSeveralDevicesIsTakenApart) {
    Answers answers;
    answers.statics = {address("0000:00:05.0")};
    EXPECT_EQ(draft("static = [\"8086:1533\"]\n", answers),
              fmt::format("static = [\n    \"{}\",  # {}\n]\n", kNic, kNicName));
    answers.statics = {address("0000:00:05.0"), address("0000:00:06.0")};
    EXPECT_EQ(draft("static = [\"8086:1533\"]\n", answers), "static = [\"8086:1533\"]\n");
    answers.statics = {address("0000:00:08.0")};
    EXPECT_EQ(draft("static = [\"8086:1533\", \"00:08.0\"] # two\n", answers),
              "static = [\"00:08.0\"] # two\n");
    answers.statics = pci::AddressSet();
    EXPECT_EQ(draft("static = [\"8086:1533\"]\ndeadline = 9\n", answers), "deadline = 9\n");
}

TEST_F(Setup, SettingsOfProfilesThatGoBecomeComments) {
    const std::string before =
        "[profile.keep-amd-73bf]\nmemory = \"4G\"  # some\n\n# all\n[profile.pass-all]\n"
        "memory = \"8G\"\n";
    Answers answers;
    answers.host_only = {address("0000:00:02.0")};
    const auto made = make_draft(root_, before, answers);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_EQ(made->text,
              "host_only = [\n    \"pci0000:00/02.0\",  # AMD Radeon RX 6800\n]\n\n"
              "# [profile.keep-amd-73bf]\n# memory = \"4G\"  # some\n\n# all\n[profile.pass-all]\n"
              "memory = \"8G\"\n");
    EXPECT_EQ(
        made->notes,
        Words{"this machine has no profile keep-amd-73bf then; its settings become comments"});
}

TEST_F(Setup, WhatTheMachineDoesNotHave) {
    Answers answers;
    answers.memory = {65536};
    EXPECT_EQ(draft(std::nullopt, answers),
              "error: `memory` takes 65536 of 32768 MiB, and the host needs 3276 MiB at least; ask "
              "for 28G or less");
    answers.memory = std::nullopt;
    answers.cpus = {0};
    EXPECT_EQ(draft(std::nullopt, answers),
              "error: `cpus` must leave the core of CPU 0 (0,4) to the host: the kernel boots "
              "there");
    answers.cpus = {9};
    EXPECT_EQ(draft(std::nullopt, answers),
              "error: `cpus` has 9, and this machine has the CPUs 0-7");
    answers.cpus = std::nullopt;
    answers.profiles = {"work"};
    EXPECT_EQ(draft(std::nullopt, answers),
              "error: no profile with a menu entry is called `work`; there is keep-nvidia-2684, "
              "keep-amd-73bf and pass-all");
}

TEST_F(Setup, NoProfileIsLeft) {
    Answers answers;
    answers.host_only = {address("0000:00:01.0"), address("0000:00:02.0")};
    answers.memory = {1024};
    EXPECT_EQ(draft(std::nullopt, answers),
              "error: no profile gets a menu entry, so there is none that memory, CPUs and zram "
              "could be for");
}

TEST_F(Setup, RenamedAndOwnProfiles) {
    const std::string before =
        "[profile.pass-all]\nname = \"work\"\n\n[profile.\"my.own\"]\nkeep = [\"00:01.0\"]\n";
    Answers answers;
    answers.profiles = {"work", "my.own"};
    answers.zram = ZramAnswer{ZramAnswer::Kind::off, 0};
    EXPECT_EQ(draft(before, answers),
              "[profile.pass-all]\nname = \"work\"\nzram = false\n\n[profile.\"my.own\"]\n"
              "keep = [\"00:01.0\"]\nzram = false\n");
}

TEST_F(Setup, AFileThatCannotBeEdited) {
    Answers answers;
    answers.zram = ZramAnswer{ZramAnswer::Kind::off, 0};
    EXPECT_EQ(draft("profile = { pass-all = {} }\n", answers),
              "error: " + directory_.path(kConfigPath) +
                  ": line 1, column 1: `profile` is an inline table, and those are not edited; "
                  "write it as a table with a header");
}

TEST_F(Setup, Texts) {
    EXPECT_EQ(gpus_text(machine_, read_monitors(root_)),
              R"(    1  0000:00:01.0  NVIDIA GeForce RTX 4090  (integrated, boot display)
       monitors    connected to DP-1 and HDMI-A-1
       IOMMU group 1
    2  0000:00:02.0  AMD Radeon RX 6800  (integrated)
       monitors    none connected
       IOMMU group 2
    3  0000:00:03.0  ASPEED Graphics Family  (management)
       monitors    not known without a display driver
       IOMMU group 3
)");
    EXPECT_EQ(memory_text(machine_.hardware),
              "  memory      32768 MiB, of which the host needs 3276 at least\n"
              "  NUMA node 0 16384 MiB\n"
              "  NUMA node 1 16384 MiB\n"
              "  huge pages  of 2M and 1G\n");
    EXPECT_EQ(cpus_text(machine_.hardware),
              "  node 0      0,4  1,5\n"
              "  node 1      2,6  3,7\n");
    EXPECT_EQ(memory_text({}), "  how much memory there is is not known\n");
    EXPECT_EQ(cpus_text({}), "  which CPUs there are is not known\n");
    EXPECT_EQ(statics_text(machine_),
              fmt::format("    1  0000:00:05.0  8086:1533  group 5   {0}\n"
                          "    2  0000:00:06.0  8086:1533  group 6   {0}\n"
                          "    3  0000:00:08.0  1b21:2142  group 7   USB controller: ASMedia "
                          "Technology Inc. ASM2142 USB 3.1 Host Controller\n",
                          kNicName));
}

/// Answers from a list; what is shown is kept.
class Script final : public Console {
  public:
    explicit Script(std::deque<std::string> lines) : lines_(std::move(lines)) {}
    void show(const std::string& text) override { shown += text; }
    std::optional<std::string> read_line() override {
        if (lines_.empty()) {
            return std::nullopt;
        }
        auto line = lines_.front();
        lines_.pop_front();
        shown += line + "\n";
        return line;
    }
    [[nodiscard]] bool has_shown(const std::string& text) const {
        return shown.find(text) != std::string::npos;
    }
    [[nodiscard]] std::size_t left() const { return lines_.size(); }

    std::string shown;

  private:
    std::deque<std::string> lines_;
};

class SetupDialogue : public Setup {
  protected:
    End talk(Script& script, const std::optional<std::string>& before = std::nullopt) {
        auto first = make_draft(root_, before, answers_);
        EXPECT_TRUE(first);
        draft_ = std::move(*first);
        return ask_all(
            script, read_monitors(root_),
            [&](const Answers& answers) { return make_draft(root_, before, answers); }, answers_,
            draft_);
    }

    Answers answers_;
    Draft draft_;
};

TEST_F(SetupDialogue, EnterKeepsEverything) {
    const std::string before =
        "host_only = ['00:02.0']\nstatic = ['8086:1533']\n[profile.pass-all]\nmemory = '8G'\n";
    Script script({"", "", "", "", ""});
    EXPECT_EQ(talk(script, before), End::answered);
    EXPECT_EQ(draft_.text, before);
    EXPECT_TRUE(script.has_shown("May be passed [1]: \n")) << script.shown;
    EXPECT_TRUE(script.has_shown("Static set [1 2]: \n")) << script.shown;
    EXPECT_TRUE(script.has_shown("Memory [8G]: \n")) << script.shown;
    EXPECT_TRUE(script.has_shown("CPUs [off]: \n")) << script.shown;
    EXPECT_TRUE(script.has_shown("zram [system]: \n")) << script.shown;
    EXPECT_FALSE(script.has_shown("Profiles [all]")) << "there is one only";
    EXPECT_EQ(script.left(), 0U);
}

TEST_F(SetupDialogue, WrongAnswersAreAskedAgain) {
    Script script({"7", "'x", "1 2", "[", "nvidia|usb", "work", "pass-all", "64G", "8G", "0", "1",
                   "big", "auto"});
    EXPECT_EQ(talk(script), End::answered);
    EXPECT_EQ(script.left(), 0U);
    EXPECT_TRUE(
        script.has_shown("there is no number 7; the GPUs are 1 to 3.\nMay be passed [1 2]: "));
    EXPECT_TRUE(script.has_shown("a ' is not closed in `'x`.\nMay be passed [1 2]: "));
    EXPECT_TRUE(script.has_shown("note: `nvidia|usb` also matches 0000:00:01.0 and "));
    EXPECT_TRUE(script.has_shown("ask for 28G or less.\nMemory [off]: 8G\n")) << script.shown;
    EXPECT_TRUE(script.has_shown("note: the profile pass-all: CPU 1 is isolated, but CPU 5 "));
    EXPECT_EQ(draft_.text,
              new_file_head() +
                  "static = [\n    \"pci0000:00/08.0\",  # USB controller: ASMedia Technology Inc. "
                  "ASM2142 USB 3.1 Host Controller\n]\n\n[profile.pass-all]\nmemory = \"8G\"\n"
                  "cpus = \"1\"\nzram = true\n");
}

TEST_F(SetupDialogue, WhatIsGivenIsNotAsked) {
    answers_.statics = {address("0000:00:05.0")};
    answers_.cpus = CpuList{1, 5};
    Script script({"", "", "", ""});
    EXPECT_EQ(talk(script), End::answered);
    EXPECT_EQ(script.left(), 0U);
    EXPECT_FALSE(script.has_shown("Static set ["));
    EXPECT_FALSE(script.has_shown("CPUs ["));
}

TEST_F(SetupDialogue, ItCanBeLeftAtAnyQuestion) {
    for (std::size_t questions = 0; questions < 6; ++questions) {
        std::deque<std::string> lines(questions, "");
        Script ending(lines);
        EXPECT_EQ(talk(ending), End::input_ended);
        lines.emplace_back(" q ");
        Script quitting(lines);
        EXPECT_EQ(talk(quitting), End::quit);
    }
}

TEST_F(SetupDialogue, ProfilesThatDiffer) {
    Script script({"", "", "", "", "", ""});
    const std::string before =
        "[profile.pass-all]\nmemory = '8G'\n[profile.keep-amd-73bf]\nmemory = '4G'\n";
    EXPECT_EQ(talk(script, before), End::answered);
    EXPECT_TRUE(script.has_shown("Memory [as each profile has it]: \n")) << script.shown;
    EXPECT_EQ(draft_.text, before);
}

TEST(SetupYes, YesAndNo) {
    bool value = true;
    Script script({"perhaps", "N"});
    EXPECT_EQ(ask_yes(script, "Write?", value), End::answered);
    EXPECT_FALSE(value);
    EXPECT_EQ(script.shown,
              "Write? [Y/n]: perhaps\nplease answer y or n, or q to end without any change.\n"
              "Write? [Y/n]: N\n");
    Script enter({""});
    EXPECT_EQ(ask_yes(enter, "Write?", value), End::answered);
    EXPECT_FALSE(value);
    EXPECT_EQ(enter.shown, "Write? [y/N]: \n");
}

}  // namespace
}  // namespace early_bind::setup
