// SPDX-License-Identifier: MIT
#include "grub-gen/loader/bls_file.hpp"

#include <gtest/gtest.h>

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;
using Lines = std::vector<BlsLine>;

BlsFile systemd(std::string_view text, std::string_view name = "a.conf") {
    return parse_bls_file(BlsReader::systemd_boot, name, text);
}

BlsFile grub(std::string_view text, std::string_view name = "a.conf") {
    return parse_bls_file(BlsReader::grub, name, text);
}

TEST(BlsFile, ReadsWhatKernelInstallWrites) {
    const auto file = systemd(
        "# Boot Loader Specification type#1 entry\n"
        "# File created by /usr/lib/kernel/install.d/90-loaderentry.install (systemd 252)\n"
        "title      Debian GNU/Linux 12 (bookworm)\n"
        "version    6.1.0-31-amd64\n"
        "machine-id 0123456789abcdef0123456789abcdef\n"
        "sort-key   debian\n"
        "options    root=UUID=a ro quiet systemd.machine_id=0123456789abcdef0123456789abcdef\n"
        "linux      /debian/6.1.0-31-amd64/linux\n"
        "initrd     /debian/6.1.0-31-amd64/initrd.img-6.1.0-31-amd64\n",
        "debian-6.1.0-31-amd64.conf");
    EXPECT_EQ(file.name, "debian-6.1.0-31-amd64.conf");
    EXPECT_EQ(file.id, "debian-6.1.0-31-amd64");
    EXPECT_FALSE(file.tries_left);
    EXPECT_EQ(file.lines.size(), 7U);
    EXPECT_EQ(file.value("title"), "Debian GNU/Linux 12 (bookworm)");
    EXPECT_EQ(file.value("linux"), "/debian/6.1.0-31-amd64/linux");
    EXPECT_EQ(file.value("devicetree"), "");
    EXPECT_TRUE(file.has("sort-key"));
    EXPECT_FALSE(file.has("efi"));
}

TEST(BlsFile, ReadsAsSystemdBootDoes) {
    const auto file = systemd(
        "\n \t title\t \tOne two\t \r\n"
        "lonely\n"
        "  # comment with words\n"
        "linux /a\rlinux /b\n"
        "initrd /ucode.img\n\ninitrd /initrd.img\n"
        "options a=1\n"
        "options b=2 c\n"
        "last line");
    EXPECT_EQ(file.lines, (Lines{{"title", "One two"},
                                 {"linux", "/a"},
                                 {"linux", "/b"},
                                 {"initrd", "/ucode.img"},
                                 {"initrd", "/initrd.img"},
                                 {"options", "a=1"},
                                 {"options", "b=2 c"},
                                 {"last", "line"}}));
    EXPECT_EQ(file.value("linux"), "/b");
    EXPECT_EQ(file.value("options"), "a=1 b=2 c");
    EXPECT_EQ(file.values("initrd"), (Strings{"/ucode.img", "/initrd.img"}));
}

TEST(BlsFile, SystemdBootTakesQuotesAwayThatStandAroundAValue) {
    const auto file = systemd(
        "title \"Quoted words\"\nversion '1'\noptions \"a b\" c\nsort-key \"\nmachine-id \"a'\n");
    EXPECT_EQ(file.value("title"), "Quoted words");
    EXPECT_EQ(file.value("version"), "1");
    EXPECT_EQ(file.value("options"), "\"a b\" c");
    EXPECT_EQ(file.value("sort-key"), "");
    EXPECT_EQ(file.value("machine-id"), "\"a'");
}

TEST(BlsFile, ReadsAsGrubDoes) {
    const auto file = grub(
        "title Fedora Linux (6.12.5-200.fc41.x86_64) 41\r\n"
        "# comment\n"
        " \tlinux  /vmlinuz-6.12.5-200.fc41.x86_64\n"
        "initrd\t/initramfs-6.12.5-200.fc41.x86_64.img\n"
        "options root=UUID=a ro $tuned_params\n"
        "options second\n"
        "grub_arg \"--unrestricted\"\n"
        "version \n"
        "grub_class fedora\n",
        "0123-6.12.5-200.fc41.x86_64.conf");
    EXPECT_EQ(file.id, "0123-6.12.5-200.fc41.x86_64");
    EXPECT_EQ(file.lines, (Lines{{"title", "Fedora Linux (6.12.5-200.fc41.x86_64) 41"},
                                 {"linux", "/vmlinuz-6.12.5-200.fc41.x86_64"},
                                 {"initrd", "/initramfs-6.12.5-200.fc41.x86_64.img"},
                                 {"options", "root=UUID=a ro $tuned_params"},
                                 {"options", "second"},
                                 {"grub_arg", "\"--unrestricted\""}}));
    EXPECT_EQ(file.value("options"), "root=UUID=a ro $tuned_params");
}

