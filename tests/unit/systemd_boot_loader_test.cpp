// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_loader.hpp"

#include <gtest/gtest.h>

#include "grub-gen/loader/efi_variable.hpp"
#include "tests/support/loader_sentences.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kVariables = "sys/firmware/efi/efivars/";
constexpr const char* kVendor = "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

/// A variable as efivarfs shows it: four bytes of attributes, the text in UTF-16, a zero.
std::string variable(const std::string& text) {
    std::string bytes(4, '\x07');
    for (const char c : text + '\0') {
        bytes += c;
        bytes += '\0';
    }
    return bytes;
}

std::string stock(const std::string& version) {
    return "title Debian\nversion " + version + "\nsort-key debian\nlinux /" + version +
           "/linux\ninitrd /" + version + "/initrd\noptions ro quiet\n";
}

class SystemdBootLoaderTest : public testing::Test {
  protected:
    SystemdBootLoaderTest() {
        test::sentences.clear();
        files_.file("boot/efi/loader/entries/d-6.1.conf", stock("6.1"))
            .file("boot/efi/loader/entries/d-6.12.conf", stock("6.12"))
            .file("boot/efi/loader/loader.conf", "timeout 3\n")
            .file("usr/share/misc/pci.ids", "# nothing is known\n")
            .file("proc/sys/kernel/osrelease", "6.12\n")
            .file("proc/cmdline", "ro\n")
            .file("sys/firmware/acpi/tables/DMAR", "")
            .file(kBootTablePath, test::table_text({"keep-a", "pass-all"}))
            .directory("sys/bus/pci/devices");
    }

    void set_variable(const std::string& name, const std::string& text) {
        files_.file(kVariables + name + kVendor, variable(text));
    }

    [[nodiscard]] Strings entries() const {
        return root_.list("boot/efi/loader/entries").value_or(Strings());
    }

    test::TemporaryRoot files_;
    sysfs::Root root_ = files_.root();
    SystemdBootLoader loader_{root_};
};

TEST_F(SystemdBootLoaderTest, TheLoaderThatBootedIsTheOneWhereBothAreInstalled) {
    EXPECT_FALSE(uses_systemd_boot(root_));
    files_.file("boot/efi/EFI/systemd/systemd-bootx64.efi", "MZ");
    EXPECT_TRUE(uses_systemd_boot(root_));
    EXPECT_EQ(find_loader(root_)->kind(), Loader::Kind::systemd_boot);
    files_.file("boot/grub/grub.cfg", "");
    EXPECT_FALSE(uses_systemd_boot(root_));
    EXPECT_EQ(find_loader(root_)->kind(), Loader::Kind::grub);
    set_variable(kLoaderInfo, "systemd-boot 257.9-1~deb13u1");
    EXPECT_TRUE(uses_systemd_boot(root_));
    set_variable(kLoaderInfo, "GRUB 2.14");
    EXPECT_FALSE(uses_systemd_boot(root_));
}

TEST_F(SystemdBootLoaderTest, WritesOneEntryForEachKernelAndProfileAndTakesThemAwayAgain) {
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(entries(),
              (Strings{"a-early-bind-keep-a--6.1.conf", "a-early-bind-keep-a--6.12.conf",
                       "a-early-bind-pass-all--6.1.conf", "a-early-bind-pass-all--6.12.conf",
                       "d-6.1.conf", "d-6.12.conf"}));
    EXPECT_EQ(files_.content("boot/efi/loader/entries/d-6.1.conf"), stock("6.1"));
    EXPECT_NE(files_.content("boot/efi/loader/entries/a-early-bind-pass-all--6.1.conf")
                  .find("title      Linux 6.1: Title of pass-all\nsort-key   zz-early-bind-0003\n"),
              std::string::npos);

    // A kernel went, a profile too, and a write was cut off.
    files_.file("boot/efi/loader/entries/a-early-bind-keep-a--6.12.conf.new", "title")
        .file(kBootTablePath, test::table_text({"keep-a"}));
    std::filesystem::remove(files_.path("boot/efi/loader/entries/d-6.1.conf"));
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(entries(), (Strings{"a-early-bind-keep-a--6.12.conf", "d-6.12.conf"}));

    std::filesystem::remove(files_.path(kBootTablePath));
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(entries(), Strings{"d-6.12.conf"});
    const auto where = root_.outside_path("boot/efi/loader/entries");
    EXPECT_EQ(test::sentences,
              (Strings{"GPU layouts in " + where + ": 4", "GPU layouts in " + where + ": 1",
                       "GPU layouts in " + where + ": 0"}));
}

