// SPDX-License-Identifier: MIT
#include "grub-gen/choice.hpp"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/profile/trial.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/loader/grub_loader.hpp"
#include "grub-gen/lock.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

constexpr const char* kMenu =
    "menuentry 'Debian' --class debian $menuentry_id_option 'gnulinux-simple' {\n"
    "\tlinux\t/boot/vmlinuz-6.12 root=UUID=a ro\n\tinitrd\t/boot/initrd.img-6.12\n}\n"
    "submenu 'GPU layouts' $menuentry_id_option 'early-bind' {\n"
    "\tmenuentry 'A' $menuentry_id_option 'early-bind-keep-a-6.12' {\n"
    "\tlinux\t/boot/vmlinuz-6.12 ro early-bind.profile=keep-a\n\tinitrd\t/boot/i-6.12\n\t}\n"
    "\tmenuentry 'Old A' $menuentry_id_option 'early-bind-keep-a-6.1' {\n"
    "\tlinux\t/boot/vmlinuz-6.1 ro early-bind.profile=keep-a\n\tinitrd\t/boot/i-6.1\n\t}\n}\n";

TEST(EntryPath, IsThatOfTheNewestKernel) {
    EXPECT_EQ(entry_path(parse_menu(kMenu), "keep-a"), "early-bind>early-bind-keep-a-6.12");
    EXPECT_EQ(entry_path(parse_menu(kMenu), "keep"), "");
    EXPECT_EQ(entry_path({}, "keep-a"), "");
}

TEST(GrubEnvironmentFile, HoldsVariables) {
    test::TemporaryRoot t;
    t.directory("boot/grub");
    const auto root = t.root();
    EXPECT_TRUE(read_grub_environment(root)->empty());
    EXPECT_TRUE(set_grub_variable(root, "x", ""));
    EXPECT_FALSE(t.has("boot/grub/grubenv"));
    ASSERT_TRUE(set_grub_variable(root, kDefaultVariable, "keep-a"));
    EXPECT_EQ(current_default(root), "keep-a");
    EXPECT_EQ(t.content("boot/grub/grubenv").size(), 1024U);
    ASSERT_TRUE(set_grub_variable(root, kOnceVariable, "early-bind>early-bind-keep-a-6.12"));
    ASSERT_TRUE(set_grub_variable(root, "saved_entry", "gnulinux-simple"));
    t.file("var/lib/early-bind/trial", "keep-a x\n");
    ASSERT_TRUE(forget_choices(root));
    EXPECT_EQ(*read_grub_environment(root),
              (std::map<std::string, std::string>{{"saved_entry", "gnulinux-simple"}}));
    EXPECT_EQ(current_default(root), "stock");
    EXPECT_FALSE(t.has("var/lib/early-bind/trial"));
}

TEST(GrubEnvironmentFile, SomebodyElsesNextEntryStays) {
    test::TemporaryRoot t;
    t.directory("boot/grub");
    ASSERT_TRUE(set_grub_variable(t.root(), kOnceVariable, "memtest"));
    ASSERT_TRUE(forget_choices(t.root()));
    EXPECT_EQ(read_grub_environment(t.root())->at(kOnceVariable), "memtest");
}

TEST(GrubEnvironmentFile, ABrokenOneIsNamed) {
    test::TemporaryRoot t;
    t.file("boot/grub/grubenv", "x");
    const auto read = read_grub_environment(t.root());
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().what.starts_with("grub-editenv failed: ")) << read.error().what;
}

TEST(LockOfARoot, IsForOne) {
    test::TemporaryRoot t;
    t.directory("var/lib");
    {
        const auto first = Lock::take(t.root());
        ASSERT_TRUE(first) << first.error().what;
        EXPECT_EQ(Lock::take(t.root()).error().what, "another grub-gen or early-bind is changing " +
                                                         t.path("") +
                                                         "; wait for its end and run this again");
    }
    EXPECT_TRUE(Lock::take(t.root()));
}

TEST(LockOfARoot, NeedsNoState) {
    const test::TemporaryRoot t;
    EXPECT_TRUE(Lock::take(t.root()));
}

}  // namespace
}  // namespace early_bind
