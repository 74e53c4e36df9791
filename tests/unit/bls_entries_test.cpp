// SPDX-License-Identifier: MIT
#include "grub-gen/loader/bls_entries.hpp"

#include <gtest/gtest.h>

#include "grub-gen/loader/grub_bls_order.hpp"

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

BlsFile file(const std::string& name, const std::string& text) {
    return parse_bls_file(BlsReader::grub, name, text);
}

const std::string kText =
    "title Fedora Linux (6.17.9) 43\n"
    "version 6.17.9\n"
    "linux /vmlinuz-6.17.9\n"
    "initrd /initramfs-6.17.9.img $tuned_initrd\n"
    "initrd /more.img\n"
    "options root=UUID=a ro \"rd.x=a b\" $kernelopts\n"
    "options never=read\n"
    "grub_users $grub_users\n"
    "grub_arg --unrestricted\n"
    "grub_class fedora\n"
    "grub_class linux\n"
    "grub_hotkey f\n";

TEST(BlsOrder, IsThatOfRpm) {
    const Strings newest_first = {"6.17.12-300.fc43",
                                  "6.17.9-301.fc43",
                                  "6.17.9-300.fc43",
                                  "6.17.9~rc2",
                                  "6.17.9~rc1",
                                  "6.17",
                                  "6.9",
                                  "5"};
    for (std::size_t i = 0; i < newest_first.size(); ++i) {
        for (std::size_t k = 0; k < newest_first.size(); ++k) {
            const int order = compare_rpm_versions(newest_first[i], newest_first[k]);
            EXPECT_EQ(order > 0, i < k) << newest_first[i] << " and " << newest_first[k];
            EXPECT_EQ(order<0, i> k) << newest_first[i] << " and " << newest_first[k];
        }
    }
    EXPECT_EQ(compare_rpm_versions("1.05", "1.5"), 0);
    EXPECT_EQ(compare_rpm_versions("1_5", "1.5"), 0);
    EXPECT_GT(compare_rpm_versions("1.5", "1.a"), 0);
    EXPECT_LT(compare_rpm_versions("1.a", "1.5"), 0);
    EXPECT_GT(compare_rpm_versions("1.5+debug", "1.5"), 0);
    EXPECT_GT(compare_rpm_versions("1.5.1", "1.5+debug"), 0);
}

TEST(BlsOrder, TakesTheIdApartFromItsEnd) {
    EXPECT_GT(compare_bls_ids("a-6.10-1.fc43", "a-6.9-2.fc43"), 0);
    EXPECT_GT(compare_bls_ids("a-6.9-2.fc43", "a-0-rescue"), 0);
    EXPECT_GT(compare_bls_ids("b-1-1", "a-2-2"), 0);
    EXPECT_GT(compare_bls_ids("ostree-2", "ostree-1"), 0);
    EXPECT_EQ(compare_bls_ids("linux", "linux"), 0);
    EXPECT_LT(compare_bls_ids("linux-1", "linux-2"), 0);
}

TEST(BlsEntry, IsWhatBlscfgMakesOfTheFile) {
    const std::string rest =
        " --id 'x' {\n"
        "\tload_video\n"
        "\tset gfxpayload=keep\n"
        "\tinsmod gzio\n"
        "\tset root=\"${early_bind_boot}\"\n"
        "\tlinux ($root)/vmlinuz-6.17.9 root=UUID=a ro \"rd.x=a b\" $kernelopts\n";
    const std::string head =
        "menuentry 'Fedora Linux (6.17.9) 43' --class 'fedora' --class 'linux' "
        "\"${early_bind_users}\"";
    EXPECT_EQ(
        bls_menuentry(file("x.conf", kText), {}),
        head + rest + "\tinitrd ($root)/initramfs-6.17.9.img $tuned_initrd ($root)/more.img\n}\n");
    EXPECT_EQ(bls_menuentry(file("x.conf", kText),
                            {{"early_initrd", "a.img b.img"}, {"devicetree", "board.dtb"}}),
              head + rest +
                  "\tinitrd ($root)/a.img ($root)/b.img ($root)/initramfs-6.17.9.img "
                  "$tuned_initrd ($root)/more.img\n"
                  "\tdevicetree ($root)/board.dtb\n}\n");
}

