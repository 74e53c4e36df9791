// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "core/text.hpp"
#include "grub-gen/legacy/devices.hpp"
#include "grub-gen/legacy/parsers.hpp"
#include "grub-gen/legacy/shell_line.hpp"
#include "tests/support/machine_builder.hpp"

namespace early_bind::legacy {
namespace {

/// Two equal NVIDIA cards, an AMD one for the host, a NIC.
pci::Inventory machine() {
    test::MachineBuilder m;
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400);
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x10de, 0x2684, 0x030000);
    m.add("0000:02:00.1", "pci0000:00/02.0/00.1", 0x10de, 0x22ba, 0x040300);
    m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, 0x030000).boot_display();
    m.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x8086, 0x1533, 0x020000).subsystem(0x1043, 0x1);
    return m.inventory();
}

/// One finding in one line: "3 binds comment_out: TEXT | MEANING | DEVICES".
std::string line_of(const LegacyFinding& finding) {
    const std::vector<const char*> effects = {"binds", "blocks", "loads", "options"};
    const std::vector<const char*> edits = {"none", "remove_words", "comment_out", "set_aside"};
    std::string line = fmt::format("{} {} {}: {} | {} | {}", finding.line,
                                   effects.at(static_cast<std::size_t>(finding.effect)),
                                   edits.at(static_cast<std::size_t>(finding.edit)), finding.text,
                                   finding.meaning, text::join_words(test::texts(finding.devices)));
    line += finding.disable_vga ? " disable_vga" : "";
    line += finding.disable_idle_d3 ? " disable_idle_d3" : "";
    return line + (finding.next.empty() ? "" : " next: " + finding.next);
}

std::vector<std::string> lines_of_all(const Findings& findings) {
    std::vector<std::string> lines;
    for (const auto& finding : findings) {
        lines.push_back(line_of(finding));
    }
    return lines;
}

using Lines = std::vector<std::string>;

std::string judged(std::string_view word) {
    const auto finding = judge_word(word, machine());
    return finding ? line_of(*finding) : "nothing";
}

TEST(LegacyDevices, Ids) {
    const auto ids = [](std::string_view text) {
        return test::texts(devices_by_ids(text, machine()).devices);
    };
    EXPECT_EQ(ids("10de:22ba"), (Lines{"0000:01:00.1", "0000:02:00.1"}));
    EXPECT_EQ(ids("0x8086:0x1533:1043:0001"), (Lines{"0000:05:00.0"}));
    EXPECT_EQ(ids("8086:1533:1043:0002"), Lines{});
    EXPECT_EQ(ids("8086:ffffffff"), (Lines{"0000:05:00.0"}));  // no bridge
    EXPECT_EQ(ids("ffffffff:ffffffff:ffffffff:ffffffff:00030000:ffff0000"),
              (Lines{"0000:01:00.0", "0000:02:00.0", "0000:03:00.0"}));
    EXPECT_EQ(ids("nonsense,10de,1:2:3:4:5:6:7,8086:1533"), (Lines{"0000:05:00.0"}));
    EXPECT_EQ(ids(""), Lines{});
    EXPECT_TRUE(devices_by_ids("10de:2684", machine()).alike);
    EXPECT_FALSE(devices_by_ids("8086:1533,1002:73bf", machine()).alike);
}

TEST(LegacyDevices, Addresses) {
    const auto of = [](std::string_view text) {
        const auto meant = devices_by_addresses(text, machine());
        return meant.words + " | " + text::join_words(test::texts(meant.devices));
    };
    EXPECT_EQ(of("(0000:01:00.0)(05:00.0)(0000:09:00.0)"),
              "the devices 0000:01:00.0, 0000:05:00.0 and 0000:09:00.0 | 0000:01:00.0 and "
              "0000:05:00.0");
    EXPECT_EQ(of("/sys/bus/pci/devices/0000:01:00.1/driver_override"),
              "the device 0000:01:00.1 | 0000:01:00.1");
    EXPECT_EQ(of("0000:01:00.8 x0000:01:00.0f"), "no device, since it names none | ");
    EXPECT_EQ(of("10000:01:00.0"), "the device 10000:01:00.0 | ");
}