TEST(BlsFile, AnEmptyLineEndsTheFileForGrubAlone) {
    const std::string text = "title A\n\nlinux /a\n";
    EXPECT_EQ(grub(text).lines, (Lines{{"title", "A"}}));
    EXPECT_EQ(systemd(text).lines, (Lines{{"title", "A"}, {"linux", "/a"}}));
}

TEST(BlsFile, GrubEndsAKeyAtTheFirstBlankAndNotAtATabBeforeIt) {
    EXPECT_EQ(grub("options\ta b\n").lines, (Lines{{"options\ta", "b"}}));
    EXPECT_EQ(systemd("options\ta b\n").lines, (Lines{{"options", "a b"}}));
}

TEST(BlsFile, TheNameCountsBootsForSystemdBootAlone) {
    const auto counted = systemd("", "debian-6.1.0+3.conf");
    EXPECT_EQ(counted.id, "debian-6.1.0");
    EXPECT_EQ(counted.tries_left, 3U);
    EXPECT_EQ(counted.tries_done, 0U);
    const auto tried = systemd("", "arch+0-4.CONF");
    EXPECT_EQ(tried.id, "arch");
    EXPECT_EQ(tried.tries_left, 0U);
    EXPECT_EQ(tried.tries_done, 4U);
    const auto twice = systemd("", "gentoo-6.1+2+1-0.conf");
    EXPECT_EQ(twice.id, "gentoo-6.1+2");
    EXPECT_EQ(twice.tries_left, 1U);
    EXPECT_EQ(grub("", "debian-6.1.0+3.conf").id, "debian-6.1.0+3");
    EXPECT_FALSE(grub("", "debian-6.1.0+3.conf").tries_left);
}

TEST(BlsFile, WhatDoesNotCountBootsBelongsToTheName) {
    for (const char* name :
         {"a+", "a+x", "a+3x", "a+3-", "a+3-x", "a+3-1-2", "a+-1", "a+3.b", "a+99999999999"}) {
        const auto file = systemd("", std::string(name) + ".conf");
        EXPECT_EQ(file.id, name);
        EXPECT_FALSE(file.tries_left) << name;
    }
}

TEST(BlsFile, KnowsTheNamesThatAReaderLooksAt) {
    for (const auto reader : {BlsReader::systemd_boot, BlsReader::grub}) {
        EXPECT_TRUE(is_bls_name(reader, "a.conf"));
        EXPECT_FALSE(is_bls_name(reader, ".a.conf"));
        EXPECT_FALSE(is_bls_name(reader, ".conf"));
        EXPECT_FALSE(is_bls_name(reader, "a.conf.new"));
        EXPECT_FALSE(is_bls_name(reader, "conf"));
    }
    EXPECT_TRUE(is_bls_name(BlsReader::systemd_boot, "A.CONF"));
    EXPECT_FALSE(is_bls_name(BlsReader::grub, "A.CONF"));
    EXPECT_FALSE(is_bls_name(BlsReader::systemd_boot, "Auto-windows.conf"));
    EXPECT_TRUE(is_bls_name(BlsReader::grub, "auto-windows.conf"));
}

TEST(BlsFile, RendersWhatReadsTheSame) {
    auto file = systemd(
        "title \"'inner' and 'outer'\"\nsort-key x\n"
        "devicetree-overlay /a /b\noptions ro \"a b\"\noptions '\"a b\" \"c d\"'\n");
    EXPECT_EQ(render_bls_file(file),
              "title      \"'inner' and 'outer'\"\n"
              "sort-key   x\n"
              "devicetree-overlay /a /b\n"
              "options    ro \"a b\"\n"
              "options    \"\"a b\" \"c d\"\"\n");
    EXPECT_EQ(systemd(render_bls_file(file)).lines, file.lines);

    file = grub("title \"A\"\nlinux /a\noptions \"ro\"\n");
    EXPECT_EQ(render_bls_file(file), "title      \"A\"\nlinux      /a\noptions    \"ro\"\n");
    EXPECT_EQ(grub(render_bls_file(file)).lines, file.lines);
}

}  // namespace
}  // namespace early_bind
