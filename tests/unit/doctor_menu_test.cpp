// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "grub-gen/doctor/check_menu.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/loader/grub_loader.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::doctor {
namespace {

using Strings = std::vector<std::string>;

BootTable table_with(const std::vector<std::pair<std::string, Status>>& profiles) {
    BootTable table;
    table.revision = "c0ffee00";
    for (const auto& [name, status] : profiles) {
        TableProfile profile;
        profile.name = name;
        profile.status = status;
        table.profiles.push_back(profile);
    }
    return table;
}

const BootTable kTable = table_with({{"keep-a", Status::ok},
                                     {"keep-b", Status::impossible},
                                     {"keep-c", Status::unsafe},
                                     {"pass-all", Status::no_group}});

std::string entry(const std::string& id, const std::string& kernel, const std::string& arguments) {
    return fmt::format(
        "menuentry 'Entry {0}' --id '{0}' {{\n\tlinux /boot/vmlinuz-{1} root=/dev/sda1 {2}\n"
        "\tinitrd /boot/initrd.img-{1}\n}}\n",
        id, kernel, arguments);
}

std::string layout(const std::string& profile, const std::string& kernel,
                   const std::string& revision = "c0ffee00") {
    return entry(fmt::format("early-bind-{}-{}", profile, kernel), kernel,
                 fmt::format("early-bind.profile={} early-bind.rev={}", profile, revision));
}

std::string submenu(const std::string& entries) {
    return fmt::format("submenu 'GPU layouts' --id 'early-bind' {{\n{}}}\n", entries);
}

Findings judge(const std::string& script, const Strings& kernels) {
    return judge_layouts("menu", parse_menu(script), kTable, kernels);
}

TEST(DoctorMenu, OneEntryForEachProfileAndKernel) {
    const auto menu =
        entry("stock", "1", "ro") + submenu(layout("keep-a", "1") + layout("pass-all", "1") +
                                            layout("keep-a", "2") + layout("pass-all", "2"));
    EXPECT_EQ(judge(menu, {"1", "2"}),
              (Findings{{Code::menu_ok, "menu has the 4 layouts of the boot table c0ffee00"}}));
    EXPECT_EQ(judge(menu, {"1", "2", "3"}),
              (Findings{{Code::menu_entry_missing,
                         "menu has no entry on Linux 3 for keep-a and pass-all"}}));
    EXPECT_EQ(judge(menu, {"2"}),
              (Findings{{Code::menu_entry_unknown,
                         "menu has an entry for the profile keep-a on Linux 1, which is not "
                         "installed or has no initramfs"},
                        {Code::menu_entry_unknown,
                         "menu has an entry for the profile pass-all on Linux 1, which is not "
                         "installed or has no initramfs"}}));
}

TEST(DoctorMenu, NoLayouts) {
    EXPECT_EQ(judge(entry("stock", "1", "ro"), {"1"}),
              (Findings{{Code::menu_no_layouts, "menu has no GPU layouts"}}));
    EXPECT_EQ(judge("", {"1"}), (Findings{{Code::menu_no_layouts, "menu has no GPU layouts"}}));
    // A table that offers nothing wants no layouts.
    const auto nothing = table_with({{"keep-b", Status::impossible}});
    EXPECT_EQ(judge_layouts("menu", parse_menu(entry("stock", "1", "ro")), nothing, {"1"}),
              (Findings{{Code::menu_ok, "menu has the 0 layouts of the boot table c0ffee00"}}));
}

TEST(DoctorMenu, OtherRevisionsAndProfiles) {
    EXPECT_EQ(judge(submenu(layout("keep-a", "1", "00000000") + layout("pass-all", "1") +
                            layout("keep-b", "1")),
                    {"1"}),
              (Findings{{Code::menu_stale,
                         "1 of the 3 layouts in menu are for another boot table than the current "
                         "c0ffee00"},
                        {Code::menu_entry_unknown,
                         "menu has an entry for the profile keep-b on Linux 1, which the boot "
                         "table does not offer"}}));
}

TEST(DoctorMenu, StockEntriesAreFree) {
    const auto layouts = submenu(layout("keep-a", "1"));
    EXPECT_EQ(judge_stock_entries("menu", parse_menu(entry("a", "1", "ro quiet") + layouts)),
              Findings());
    EXPECT_EQ(judge_stock_entries("menu",
                                  parse_menu(entry("a", "1", "early-bind.debug early-binding=1"))),
              Findings());
    EXPECT_EQ(
        judge_stock_entries("menu", parse_menu(entry("a", "1", "early-bind.off ro") + layouts)),
        (Findings{{Code::token_leaked,
                   "the stock entry 'Entry a' in menu has the argument early-bind.off"}}));
}

TEST(DoctorMenu, FindsTheVariablesThatLeak) {
    EXPECT_EQ(leaking_variables("GRUB_CMDLINE_LINUX=\"quiet early-bind.profile=a\"\n"
                                "GRUB_CMDLINE_LINUX_DEFAULT='early-bind.keep=b'\n"
                                "  GRUB_CMDLINE_LINUX_RECOVERY=early-bind.off\n"
                                "GRUB_CMDLINE_XEN='quiet early-bind.debug'\n"
                                "GRUB_DEFAULT=early-bind.profile\n"
                                "# GRUB_CMDLINE_LINUX=early-bind.off\n"
                                "GRUB_CMDLINE_LINUX"),
              (Strings{"GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT",
                       "GRUB_CMDLINE_LINUX_RECOVERY"}));
    EXPECT_EQ(leaking_variables(""), Strings());
}

/// What Debian's 00_header makes of a style and a number.
std::string header(const std::string& style, const std::string& seconds) {
    return fmt::format(
        "if [ \"${{recordfail}}\" = 1 ] ; then\n  set timeout=30\nelse\n"
        "  if [ x$feature_timeout_style = xy ] ; then\n    set timeout_style={}\n"
        "    set timeout={}\n  # Fallback\n  else\n    set timeout={}\n  fi\nfi\n",
        style, seconds, style == "hidden" ? "0" : seconds);
}

TEST(DoctorMenu, FindsTheTimeout) {
    EXPECT_EQ(find_timeout(header("menu", "5")), (MenuTimeout{"menu", "5"}));
    EXPECT_EQ(find_timeout(header("hidden", "3")), (MenuTimeout{"hidden", "3"}));
    EXPECT_EQ(find_timeout("set timeout=7\n"), (MenuTimeout{"", "7"}));
    EXPECT_EQ(find_timeout("set default=0\n# set timeout=1\n"), (MenuTimeout{"", ""}));
    // Ubuntu's 30_os-prober shows a hidden menu when it finds another system.
    EXPECT_EQ(find_timeout(header("hidden", "0") +
                           "set timeout_style=menu\nif [ \"${timeout}\" = 0 ]; then\n"
                           "  set timeout=10\nfi\n"),
              (MenuTimeout{"menu", "10"}));
}

TEST(DoctorMenu, JudgesTheTimeout) {
    EXPECT_EQ(judge_timeout("menu", {"menu", "5"}),
              (Findings{{Code::menu_visible, "menu shows the menu for 5 seconds"}}));
    EXPECT_EQ(judge_timeout("menu", {"menu", "-1"}),
              (Findings{{Code::menu_visible, "menu shows the menu until a key is pressed"}}));
    EXPECT_EQ(judge_timeout("menu", {}),
              (Findings{{Code::menu_visible, "menu shows the menu until a key is pressed"}}));
    EXPECT_EQ(judge_timeout("menu", {"", "0"}),
              (Findings{{Code::menu_hidden, "menu shows the menu for 0 seconds"}}));
    for (const char* style : {"hidden", "countdown"}) {
        EXPECT_EQ(judge_timeout("menu", {style, "5"}),
                  (Findings{{Code::menu_hidden,
                             fmt::format("menu hides the menu (timeout_style={})", style)}}));
    }
}

TEST(GrubEnvironment, WhatGrubCannotWriteHasAName) {
    EXPECT_EQ(unwritable("", "ext2"), "");
    EXPECT_EQ(unwritable("cryptodisk luks", "fat"), "");
    EXPECT_EQ(unwritable("lvm", "ext2"), "lvm");
    EXPECT_EQ(unwritable("diskfilter mdraid1x", "ext2"), "diskfilter");
    for (const char* fs : {"btrfs", "zfs", "squash4"}) {
        EXPECT_EQ(unwritable("", fs), fs);
    }
}

/// A GRUB that takes its entries from BLS files: the menu is grub.cfg, these files and the include.
TEST(DoctorMenuOfBls, IsTheWholeOfItsParts) {
    test::TemporaryRoot t;
    t.file("etc/grub.d/10_linux", "blscfg\n");
    t.file("etc/grub.d/42_early-bind", "");
    std::filesystem::permissions(t.path("etc/grub.d/42_early-bind"),
                                 std::filesystem::perms::owner_all);
    t.file("boot/grub2/grub.cfg", "set timeout=5\nsource ${config_directory}/early-bind.cfg\n");
    t.file("boot/vmlinuz-0-rescue-4f1c", "");
    t.file("boot/vmlinuz-6.17.9", "");
    t.file("boot/initrd.img-6.17.9", "");
    t.file("boot/loader/entries/m-6.17.9.conf",
           "linux /vmlinuz-6.17.9\ninitrd /i\noptions ro early-bind.off\n");
    auto table = table_with({});
    t.file(kBootTablePath, render_boot_table(table));
    const auto root = t.root();
    EXPECT_EQ(gather(root).kernels, (Strings{"6.17.9"}));
    const auto said = [&root] {
        auto subject = gather(root);
        subject.table = kTable;
        std::string text;
        for (const auto& finding : check_menu(subject)) {
            text += finding.what + '\n';
        }
        return text;
    };
    const auto menu = t.path("boot/grub2/grub.cfg");
    const std::string rest = "the stock entry '/vmlinuz-6.17.9' in " + menu +
                             " has the argument early-bind.off\n" + menu +
                             " shows the menu for 5 seconds\n";
    EXPECT_EQ(said(), menu + " has no GPU layouts\n" + rest);

    t.file("boot/grub2/early-bind.cfg", layout("keep-a", "6.17.9") + layout("pass-all", "6.17.9"));
    EXPECT_EQ(said(), menu + " has the 2 layouts of the boot table c0ffee00\n" + rest);
}

}  // namespace
}  // namespace early_bind::doctor