TEST_F(SystemdBootLoaderTest, WritesNothingInVain) {
    ASSERT_TRUE(loader_.update(test::note));
    const auto file = files_.path("boot/efi/loader/entries/a-early-bind-keep-a--6.1.conf");
    std::filesystem::last_write_time(file, {});
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(std::filesystem::last_write_time(file), std::filesystem::file_time_type());
}

TEST_F(SystemdBootLoaderTest, ADamagedTableLeavesTheEntriesAlone) {
    ASSERT_TRUE(loader_.update(test::note));
    const auto before = entries();
    files_.file(kBootTablePath, "early-bind-table 1\n");
    EXPECT_FALSE(loader_.update(test::note));
    EXPECT_EQ(entries(), before);
}

TEST_F(SystemdBootLoaderTest, SaysWhenThereIsNothingToMakeLayoutsOf) {
    std::filesystem::remove(files_.path("boot/efi/loader/entries/d-6.1.conf"));
    std::filesystem::remove(files_.path("boot/efi/loader/entries/d-6.12.conf"));
    ASSERT_TRUE(loader_.update(test::note));
    ASSERT_EQ(test::sentences.size(), 2U);
    EXPECT_EQ(test::sentences[0],
              root_.outside_path("boot/efi/loader/entries") +
                  " has no entry for a kernel, leaving the GPU layouts out of the "
                  "menu");
    test::sentences.clear();
    files_.file("boot/efi/EFI/Linux/arch.efi", "MZ");
    ASSERT_TRUE(loader_.update(test::note));
    ASSERT_EQ(test::sentences.size(), 2U);
    EXPECT_EQ(test::sentences[0],
              root_.outside_path("boot/efi/EFI/Linux") +
                  " has unified kernel images, whose command line is a part of them: they get GPU "
                  "layouts where kernel-install makes them, with `layout=uki` in "
                  "/etc/kernel/install.conf and ukify of systemd 257; with `layout=bls` and a "
                  "kernel installed anew its entry gets them");
    std::filesystem::remove_all(files_.path("boot"));
    const auto done = loader_.update(test::note);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what,
              "neither " + root_.outside_path("boot") + " nor " + root_.outside_path("efi") +
                  " nor " + root_.outside_path("boot/efi") +
                  " has a directory loader/entries: systemd-boot's partition is not mounted");
}

TEST_F(SystemdBootLoaderTest, PreviewShowsFilesThatComeAndGo) {
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(loader_.preview(test::table_text({"keep-a", "pass-all"})).value_or("failed"), "");
    const auto diff = loader_.preview(test::table_text({"keep-a", "new"})).value_or("failed");
    EXPECT_NE(diff.find("\n+title      Title of new\n"), std::string::npos) << diff;
    EXPECT_NE(diff.find("\n-title      Title of pass-all\n"), std::string::npos) << diff;
    EXPECT_FALSE(files_.has("boot/efi/loader/entries/a-early-bind-new--6.12.conf"));
}