TEST(LegacyCommandLine, Words) {
    EXPECT_EQ(judged("vfio-pci.ids=10de:2684,10de:22ba"),
              "0 binds remove_words: vfio-pci.ids=10de:2684,10de:22ba | binds every device with "
              "the ids 10de:2684 and 10de:22ba to vfio-pci, here 0000:01:00.0, 0000:01:00.1, "
              "0000:02:00.0 and 0000:02:00.1; it cannot tell equal devices apart | 0000:01:00.0, "
              "0000:01:00.1, 0000:02:00.0 and 0000:02:00.1");
    EXPECT_EQ(judged("vfio_pci.ids=8086:1533"),
              "0 binds remove_words: vfio_pci.ids=8086:1533 | binds every device with the id "
              "8086:1533 to vfio-pci, here 0000:05:00.0 | 0000:05:00.0");
    EXPECT_EQ(judged("pci-stub.ids=1:2"),
              "0 binds remove_words: pci-stub.ids=1:2 | binds every device with the id 1:2 to "
              "pci-stub; this machine has none of that | ");
    EXPECT_EQ(judged("xen-pciback.hide=(0000:05:00.0)"),
              "0 binds remove_words: xen-pciback.hide=(0000:05:00.0) | binds the device "
              "0000:05:00.0 to xen-pciback | 0000:05:00.0");
    EXPECT_EQ(judged("vfio-pci.disable_vga=1"),
              "0 options remove_words: vfio-pci.disable_vga=1 | sets an option of vfio-pci for "
              "every boot |  disable_vga");
    EXPECT_EQ(judged("vfio-pci.disable_idle_d3=0"),
              "0 options remove_words: vfio-pci.disable_idle_d3=0 | sets an option of vfio-pci "
              "for every boot | ");
    EXPECT_EQ(judged("rd.driver.pre=vfio-pci"),
              "0 loads remove_words: rd.driver.pre=vfio-pci | loads vfio-pci before other drivers "
              "| ");
    EXPECT_EQ(judged("rd.driver.pre=vfio-pci,ahci"),
              "0 loads none: rd.driver.pre=vfio-pci,ahci | loads vfio-pci and ahci before other "
              "drivers |  next: it names other modules as well: take ours out of it by hand");
    EXPECT_EQ(judged("modprobe.blacklist=nvidia,nouveau"),
              "0 blocks remove_words: modprobe.blacklist=nvidia,nouveau | keeps the drivers nvidia "
              "and nouveau from loading, which the host may need for 0000:01:00.0 and "
              "0000:02:00.0 | 0000:01:00.0 and 0000:02:00.0");
    EXPECT_EQ(judged("module_blacklist=i915,pcspkr"),
              "0 blocks none: module_blacklist=i915,pcspkr | keeps the driver i915 from loading; "
              "this machine has no device for it |  next: it names other modules as well: take "
              "ours out of it by hand");
    for (const char* word :
         {"", "quiet", "vfio-pci", "vfio.ids=1:2", "modprobe.blacklist=pcspkr",
          "rd.driver.pre=ahci", "early-bind.profile=pass-all", "=", "iommu=pt"}) {
        EXPECT_EQ(judged(word), "nothing") << word;
    }
}

TEST(LegacyCommandLine, GrubDefaults) {
    const auto findings = find_in_grub_defaults(
        "# GRUB_CMDLINE_LINUX=\"vfio-pci.ids=8086:1533\"\n"
        "GRUB_TIMEOUT=5\n"
        "GRUB_CMDLINE_LINUX_DEFAULT='quiet vfio-pci.ids=8086:1533' # pci-stub.ids=1:2\n"
        "export GRUB_CMDLINE_LINUX+=rd.driver.pre=vfio-pci\n"
        "OTHER=\"vfio-pci.ids=8086:1533\"\n"
        "GRUB_CMDLINE_LINUX=\"quiet \\\n"
        "  vfio-pci.disable_vga=1\"\n"
        "vfio-pci.disable_vga=1\n"
        "GRUB_CMDLINE_LINUX=quiet\\\n"
        "vfio-pci.disable_vga=0\n"
        "vfio-pci.disable_vga=1\n"
        "GRUB_CMDLINE_LINUX='quiet\n"
        "it\"s\n"
        "vfio-pci.disable_vga=0'\n"
        "vfio-pci.disable_vga=1\n",
        machine());
    EXPECT_EQ(lines_of_all(findings),
              (Lines{"3 binds remove_words: vfio-pci.ids=8086:1533 | binds every device with the "
                     "id 8086:1533 to vfio-pci, here 0000:05:00.0 | 0000:05:00.0",
                     "4 loads remove_words: rd.driver.pre=vfio-pci | loads vfio-pci before other "
                     "drivers | ",
                     "7 options none: vfio-pci.disable_vga=1 | sets an option of vfio-pci for "
                     "every boot |  disable_vga next: the value is more than plain words in one "
                     "line: take it "
                     "out by hand",
                     "10 options none: vfio-pci.disable_vga=0 | sets an option of vfio-pci for "
                     "every boot |  next: the value is more than plain words in one line: take it "
                     "out by hand",
                     "14 options none: vfio-pci.disable_vga=0 | sets an option of vfio-pci for "
                     "every boot |  next: the value is more than plain words in one line: take it "
                     "out by hand"}));
}

