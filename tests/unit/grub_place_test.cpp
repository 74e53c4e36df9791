// SPDX-License-Identifier: MIT
#include "grub-gen/loader/grub_place.hpp"

#include <gtest/gtest.h>

#include "grub-gen/loader/loader.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

TEST(GrubPlace, IsNamedAfterItsPrograms) {
    test::TemporaryRoot t;
    EXPECT_EQ(find_grub(t.root()).menu(), "boot/grub/grub.cfg");
    t.directory("boot/grub2");
    EXPECT_EQ(find_grub(t.root()).name, "grub2");
    t.directory("boot/grub");
    EXPECT_EQ(find_grub(t.root()).name, "grub");
    t.file("usr/sbin/grub2-mkconfig", "");
    EXPECT_EQ(find_grub(t.root()).include(), "boot/grub2/early-bind.cfg");
    EXPECT_EQ(find_grub(t.root()).environment(), "boot/grub2/grubenv");
    t.file("usr/bin/grub-mkconfig", "");
    EXPECT_EQ(find_grub(t.root()).program("editenv"), "grub-editenv");
}

TEST(GrubPlace, RunsAProgramUnderEitherName) {
    const auto checked = run_grub_program("script-check", {}, "set a=b\n");
    EXPECT_EQ(checked, "");
    EXPECT_TRUE(run_grub_program("script-check", {}, "fi\n")
                    .error()
                    .what.starts_with("grub-script-check failed: "));
    EXPECT_NE(
        run_grub_program("nothing-of-that-name", {}).error().what.find("grub-nothing-of-that-name"),
        std::string::npos);
}

TEST(DefaultValue, IsThatOfTheLastAssignment) {
    EXPECT_EQ(default_value("A=1\nAB=2\n A=\"three\"  # why\n#A=4\n", "A"), "three");
    EXPECT_EQ(default_value("A='x y'\n", "A"), "x y");
    EXPECT_EQ(default_value("A=true # yes\n", "A"), "true");
    EXPECT_EQ(default_value("A=true\nA=\n", "A"), "");
    EXPECT_EQ(default_value("B=1\n", "A"), "");
}

/// The rule of Fedora's 10_linux.
TEST(UsesBls, ByTheRuleOfTheDistribution) {
    test::TemporaryRoot t;
    EXPECT_FALSE(uses_bls(t.root()));
    t.file("etc/default/grub", "GRUB_ENABLE_BLSCFG=true\n");
    EXPECT_FALSE(uses_bls(t.root())) << "a 10_linux that knows no blscfg";
    t.file("etc/grub.d/10_linux", "insmod blscfg\nblscfg\n");
    EXPECT_TRUE(uses_bls(t.root()));
    EXPECT_EQ(find_loader(t.root())->kind(), Loader::Kind::grub_bls);
    t.file("etc/default/grub", "GRUB_ENABLE_BLSCFG=\"false\"\n");
    EXPECT_FALSE(uses_bls(t.root()));
    EXPECT_EQ(find_loader(t.root())->kind(), Loader::Kind::grub);
    t.file("etc/default/grub", "GRUB_TIMEOUT=5\n");
    EXPECT_TRUE(uses_bls(t.root())) << "not set";
    t.file("usr/sbin/new-kernel-pkg", "");
    EXPECT_FALSE(uses_bls(t.root())) << "not set, with the old grubby";
}

}  // namespace
}  // namespace early_bind
