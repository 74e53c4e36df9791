// SPDX-License-Identifier: MIT
#include "grub-gen/menu.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "grub-gen/kernel_arguments.hpp"
#include "tests/support/grub_accepts.hpp"

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

std::string data_path(const std::string& name) {
    return std::string(EARLY_BIND_TEST_DATA) + "/grub/" + name;
}

std::string read_file(const std::string& name) {
    std::ifstream file(data_path(name));
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

MenuEntry one_entry(const std::string& script) {
    auto menu = parse_menu(script);
    EXPECT_EQ(menu.entries.size(), 1U);
    return menu.entries.empty() ? MenuEntry{} : menu.entries[0];
}

/// The menu of one layout, of the profile p, on a stock entry.
Menu one_layout(const MenuEntry& stock, const std::string& title, const Strings& arguments) {
    return render_menu({stock}, {{0, stock.kernel_version, "p", title, arguments}});
}

const std::string kStock =
    "menuentry 'Debian' --class debian $menuentry_id_option 'd' {\n"
    "\tlinux\t/boot/vmlinuz-6.1 root=UUID=a ro quiet\n"
    "\tinitrd\t/boot/initrd.img-6.1\n}\n";

/// What a distribution's 10_linux printed (NAME.cfg), as our menu (NAME.expected.cfg). With
/// EARLY_BIND_UPDATE_EXPECTED in the environment the latter is written anew: read it before you
/// keep it.
class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, DistributionMenu) {
    const std::string name = GetParam();
    const auto stock = parse_menu(read_file(name + ".cfg"));
    EXPECT_EQ(stock.warnings, Strings{});
    const auto kernels = first_of_each_kernel(stock.entries);
    ASSERT_EQ(kernels.size(), 2U);
    std::vector<Layout> layouts;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        const auto& kernel = kernels[i].kernel_version;
        const auto title = [&](const std::string& text) {
            return i == 0 ? text : older_kernel_title(kernel, text);
        };
        layouts.push_back({i, kernel, "keep-amd-67df",
                           title("Host keeps AMD Radeon RX 480; NVIDIA GeForce RTX 2080 Ti to VMs"),
                           entry_arguments("keep-amd-67df", "0123abcd", {"intel_iommu=on"}, {})});
        layouts.push_back({i, kernel, "pass-all",
                           title("All GPUs to VMs (the host will have no display): it's all gone"),
                           entry_arguments("pass-all", "0123abcd", {}, {"odd=a;b&c{d}$e"})});
    }
    const auto menu = render_menu(kernels, layouts);
    EXPECT_EQ(menu.warnings, Strings{});
    if (std::getenv("EARLY_BIND_UPDATE_EXPECTED") != nullptr) {
        std::ofstream(data_path(name + ".expected.cfg")) << menu.text;
    }
    EXPECT_EQ(menu.text, read_file(name + ".expected.cfg"));
    EXPECT_TRUE(test::grub_accepts(menu.text));
    EXPECT_TRUE(test::grub_accepts(read_file(name + ".cfg") + menu.text));
}

INSTANTIATE_TEST_SUITE_P(All, Golden,
                         testing::Values("arch", "debian-12", "debian-13", "opensuse-tumbleweed",
                                         "ubuntu-24.04"));

TEST(Menu, HasNothingToShow) {
    const auto menu = render_menu({}, {});
    EXPECT_EQ(menu.text, "");
    EXPECT_EQ(menu.warnings, Strings{});
}

TEST(Menu, CannotBeBrokenOutOf) {
    const auto stock = one_entry(kStock);
    const std::string name =
        "Evil' {\n}\nmenuentry 'x' { reboot } \\ $(reboot) `reboot` ${root} \" ; }";
    const auto menu = one_layout(stock, name, {"early-bind.profile=p"});
    EXPECT_EQ(menu.text,
              "submenu 'GPU layouts' $menuentry_id_option 'early-bind' {\n"
              "\tmenuentry 'Evil'\\'' { } menuentry '\\''x'\\'' { reboot } \\ $(reboot) `reboot` "
              "${root} \" ; }' --class debian $menuentry_id_option 'early-bind-p-6.1' {\n"
              "\tlinux\t/boot/vmlinuz-6.1 root=UUID=a ro quiet early-bind.profile=p\n"
              "\tinitrd\t/boot/initrd.img-6.1\n"
              "\t}\n"
              "}\n");
    EXPECT_TRUE(test::grub_accepts(menu.text));
    const auto back = one_entry(menu.text);
    EXPECT_EQ(back.id, "early-bind-p-6.1");
    EXPECT_EQ(back.title,
              "Evil' { } menuentry 'x' { reboot } \\ $(reboot) `reboot` ${root} \" ; }");
}

TEST(Menu, QuotesArgumentsThatAreSpecialToGrub) {
    const auto stock = one_entry(kStock);
    const auto menu = one_layout(stock, "t", {"a=b;reboot", "c=$d", "e=f*", "#g", "h={i}", "j=~k"});
    EXPECT_NE(menu.text.find(" quiet 'a=b;reboot' 'c=$d' 'e=f*' '#g' 'h={i}' 'j=~k'\n"),
              std::string::npos)
        << menu.text;
    EXPECT_TRUE(test::grub_accepts(menu.text));
}

TEST(Menu, LeavesOutWhatTheKernelWouldCutOff) {
    const auto stock = one_entry(kStock);
    // BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=a ro quiet and a blank: 50 bytes.
    const auto fits = one_layout(stock, "t", {std::string(1997, 'x')});
    EXPECT_EQ(fits.warnings, Strings{});
    EXPECT_NE(fits.text, "");
    const auto menu = one_layout(stock, "t", {std::string(1998, 'x')});
    EXPECT_EQ(menu.text, "");
    EXPECT_EQ(
        menu.warnings,
        (Strings{"leaving out the profile p for Linux 6.1: its kernel command line would have "
                 "2048 bytes, the kernel takes 2047"}));
}

TEST(Menu, IsFreeWhereTheEntriesAre) {
    const auto stock =
        one_entry("menuentry 'x' --users '' --unrestricted {\nlinux /vmlinuz-1\ninitrd /i\n}\n");
    EXPECT_EQ(one_layout(stock, "t", {}).text,
              "submenu 'GPU layouts' --unrestricted $menuentry_id_option 'early-bind' {\n"
              "\tmenuentry 't' --users '' --unrestricted $menuentry_id_option 'early-bind-p-1' {\n"
              "linux /vmlinuz-1\ninitrd /i\n\t}\n}\n");
}

TEST(Menu, TakesEntriesOfOneLine) {
    const auto stock = one_entry("menuentry 'x' { linux /vmlinuz-1 ro; initrd /i; }\n");
    const auto menu = one_layout(stock, "t", {"a"});
    EXPECT_EQ(menu.text,
              "submenu 'GPU layouts' $menuentry_id_option 'early-bind' {\n"
              "\tmenuentry 't' $menuentry_id_option 'early-bind-p-1' { linux /vmlinuz-1 ro a; "
              "initrd /i;\n\t}\n}\n");
    EXPECT_TRUE(test::grub_accepts(menu.text));
}

}  // namespace
}  // namespace early_bind