TEST(LegacyCommandLine, GrubScripts) {
    const auto findings = find_in_grub_script(
        "menuentry 'Windows VM' {\n"
        "  # linux /vmlinuz vfio-pci.ids=1:2\n"
        "  linux /vmlinuz root=/dev/sda1 \"vfio-pci.ids=8086:1533\"\n"
        "}\n",
        machine());
    EXPECT_EQ(lines_of_all(findings),
              (Lines{"3 binds none: vfio-pci.ids=8086:1533 | binds every device with the id "
                     "8086:1533 to vfio-pci, here 0000:05:00.0 | 0000:05:00.0 next: delete this "
                     "entry by hand when a profile of ours serves in its place"}));
    EXPECT_EQ(findings.at(0).kind, LegacyKind::grub_entry);
}

TEST(LegacyModprobe, AllCommands) {
    const auto findings = find_in_modprobe(
        "# options vfio-pci ids=8086:1533\n"
        "options vfio-pci ids=8086:1533 disable_vga=1 \\\n"
        "  disable_idle_d3=1\n"
        "options vfio_pci disable_idle_d3=y\n"
        "options kvm ignore_msrs=1\n"
        "softdep nvidia pre: vfio-pci\n"
        "softdep nvidia post: nvidia-uvm\n"
        "blacklist amdgpu\n"
        "blacklist pcspkr\n"
        "install vfio-pci /sbin/vfio-pci-override.sh\n"
        "install nvidia /bin/false\n"
        "install snd /bin/true\n"
        "options xen-pciback hide=(0000:05:00.0)\n"
        "alias pci:v000010DEd00002684sv*sd*bc*sc*i* vfio-pci\n"
        "alias pci:v vfio-pci\n"
        "options\n",
        machine());
    EXPECT_EQ(
        lines_of_all(findings),
        (Lines{
            "2 binds comment_out: options vfio-pci ids=8086:1533 disable_vga=1   "
            "disable_idle_d3=1 | binds every device with the id 8086:1533 to vfio-pci, here "
            "0000:05:00.0 | 0000:05:00.0 disable_vga disable_idle_d3",
            "4 options comment_out: options vfio_pci disable_idle_d3=y | sets an option of "
            "vfio-pci for every boot |  disable_idle_d3",
            "6 loads comment_out: softdep nvidia pre: vfio-pci | loads vfio-pci before nvidia, "
            "so that it takes its devices first | ",
            "8 blocks comment_out: blacklist amdgpu | keeps the driver amdgpu from loading, "
            "which the host may need for 0000:03:00.0 | 0000:03:00.0",
            "10 loads comment_out: install vfio-pci /sbin/vfio-pci-override.sh | runs a command "
            "of its own whenever vfio-pci is loaded | ",
            "11 blocks comment_out: install nvidia /bin/false | keeps the driver nvidia from "
            "loading, which the host may need for 0000:01:00.0 and 0000:02:00.0 | 0000:01:00.0 "
            "and 0000:02:00.0",
            "13 binds comment_out: options xen-pciback hide=(0000:05:00.0) | binds the device "
            "0000:05:00.0 to xen-pciback | 0000:05:00.0",
            "14 binds comment_out: alias pci:v000010DEd00002684sv*sd*bc*sc*i* vfio-pci | binds "
            "every device with the id 10de:2684 to vfio-pci, here 0000:01:00.0 and "
            "0000:02:00.0; it cannot tell equal devices apart | 0000:01:00.0 and 0000:02:00.0"}));
    EXPECT_EQ(findings.at(0).line_count, 2U);
}