TEST(BlsEntry, OfAFileWithLittleInIt) {
    EXPECT_EQ(bls_menuentry(file("x.conf", "title T\n"), {}), "");
    EXPECT_EQ(bls_menuentry(file("x.conf",
                                 "linux /d/linux\ninitrd /d/i\ndevicetree /d/own.dtb\n"
                                 "grub_users it's me\n"),
                            {{"devicetree", "board.dtb"}}),
              "menuentry '/d/linux' --users 'it'\\''s me' --id 'x' {\n"
              "\tload_video\n\tset gfxpayload=keep\n\tinsmod gzio\n"
              "\tset root=\"${early_bind_boot}\"\n"
              "\tlinux ($root)/d/linux $default_kernelopts\n"
              "\tinitrd ($root)/d/i\n"
              "\tdevicetree ($root)/d/own.dtb\n}\n");
    EXPECT_NE(bls_menuentry(file("x.conf", "linux /v\n"), {}).find("'/v' --unrestricted --id"),
              std::string::npos);
    EXPECT_NE(bls_menuentry(file("x.conf", "linux /v\ngrub_users $admins\n"), {})
                  .find("--users \"${admins}\" --id"),
              std::string::npos);
}

TEST(BlsEntries, AreTheNewestFirstWithoutRescue) {
    const auto menu = bls_entries(
        {file("m-6.9.1-1.conf", "linux /vmlinuz-6.9.1-1\ninitrd /i\n"),
         file("m-0-rescue.conf", "linux /vmlinuz-0-rescue-m\ninitrd /i\n"),
         file("m-6.10.0-1.conf", "version 6.10.0-1\nlinux /m/6.10.0-1/linux\ninitrd /i\n"),
         file("z.conf", "title no kernel\nefi /tool.efi\n")},
        {});
    EXPECT_EQ(menu.warnings, Strings{});
    ASSERT_EQ(menu.entries.size(), 2U);
    EXPECT_EQ(menu.entries[0].kernel_version, "6.10.0-1");
    EXPECT_EQ(menu.entries[0].kernel_file, "($root)/m/6.10.0-1/linux");
    EXPECT_EQ(menu.entries[1].kernel_version, "6.9.1-1");
    EXPECT_EQ(menu.entries[1].id, "m-6.9.1-1");
}

TEST(BlsEntries, FillVariablesIntoTheArgumentsThatArePolicy) {
    const auto menu = bls_entries({file("x.conf", kText)},
                                  {{"kernelopts", "quiet  intel_iommu=on"}, {"other", "no"}});
    ASSERT_EQ(menu.entries.size(), 1U);
    EXPECT_EQ(menu.entries[0].arguments,
              (Strings{"root=UUID=a", "ro", "rd.x=a b", "quiet", "intel_iommu=on"}));
    EXPECT_EQ(menu.entries[0].body.size(), 2U);
    EXPECT_TRUE(menu.entries[0].body[0].ends_with(" \"rd.x=a b\" $kernelopts"))
        << menu.entries[0].body[0];
    EXPECT_EQ(used_variables(menu.entries), (Strings{"kernelopts", "tuned_initrd"}));
}

TEST(BlsEntries, WarnOfWhatIsLeftOut) {
    const std::string kernel = "linux /vmlinuz-1\ninitrd /i\noptions ";
    const auto menu =
        bls_entries({file("a.conf", "linux /vmlinuz-1\n"), file("b.conf", kernel + "a=b;reboot\n"),
                     file("c.conf", kernel + "a={b}\n"), file("d.conf", kernel + "a='b\n"),
                     file("e.conf", "linux /kernel\ninitrd /i\n")},
                    {});
    EXPECT_TRUE(menu.entries.empty());
    EXPECT_EQ(
        menu.warnings,
        (Strings{"leaving out e.conf: leaving out the entry '/kernel': the kernel's version cannot "
                 "be told from ($root)/kernel",
                 "leaving out d.conf: line 6: a quote does not end, leaving out the rest",
                 "leaving out c.conf: a brace or a separator outside of quotes ends its command",
                 "leaving out b.conf: a brace or a separator outside of quotes ends its command",
                 "leaving out a.conf: it has no initramfs that early-bind could run in"}));
}

}  // namespace
}  // namespace early_bind