TEST_F(SystemdBootLoaderTest, ReadsTheMenu) {
    ASSERT_TRUE(loader_.update(test::note));
    const auto menu = loader_.read_menu();
    ASSERT_TRUE(menu);
    Strings ids;
    for (const auto& entry : menu->entries.entries) {
        ids.push_back(entry.id + " " + entry.kernel_version);
    }
    EXPECT_EQ(ids, (Strings{"d-6.12 6.12", "d-6.1 6.1", "early-bind-keep-a-6.12 6.12",
                            "early-bind-pass-all-6.12 6.12", "early-bind-keep-a-6.1 6.1",
                            "early-bind-pass-all-6.1 6.1"}));
    EXPECT_EQ(menu->entries.entries[0].arguments, (Strings{"ro", "quiet"}));
    EXPECT_EQ(menu->timeout, (MenuTimeout{"menu", "3"}));
    EXPECT_EQ(loader_.find_entry("pass-all").value_or("failed"),
              "a-early-bind-pass-all--6.12.conf");
    EXPECT_EQ(loader_.find_entry("pass").value_or("failed"), "");
}

TEST_F(SystemdBootLoaderTest, TheMenuIsHiddenUnlessATimeoutIsSet) {
    EXPECT_EQ(systemd_boot_timeout("", ""), (MenuTimeout{"", "0"}));
    EXPECT_EQ(systemd_boot_timeout("", "0"), (MenuTimeout{"", "0"}));
    EXPECT_EQ(systemd_boot_timeout("", "menu-hidden"), (MenuTimeout{"", "0"}));
    EXPECT_EQ(systemd_boot_timeout("", "menu-force"), (MenuTimeout{"menu", ""}));
    EXPECT_EQ(systemd_boot_timeout("5", "0"), (MenuTimeout{"menu", "5"}));
    EXPECT_EQ(systemd_boot_timeout("menu-disabled", "5"), (MenuTimeout{"", "0"}));
}

TEST_F(SystemdBootLoaderTest, KnowsItsDefaultByTheVariable) {
    EXPECT_EQ(loader_.current_default().value_or("failed"), "");
    set_variable(kLoaderDefault, "d-6.1.conf");
    EXPECT_EQ(loader_.current_default().value_or("failed"), "");
    set_variable(kLoaderDefault, "a-early-bind-keep-a--[0-9]*.conf");
    EXPECT_EQ(loader_.current_default().value_or("failed"), "keep-a");
}

TEST_F(SystemdBootLoaderTest, ChoicesAreTheMachinesAndNotAnotherRoots) {
    const auto refused = "what systemd-boot boots is set in the machine's firmware, not in " +
                         root_.outside_path("") + ": run this in the system itself";
    const auto once = loader_.set_once("a-early-bind-keep-a--6.1.conf");
    ASSERT_FALSE(once);
    EXPECT_EQ(once.error().what, refused);
    set_variable(kLoaderDefault, "d-6.1.conf");
    const auto by_default = loader_.set_default("keep-a");
    ASSERT_FALSE(by_default);
    EXPECT_EQ(by_default.error().what, refused);
    EXPECT_FALSE(files_.has(kFormerDefaultPath));
    EXPECT_TRUE(loader_.forget_choices());  // there is none
    set_variable(kLoaderOnce, "d-6.1.conf");
    EXPECT_TRUE(loader_.forget_choices());  // it is not ours
    set_variable(kLoaderOnce, "a-early-bind-keep-a--6.1.conf");
    const auto forgotten = loader_.forget_choices();
    ASSERT_FALSE(forgotten);
    EXPECT_EQ(forgotten.error().what, refused);
}

TEST_F(SystemdBootLoaderTest, TakesNoChoiceWhereAnotherLoaderBooted) {
    EXPECT_EQ(loader_.find_obstacle().value_or("failed"),
              "systemd-boot, which alone takes a choice, did not start this boot");
    set_variable(kLoaderInfo, "systemd-boot 257");
    EXPECT_EQ(loader_.find_obstacle().value_or("failed"), "");
}

}  // namespace
}  // namespace early_bind