TEST(LegacyModules, Lists) {
    const auto findings = find_in_module_list(
        "# vfio\n"
        "vfio\n"
        "  vfio-pci ids=8086:1533  # the NIC\n"
        "softdep nvidia pre: vfio-pci\n"
        "coretemp\n"
        "\n",
        machine());
    EXPECT_EQ(lines_of_all(findings),
              (Lines{"2 loads comment_out: vfio | loads vfio in every boot | ",
                     "3 binds comment_out: vfio-pci ids=8086:1533  # the NIC | binds every device "
                     "with the id 8086:1533 to vfio-pci, here 0000:05:00.0 | 0000:05:00.0",
                     "4 loads comment_out: softdep nvidia pre: vfio-pci | was meant to load "
                     "vfio-pci, and does nothing here | "}));
}

TEST(LegacyDracut, Variables) {
    const auto findings = find_in_dracut(
        "force_drivers+=\" vfio vfio-pci \"\n"
        "add_drivers+=\" ahci vfio-pci \"\n"
        "kernel_cmdline+=\" vfio-pci.ids=8086:1533 quiet\"\n"
        "omit_drivers+=\" nouveau \"\n"
        "install_items+=\" /sbin/vfio-pci-override.sh /etc/x \"\n"
        "hostonly=yes\n"
        "# force_drivers+=\" vfio \"\n"
        "force_drivers+=\" vfio\n",
        machine());
    EXPECT_EQ(
        lines_of_all(findings),
        (Lines{"1 loads comment_out: vfio | loads vfio in the initramfs before udev | ",
               "1 loads comment_out: vfio-pci | loads vfio-pci in the initramfs before udev | ",
               "2 loads remove_words: vfio-pci | puts vfio-pci into the initramfs | ",
               "3 binds remove_words: vfio-pci.ids=8086:1533 | binds every device with the id "
               "8086:1533 to vfio-pci, here 0000:05:00.0 | 0000:05:00.0",
               "4 blocks comment_out: nouveau | leaves nouveau out of the initramfs | 0000:01:00.0 "
               "and 0000:02:00.0",
               "5 loads remove_words: /sbin/vfio-pci-override.sh | puts a file for binding devices "
               "into the initramfs | ",
               "8 loads none: vfio | loads vfio in the initramfs before udev |  next: the value is "
               "more than plain words in one line: take it out by hand"}));
}

TEST(LegacyScripts, ThoseThatBind) {
    const auto of = [](std::string_view text) {
        const auto finding = find_in_script(text, machine());
        return finding ? line_of(*finding) : "nothing";
    };
    EXPECT_EQ(of("#!/bin/sh\nDEVS=\"0000:05:00.0 0000:01:00.0\"\nfor DEV in $DEVS; do\n"
                 "  echo vfio-pci > /sys/bus/pci/devices/$DEV/driver_override\ndone\n"),
              "0 binds set_aside:  | binds devices to vfio-pci by itself, here 0000:01:00.0 and "
              "0000:05:00.0 | 0000:01:00.0 and 0000:05:00.0");
    EXPECT_EQ(of("echo 8086 1533 > /sys/bus/pci/drivers/vfio-pci/new_id\n"),
              "0 binds set_aside:  | binds devices to vfio-pci by itself, here 0000:05:00.0 | "
              "0000:05:00.0");
    EXPECT_EQ(of("for i in /sys/devices/pci*/*/boot_vga; do\n"
                 "  [ $(cat $i) -eq 0 ] && echo vfio-pci > ${i%/*}/driver_override\ndone\n"),
              "0 binds set_aside:  | binds devices to vfio-pci by itself, here 0000:01:00.0, "
              "0000:01:00.1, 0000:02:00.0 and 0000:02:00.1 | 0000:01:00.0, 0000:01:00.1, "
              "0000:02:00.0 and 0000:02:00.1");
    EXPECT_EQ(of("echo vfio-pci > $1/driver_override\n"),
              "0 binds set_aside:  | binds devices to vfio-pci by itself; which of this machine "
              "cannot be told from it | ");
    EXPECT_EQ(of("# echo vfio-pci > driver_override\necho hello # vfio-pci new_id\n"), "nothing");
    EXPECT_EQ(of("modprobe vfio-pci\n"), "nothing");
}

