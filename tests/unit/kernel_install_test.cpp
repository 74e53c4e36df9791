// SPDX-License-Identifier: MIT
#include "grub-gen/loader/kernel_install.hpp"

#include <gtest/gtest.h>

#include "grub-gen/distribution.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Words = std::vector<std::string>;

TEST(KernelInstallConf, TakesTheLastOfEachKey) {
    KernelInstall settings;
    read_install_conf("# layout=bls\nlayout=bls\n\n layout = \"uki\" \nuki_generator=ukify\nx\n",
                      settings);
    EXPECT_EQ(settings, (KernelInstall{"uki", "ukify"}));
    read_install_conf("uki_generator=\n", settings);
    EXPECT_EQ(settings, (KernelInstall{"uki", ""}));
}

TEST(KernelInstallConf, TheFirstFileCountsAndDropInsOverIt) {
    test::TemporaryRoot system;
    EXPECT_EQ(read_kernel_install(system.root()), KernelInstall());
    system.file("usr/lib/kernel/install.conf", "layout=bls\nuki_generator=dracut\n");
    EXPECT_EQ(read_kernel_install(system.root()), (KernelInstall{"bls", "dracut"}));
    system.file("etc/kernel/install.conf", "layout=uki\n");
    EXPECT_EQ(read_kernel_install(system.root()), (KernelInstall{"uki", ""}));
    system.file("usr/lib/kernel/install.conf.d/10-a.conf", "layout=other\n");
    system.file("etc/kernel/install.conf.d/10-a.conf", "uki_generator=ukify\n");
    system.file("etc/kernel/install.conf.d/20-b", "layout=other\n");
    EXPECT_EQ(read_kernel_install(system.root()), (KernelInstall{"uki", "ukify"}));
}

TEST(KernelInstallConf, KnowsWhatFilesOfThisSystemBeginWith) {
    test::TemporaryRoot system;
    system.file("etc/machine-id", "0123\n").file("usr/lib/os-release", "NAME=\"A B\"\nID=debian\n");
    EXPECT_EQ(entry_tokens(system.root()), (Words{"0123", "debian"}));
    system.file("etc/kernel/entry-token", "mine\n");
    EXPECT_EQ(entry_tokens(system.root()), (Words{"mine"}));
}

TEST(KernelInstallConf, AddsAKernelFromWhereItIs) {
    test::TemporaryRoot system;
    system.file("usr/bin/kernel-install", "");
    EXPECT_EQ(add_kernel_command(system.root(), "6.1"),
              (Words{"/usr/bin/kernel-install", "add", "6.1", "/usr/lib/modules/6.1/vmlinuz"}));
    system.file("boot/vmlinuz-6.1", "").file("boot/initrd.img-6.1", "");
    EXPECT_EQ(add_kernel_command(system.root(), "6.1"),
              (Words{"/usr/bin/kernel-install", "add", "6.1", "/boot/vmlinuz-6.1",
                     "/boot/initrd.img-6.1"}));
}

TEST(KernelInstallConf, RebuildsTheImagesThatBoot) {
    test::TemporaryRoot system;
    system.file("usr/bin/kernel-install", "")
        .file("usr/bin/mkinitcpio", "")
        .file("efi/EFI/systemd/systemd-bootx64.efi", "MZ");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Words{"/usr/bin/mkinitcpio", "-P"}));
    system.file("etc/kernel/install.conf", "layout=uki\n");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Words{"/usr/bin/mkinitcpio", "-P"}));  // no ukify: the image has no layouts
    system.file("usr/bin/ukify", "--join-profile");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Words{"/usr/bin/kernel-install", "add-all"}));
}

}  // namespace
}  // namespace early_bind
