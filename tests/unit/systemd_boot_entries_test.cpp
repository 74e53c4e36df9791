// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_entries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "grub-gen/loader/options_text.hpp"
#include "grub-gen/loader/systemd_boot_order.hpp"

namespace early_bind {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;
using Files = std::map<std::string, std::string>;  // names and texts

constexpr const char* kMachine = "0123456789abcdef0123456789abcdef";

BlsFile file(const std::string& name, const std::string& text) {
    return parse_bls_file(BlsReader::systemd_boot, name, text);
}

std::string kernel(const std::string& more = "") {
    return "title A\nlinux /vmlinuz-6.1\ninitrd /initrd\noptions ro\n" + more;
}

Layout layout(std::size_t stock, const std::string& kernel_name, const std::string& profile) {
    return {stock,
            kernel_name,
            profile,
            "Title of " + profile,
            {"early-bind.profile=" + profile, "early-bind.rev=c0ffee00"}};
}

Files read_files(const fs::path& directory) {
    Files files;
    for (const auto& entry : fs::directory_iterator(directory)) {
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        files[entry.path().filename().string()] = text.str();
    }
    return files;
}

BootTable two_profiles() {
    BootTable table;
    table.revision = "c0ffee00";
    for (const auto& [name, title] : {std::pair{"keep-a", "Host keeps A; B to VMs"},
                                      std::pair{"pass-all", "All GPUs to VMs: A, B"}}) {
        TableProfile profile;
        profile.name = name;
        profile.title = title;
        table.profiles.push_back(profile);
    }
    return table;
}

/// The entries that a distribution has (NAME/entries, NAME/loader.conf), as ours (NAME/expected).
/// With EARLY_BIND_UPDATE_EXPECTED in the environment the latter are written anew: read them before
/// you keep them.
class SystemdBootGolden : public testing::TestWithParam<const char*> {};

TEST_P(SystemdBootGolden, DistributionEntries) {
    const fs::path directory = fs::path(EARLY_BIND_TEST_DATA) / "systemd-boot" / GetParam();
    std::vector<BlsFile> files;
    for (const auto& [name, text] : read_files(directory / "entries")) {
        files.push_back(file(name, text));
    }
    const auto loader_conf = file("loader.conf", read_files(directory)["loader.conf"]);
    const auto stock = choose_stock(files, kMachine, loader_conf.value("default"));
    EXPECT_EQ(stock.warnings, Strings{});
    std::vector<StockEntry> entries;
    for (const auto& each : stock.files) {
        entries.push_back({kernel_of(each), words_of(each.value("options"))});
    }
    MachineFacts facts;
    facts.dmar = true;
    const auto set = make_entry_set(two_profiles(), {}, facts, entries);
    EXPECT_EQ(set.warnings, Strings{});
    const auto layouts = make_layout_files(stock, set.layouts);
    EXPECT_EQ(layouts.warnings, Strings{});
    Files made;
    for (const auto& each : layouts.files) {
        made[each.name] = layout_text(each);
    }
    EXPECT_EQ(made.size(), 4U);  // two kernels, two profiles
    if (std::getenv("EARLY_BIND_UPDATE_EXPECTED") != nullptr) {
        fs::remove_all(directory / "expected");
        fs::create_directory(directory / "expected");
        for (const auto& [name, text] : made) {
            std::ofstream(directory / "expected" / name) << text;
        }
    }
    EXPECT_EQ(made, read_files(directory / "expected"));

    // The menu: the stock entries as they stood, ours behind them in the order of the policy.
    auto menu = files;
    menu.insert(menu.end(), layouts.files.begin(), layouts.files.end());
    std::sort(files.begin(), files.end(), is_shown_before);
    std::sort(menu.begin(), menu.end(), is_shown_before);
    for (std::size_t i = 0; i < menu.size(); ++i) {
        const auto& wanted = i < files.size() ? files[i] : layouts.files[i - files.size()];
        if (i < files.size() || stock.sorted) {
            EXPECT_EQ(menu[i].name, wanted.name) << i;
        }
    }
    // The default for a profile is its entry for the newest kernel.
    for (const std::string profile : {"keep-a", "pass-all"}) {
        const auto newest = entry_file_name(profile, entries.front().kernel);
        const auto first = std::find_if(menu.begin(), menu.end(), [&](const BlsFile& each) {
            return matches_pattern(default_pattern(newest), each.name);
        });
        ASSERT_NE(first, menu.end());
        EXPECT_EQ(first->name, newest);
    }
}

INSTANTIATE_TEST_SUITE_P(Distributions, SystemdBootGolden,
                         testing::Values("arch", "debian-13", "pop-os", "proxmox"));

TEST(SystemdBootEntries, NamesTellProfileAndKernel) {
    EXPECT_EQ(entry_file_name("keep-2", "6.12.57+deb13-amd64"),
              "a-early-bind-keep-2--6.12.57_deb13-amd64.conf");
    EXPECT_EQ(profile_of_file("a-early-bind-keep-2--6.12.57_deb13-amd64.conf"), "keep-2");
    EXPECT_EQ(profile_of_file("a-early-bind-keep--2.conf"), "keep");
    EXPECT_EQ(profile_of_file("debian-6.1.conf"), "");
    EXPECT_EQ(profile_of_file("a-early-bind-"), "");
    EXPECT_TRUE(is_our_file("a-early-bind-keep--2.conf"));
    EXPECT_FALSE(is_our_file("early-bind.conf"));
    EXPECT_EQ(default_pattern("a-early-bind-keep--6.1.conf"), "a-early-bind-keep--[0-9]*.conf");
    EXPECT_EQ(default_pattern("a-early-bind-keep--linux.conf"), "a-early-bind-keep--linux.conf");
}

TEST(SystemdBootEntries, AKernelIsNamedByItsVersionItsFileOrItsEntry) {
    EXPECT_EQ(kernel_of(file("a.conf", "version 6.1\nlinux /vmlinuz-linux\n")), "6.1");
    EXPECT_EQ(kernel_of(file("a.conf", "linux \\EFI\\arch\\vmlinuz-linux-lts\n")), "linux-lts");
    EXPECT_EQ(kernel_of(file("Pop_OS-current.conf", "linux /EFI/x/vmlinuz.efi\n")),
              "Pop_OS-current");
    EXPECT_EQ(kernel_of(file("Pop_OS-oldkern.conf", "linux /EFI/x/vmlinuz-previous.efi\n")),
              "Pop_OS-oldkern");
}

TEST(SystemdBootEntries, OneEntryForEachKernelAndNoneWithoutAnInitramfs) {
    const auto stock =
        choose_stock({file("a+0-3.conf", kernel()), file("b.conf", kernel()),
                      file("bare.conf", "linux /vmlinuz-7\noptions ro\n"),
                      file("words.conf", "linux /vmlinuz-8\noptions initrd=\\i ro\n"),
                      file("shell.conf", "efi /shell.efi\n")},
                     kMachine, "");
    Strings names;
    for (const auto& each : stock.files) {
        names.push_back(each.name);
    }
    EXPECT_EQ(names, (Strings{"words.conf", "b.conf"}));
    EXPECT_EQ(stock.warnings,
              (Strings{"leaving out the kernel of bare.conf: it has no initramfs that early-bind "
                       "could run in"}));
    EXPECT_FALSE(stock.sorted);
}

TEST(SystemdBootEntries, TheNewestKernelIsTheFirst) {
    const auto stock =
        choose_stock({file("x-6.9.conf", kernel("version 6.9\nsort-key x\n")),
                      file("x-6.10.conf", "linux /k\ninitrd /i\nversion 6.10\nsort-key x\n")},
                     kMachine, "x-6.9*");
    ASSERT_EQ(stock.files.size(), 2U);
    EXPECT_EQ(stock.files[0].name, "x-6.10.conf");
    EXPECT_TRUE(stock.sorted);
}

TEST(SystemdBootEntries, OurArgumentsStandInTheKernelsPart) {
    const auto options = [](const std::string& text) {
        StockFiles stock;
        stock.files = {file("a.conf", "linux /k\ninitrd /i\n" + text)};
        const auto made = make_layout_files(stock, {layout(0, "6.1", "k")});
        return made.files.size() == 1 ? made.files[0].value("options") : "";
    };
    const std::string ours = "early-bind.profile=k early-bind.rev=c0ffee00";
    EXPECT_EQ(options("options ro quiet\n"), "ro quiet " + ours);
    EXPECT_EQ(options("options ro\noptions quiet\n"), "ro quiet " + ours);
    EXPECT_EQ(options(""), ours);
    EXPECT_EQ(options("options ro -- single\n"), "ro " + ours + " -- single");
    EXPECT_EQ(options("options ro --\n"), "ro " + ours + " --");
    EXPECT_EQ(options("options -- single\n"), ours + " -- single");
    EXPECT_EQ(options("options a=\"b -- c\" --x\n"), "a=\"b -- c\" --x " + ours);
}

TEST(SystemdBootEntries, AllOtherLinesAreTheStockEntrys) {
    StockFiles stock;
    stock.sorted = true;
    stock.files = {file("a.conf",
                        "title A\nversion 6.1\nsort-key a\nlinux /k\ninitrd /u\ninitrd /i\n"
                        "devicetree /d.dtb\nnews of tomorrow\noptions ro\n")};
    const auto made = make_layout_files(stock, {layout(0, "6.1", "k"), layout(0, "6.1", "l")});
    ASSERT_EQ(made.files.size(), 2U);
    EXPECT_EQ(layout_text(made.files[1]),
              "# One of the GPU layouts of early-bind. `grub-gen refresh` makes it of the stock "
              "entry.\n"
              "title      Title of l\nsort-key   zz-early-bind-0001\nversion    6.1\n"
              "linux      /k\ninitrd     /u\ninitrd     /i\ndevicetree /d.dtb\n"
              "news       of tomorrow\n"
              "options    ro early-bind.profile=l early-bind.rev=c0ffee00\n");
}

TEST(SystemdBootEntries, LeavesOutWhatTheKernelOrTheNameCannotTake) {
    StockFiles stock;
    // 46 bytes are ours with the blank before them, "initrd=/i " are ten.
    stock.files = {file("a.conf", "linux /k\ninitrd /i\noptions " + std::string(1991, 'x') + "\n"),
                   file("b.conf", "linux /l\ninitrd /i\noptions " + std::string(1992, 'x') + "\n")};
    const auto made = make_layout_files(stock, {layout(0, "6.2", "kk"), layout(1, "6.1", "kk"),
                                                layout(0, "6.2", "a--b"), layout(0, "6.2", "a-")});
    ASSERT_EQ(made.files.size(), 1U);
    EXPECT_EQ(made.files[0].name, "a-early-bind-kk--6.2.conf");
    EXPECT_EQ(made.warnings,
              (Strings{"leaving out the profile kk for Linux 6.1: its kernel command line would "
                       "have 2048 bytes, the kernel takes 2047",
                       "leaving out the profile a--b: in the name of a file for systemd-boot `--` "
                       "ends the profile's; name it otherwise",
                       "leaving out the profile a-: in the name of a file for systemd-boot `--` "
                       "ends the profile's; name it otherwise"}));
}

}  // namespace
}  // namespace early_bind