TEST(LegacyScripts, Driverctl) {
    const auto of = [](std::string_view name, std::string_view text) {
        const auto finding = find_in_driverctl(name, text, machine());
        return finding ? line_of(*finding) : "nothing";
    };
    EXPECT_EQ(of("0000:05:00.0", "vfio-pci\n"),
              "0 binds set_aside: vfio-pci | binds the device 0000:05:00.0 to vfio-pci | "
              "0000:05:00.0");
    EXPECT_EQ(of("0000:77:00.0", "vfio-pci\n"),
              "0 binds set_aside: vfio-pci | binds the device 0000:77:00.0 to vfio-pci; this "
              "machine has none of that | ");
    EXPECT_EQ(of("0000:05:00.0", "igb\n"), "nothing");
    EXPECT_EQ(of("README", "vfio-pci\n"), "nothing");
}

TEST(LegacyScripts, UdevRules) {
    const auto findings = find_in_udev_rules(
        "# SUBSYSTEM==\"pci\", ATTR{driver_override}=\"vfio-pci\"\n"
        "SUBSYSTEM==\"pci\", KERNEL==\"0000:05:00.0\", ATTR{driver_override}=\"vfio-pci\"\n"
        "ATTR{vendor}==\"0x10de\", ATTR{device}==\"0x22ba\", ATTR{driver_override}=\"vfio-pci\"\n"
        "SUBSYSTEM==\"vfio\", MODE=\"0660\"\n"
        "KERNEL==\"0000:05:00.0\", \\\n"
        "  ATTR{driver_override}=\"vfio-pci\"\n",
        machine());
    const auto lines = lines_of_all(findings);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0],
              "2 binds comment_out: SUBSYSTEM==\"pci\", KERNEL==\"0000:05:00.0\", "
              "ATTR{driver_override}=\"vfio-pci\" | binds devices to vfio-pci when they appear, "
              "here 0000:05:00.0 | 0000:05:00.0");
    EXPECT_TRUE(lines[1].ends_with("| 0000:01:00.1 and 0000:02:00.1"));
    EXPECT_TRUE(lines[2].ends_with("next: the rule has several lines: take it out by hand"));
}

TEST(LegacyShellLine, WordsAreTakenOut) {
    const auto without = [](std::string_view line, const std::vector<std::string>& words) {
        return without_words(line, parse_assignment(line).value(), words);
    };
    EXPECT_EQ(without("A=\"quiet x splash\"  # x", {"x"}), "A=\"quiet splash\"  # x");
    EXPECT_EQ(without("A=\"x quiet\"", {"x"}), "A=\"quiet\"");
    EXPECT_EQ(without("A=\"quiet x\"", {"x"}), "A=\"quiet\"");
    EXPECT_EQ(without("A=\"x\"", {"x"}), "A=\"\"");
    EXPECT_EQ(without("A=\" x y z \"", {"x", "y"}), "A=\" z \"");
    EXPECT_EQ(without("A=x", {"x"}), "A=");
    EXPECT_EQ(without("A='q \"x y\" x'", {"x"}), "A='q \"x y\"'");
    EXPECT_EQ(without("A=\"$A xx x\"", {"x"}), "A=\"$A xx\"");
}

TEST(LegacyShellLine, NoAssignment) {
    for (const char* line : {"", "# x", "if [ a = b ]", "a-b=1", "=x", "echo a=b"}) {
        EXPECT_FALSE(parse_assignment(line)) << line;
    }
    EXPECT_FALSE(parse_assignment("A=\"x")->plain);
    EXPECT_FALSE(parse_assignment("A=x\\")->plain);
    EXPECT_TRUE(parse_assignment("A=\"x\\\"\" # \"")->plain);
    EXPECT_TRUE(parse_assignment("A=\"$A ${B} x\" # `")->plain);
    EXPECT_TRUE(parse_assignment("A='`x` $(x) ${x-y}'")->plain);
    for (const char* line :
         {"A=\"$(x y)\"", "A=\"`x y`\"", "A=\"${B:-x y}\"", "A=x\"y\"", "A=\"x\"y", "A=\"${B"}) {
        EXPECT_FALSE(parse_assignment(line)->plain) << line;
    }
}

}  // namespace
}  // namespace early_bind::legacy
