// SPDX-License-Identifier: MIT
#include "grub-gen/loader/uki.hpp"

#include <gtest/gtest.h>

#include "grub-gen/loader/uki_build.hpp"
#include "grub-gen/loader/uki_loader.hpp"
#include "tests/support/loader_sentences.hpp"
#include "tests/support/pe_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;
using Sections = std::vector<std::pair<std::string, std::string>>;

Sections stock_sections() {
    return {{".text", "stub"},        {".osrel", "ID=debian\nPRETTY_NAME=\"Debian 13\"\n"},
            {".cmdline", "ro quiet"}, {".uname", "6.12-amd64"},
            {".linux", "MZ kernel"},  {".initrd", "microcode and initramfs"}};
}

Sections with_profiles(const std::vector<UkiProfile>& profiles) {
    auto sections = stock_sections();
    sections.emplace_back(".profile", "ID=main");
    for (const auto& profile : profiles) {
        sections.emplace_back(".profile", profile_text(profile));
        sections.emplace_back(".cmdline", profile.cmdline);
    }
    return sections;
}

const std::vector<UkiProfile> kLayouts = {
    {"early-bind-keep-a", "Host keeps A; B to VMs", "ro quiet early-bind.profile=keep-a"},
    {"early-bind-pass-all", "All GPUs to VMs: A, B", "ro quiet early-bind.profile=pass-all"}};

TEST(UkiImage, WithoutProfilesHasItsStockEntryAlone) {
    test::TemporaryRoot files;
    files.file("a.efi", test::make_pe(stock_sections()));
    const auto uki = read_uki(files.root(), "a.efi");
    ASSERT_TRUE(uki);
    EXPECT_EQ(uki->title, "Debian 13");
    EXPECT_EQ(uki->kernel, "6.12-amd64");
    EXPECT_EQ(uki->cmdline, "ro quiet");
    EXPECT_TRUE(uki->profiles.empty());
}

TEST(UkiImage, TheFirstProfileIsTheStockEntry) {
    test::TemporaryRoot files;
    auto sections = with_profiles(kLayouts);
    sections.emplace_back(".profile", "ID=same\n");
    files.file("a.efi", test::make_pe(sections));
    const auto uki = read_uki(files.root(), "a.efi");
    ASSERT_TRUE(uki);
    auto profiles = kLayouts;
    profiles.push_back({"same", "", "ro quiet"});
    EXPECT_EQ(uki->cmdline, "ro quiet");
    EXPECT_EQ(uki->profiles, profiles);
}

TEST(UkiImage, TheFirstProfileMayHaveACommandLineOfItsOwn) {
    test::TemporaryRoot files;
    files.file("a.efi", test::make_pe({{".cmdline", "shared\n"},
                                       {".profile", "ID=main"},
                                       {".cmdline", std::string("own\0", 4)},
                                       {".profile", "ID=b"}}));
    const auto uki = read_uki(files.root(), "a.efi");
    ASSERT_TRUE(uki);
    EXPECT_EQ(uki->cmdline, "own");
    EXPECT_EQ(uki->profiles, (std::vector<UkiProfile>{{"b", "", "shared"}}));
}

TEST(UkiImage, ErrorsNameTheFile) {
    test::TemporaryRoot files;
    files.file("a.efi", "MZ");
    EXPECT_EQ(read_uki(files.root(), "a.efi").error().what,
              "cannot read " + files.path("a.efi") + ": it is no PE file");
    EXPECT_EQ(read_uki(files.root(), "b.efi").error().what,
              "cannot read " + files.path("b.efi") + ": No such file or directory");
}

TEST(UkiNames, AnEntryIsTheFileAndTheProfile) {
    EXPECT_EQ(uki_entry_name("debian-6.12.efi", "keep-a"), "debian-6.12.efi@early-bind-keep-a");
    EXPECT_EQ(profile_of_uki_entry("debian-6.12.efi@early-bind-keep-a"), "keep-a");
    EXPECT_EQ(profile_of_uki_entry("debian-[0-9]*.efi@early-bind-keep-a"), "keep-a");
    EXPECT_EQ(profile_of_uki_entry("debian-6.12.efi@main"), "");
    EXPECT_EQ(profile_of_uki_entry("debian-6.12.efi"), "");
    EXPECT_EQ(profile_of_uki_entry("@saved"), "");
    EXPECT_EQ(uki_default_pattern("debian-6.12.efi@early-bind-keep-a", "6.12"),
              "debian-[0-9]*.efi@early-bind-keep-a");
}

TEST(UkiNames, KernelInstallsFilesAreTokenAndKernel) {
    const Strings tokens = {"debian", "0123"};
    for (const char* name : {"debian-6.12+deb13.efi", "0123-6.12+deb13.efi",
                             "debian-6.12+deb13+3.efi", "debian-6.12+deb13+2-1.efi"}) {
        EXPECT_TRUE(is_installed_uki(name, "6.12+deb13", tokens)) << name;
    }
    for (const char* name : {"arch-6.12+deb13.efi", "debian-6.12.efi", "debian-6.12+deb13-x.efi",
                             "debian-6.12+deb13+.efi", "debian-6.12+deb13.conf"}) {
        EXPECT_FALSE(is_installed_uki(name, "6.12+deb13", tokens)) << name;
    }
    EXPECT_FALSE(is_installed_uki("debian-.efi", "", tokens));
}

TEST(UkiLayoutsTest, TakeTheStockCommandLineAndLeaveOutWhatIsTooLong) {
    const Layout layout{0, "6.12", "keep-a", "Host keeps A", {"early-bind.profile=keep-a"}};
    const auto made = make_uki_layouts({layout}, "ro -- single");
    EXPECT_EQ(made.profiles, (std::vector<UkiProfile>{{"early-bind-keep-a", "Host keeps A",
                                                       "ro early-bind.profile=keep-a -- single"}}));
    const auto none = make_uki_layouts({layout}, std::string(2040, 'a'));
    EXPECT_TRUE(none.profiles.empty());
    EXPECT_EQ(none.warnings,
              Strings{"leaving out the profile keep-a for Linux 6.12: its kernel command line "
                      "would have 2066 bytes, the kernel takes 2047"});
}

TEST(UkiBuild, MakesAFileForEachLayoutAndTheImageOnceMore) {
    UkiRequest request;
    request.uki = "tmp/s/uki.efi";
    request.kernel = "6.12";
    request.image = "boot/vmlinuz-6.12";
    request.initrds = {"tmp/s/microcode", "boot/initrd.img-6.12"};
    request.config = "etc/kernel/uki.conf";
    request.ukify = "/usr/bin/ukify";
    UkiWork work;
    work.directory = "tmp/s/w";
    work.cmdline = "tmp/s/w/cmdline";
    work.device_tree = "tmp/s/w/dtb";
    work.output = "tmp/s/w/uki.efi";
    EXPECT_EQ(plan_ukify(request, work, {kLayouts.front()}),
              (std::vector<Strings>{
                  {"/usr/bin/ukify", "build", "--config=/dev/null",
                   "--profile=ID=early-bind-keep-a\nTITLE=Host keeps A; B to VMs",
                   "--cmdline=@/tmp/s/w/layout-1.cmdline", "--output=/tmp/s/w/layout-1.efi"},
                  {"/usr/bin/ukify", "build", "--config=/etc/kernel/uki.conf",
                   "--linux=/boot/vmlinuz-6.12", "--initrd=/tmp/s/microcode",
                   "--initrd=/boot/initrd.img-6.12", "--uname=6.12", "--cmdline=@/tmp/s/w/cmdline",
                   "--devicetree=/tmp/s/w/dtb", "--join-profile=/tmp/s/w/layout-1.efi",
                   "--output=/tmp/s/w/uki.efi"}}));
}

class UkiMistake : public testing::Test {
  protected:
    /// What is said of the second image in the place of the first.
    std::string of(const Sections& before, const Sections& after, bool before_signed = false,
                   bool after_signed = false) {
        files_.file("a.efi", test::make_pe(before, before_signed))
            .file("b.efi", test::make_pe(after, after_signed));
        const auto root = files_.root();
        return find_uki_mistake(root, read_uki(root, "a.efi").value(),
                                read_uki(root, "b.efi").value(), kLayouts);
    }

    test::TemporaryRoot files_;
};

TEST_F(UkiMistake, NoneWhereAllThatIsSharedIsTheSame) {
    EXPECT_EQ(of(stock_sections(), with_profiles(kLayouts)), "");
    EXPECT_EQ(of(stock_sections(), with_profiles(kLayouts), true, true), "");
    EXPECT_EQ(of(stock_sections(), with_profiles(kLayouts), false, true), "");
}

TEST_F(UkiMistake, NeverAnUnsignedImageForASignedOne) {
    EXPECT_EQ(of(stock_sections(), with_profiles(kLayouts), true, false),
              "is not signed, as the first one is");
}

TEST_F(UkiMistake, EachByteCounts) {
    const auto good = with_profiles(kLayouts);
    EXPECT_EQ(of(stock_sections(), stock_sections()), "has other profiles");
    EXPECT_EQ(of(stock_sections(), with_profiles({kLayouts.front()})), "has other profiles");
    for (std::size_t i = 0; i < stock_sections().size(); ++i) {
        auto after = good;
        after[i].second.back() = '!';
        EXPECT_EQ(of(stock_sections(), after), after[i].first == ".cmdline"
                                                   ? "has another command line in its stock entry"
                                                   : "has another " + after[i].first);
        after = good;
        after[i].second += "!";
        EXPECT_NE(of(stock_sections(), after), "") << after[i].first;
    }
    auto before = stock_sections();
    before.emplace_back(".splash", "picture");
    EXPECT_EQ(of(before, good), "has another .splash");
}

TEST(UkiObstacle, IsSaidByItsCause) {
    test::TemporaryRoot files;
    const auto root = files.root();
    EXPECT_EQ(find_uki_obstacle(root), files.path() +
                                           "/ has no ukify, which can put GPU layouts into unified "
                                           "kernel images");
    files.file("usr/bin/ukify", "'--linux',");
    EXPECT_EQ(find_uki_obstacle(root), files.path("usr/bin/ukify") +
                                           " is of before systemd 257 and can put no GPU layouts "
                                           "into unified kernel images");
    files.file("usr/bin/ukify", "'--linux', '--join-profile',");
    EXPECT_EQ(find_uki_obstacle(root), "");
    files.file("etc/kernel/install.conf", "uki_generator=dracut\n");
    EXPECT_EQ(find_uki_obstacle(root),
              "dracut makes the unified kernel images, and only ukify can put GPU layouts into "
              "them");
    files.file("etc/kernel/install.conf", "uki_generator=ukify\n");
    std::string booted(4, '\x06');
    for (const char c : std::string("systemd-boot 252.39") + '\0') {
        booted += std::string{c, '\0'};
    }
    files.file("sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", booted);
    EXPECT_EQ(find_uki_obstacle(root),
              "systemd-boot 252.39, which started this boot, shows no GPU layouts of unified "
              "kernel images: one of systemd 257 does, which `bootctl update` installs");
}

class UkiLoaderTest : public testing::Test {
  protected:
    UkiLoaderTest() {
        test::sentences.clear();
        files_.file("efi/EFI/systemd/systemd-bootx64.efi", "MZ")
            .file("etc/kernel/install.conf", "layout=uki\n")
            .file("etc/kernel/entry-token", "debian\n")
            .file("usr/bin/ukify", "--join-profile")
            .file("usr/share/misc/pci.ids", "# nothing is known\n")
            .file("proc/sys/kernel/osrelease", "6.12-amd64\n")
            .file("proc/cmdline", "ro\n")
            .file("efi/loader/loader.conf", "timeout 3\n")
            .file(kImage, test::make_pe(with_profiles(kLayouts)))
            .directory("usr/lib/modules/6.12-amd64")
            .directory("sys/bus/pci/devices");
    }

    static constexpr const char* kImage = "efi/EFI/Linux/debian-6.12-amd64.efi";
    test::TemporaryRoot files_;
    sysfs::Root root_ = files_.root();
    UkiLoader loader_{root_};
};

TEST_F(UkiLoaderTest, IsTheLoaderWhereKernelInstallMakesTheImages) {
    EXPECT_EQ(find_loader(root_)->kind(), Loader::Kind::uki);
    files_.file("etc/kernel/install.conf", "layout=bls\n");
    EXPECT_EQ(find_loader(root_)->kind(), Loader::Kind::systemd_boot);
    files_.file("etc/kernel/install.conf", "layout=uki\n");
    std::filesystem::remove(files_.path(kImage));
    EXPECT_EQ(find_loader(root_)->kind(), Loader::Kind::uki);
    files_.file("efi/loader/entries/by-hand.conf", "linux /vmlinuz\n");
    EXPECT_EQ(find_loader(root_)->kind(), Loader::Kind::systemd_boot);
}

TEST_F(UkiLoaderTest, ReadsTheMenu) {
    files_.file("efi/EFI/Linux/debian-6.13-amd64.efi", test::make_pe(stock_sections()))
        .file("efi/EFI/Linux/other-6.12-amd64.efi", test::make_pe(stock_sections()))
        .file("efi/EFI/Linux/damaged.efi", "MZ");
    const auto menu = loader_.read_menu();
    ASSERT_TRUE(menu);
    Strings entries;
    for (const auto& entry : menu->entries.entries) {
        entries.push_back(entry.id + ": " + entry.title);
    }
    EXPECT_EQ(entries, (Strings{"debian-6.12-amd64.efi: Debian 13",
                                "early-bind-keep-a-6.12-amd64: Debian 13 (Host keeps A; B to VMs)",
                                "early-bind-pass-all-6.12-amd64: Debian 13 (All GPUs to VMs: A, "
                                "B)"}));
    EXPECT_EQ(
        menu->entries.warnings,
        Strings{"cannot read " + files_.path("efi/EFI/Linux/damaged.efi") + ": it is no PE file"});
    EXPECT_EQ(menu->timeout, (MenuTimeout{"menu", "3"}));
    EXPECT_EQ(loader_.find_entry("pass-all").value_or("failed"),
              "debian-6.12-amd64.efi@early-bind-pass-all");
    EXPECT_EQ(loader_.find_entry("pass").value_or("failed"), "");
}

TEST_F(UkiLoaderTest, PreviewShowsProfilesThatComeAndGo) {
    const auto diff = loader_.preview(test::table_text({"keep-a"})).value_or("failed");
    EXPECT_NE(diff.find("\n-ID=early-bind-pass-all\n"), std::string::npos) << diff;
    EXPECT_NE(diff.find("\n+ID=early-bind-keep-a\n+TITLE=Title of keep-a\n+ro quiet "),
              std::string::npos)
        << diff;
    std::filesystem::remove(files_.path("usr/bin/ukify"));
    EXPECT_EQ(loader_.preview(test::table_text({"keep-a"})).value_or("failed"), "");
}

TEST_F(UkiLoaderTest, SaysOnceWhatIsInTheWayAndChangesNothing) {
    const auto before = files_.content(kImage);
    files_.file(kBootTablePath, test::table_text({"keep-a"})).file("usr/bin/ukify", "");
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(test::sentences,
              Strings{files_.path("usr/bin/ukify") +
                      " is of before systemd 257 and can put no GPU layouts into unified kernel "
                      "images: leaving them out; with `layout=bls` in /etc/kernel/install.conf and "
                      "a kernel installed anew its entry gets them"});
    EXPECT_EQ(files_.content(kImage), before);
}

TEST_F(UkiLoaderTest, SaysWhenThereIsNoImageOfThisSystem) {
    files_.file(kBootTablePath, test::table_text({"keep-a"}))
        .file("etc/kernel/entry-token", "another\n");
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_EQ(test::sentences,
              (Strings{files_.path("efi/EFI/Linux") +
                           " has no unified kernel image of this system, leaving the GPU layouts "
                           "out of the menu",
                       "GPU layouts in the unified kernel images of " +
                           files_.path("efi/EFI/Linux") + ": 0"}));
}

TEST_F(UkiLoaderTest, LeavesAnImageAloneThatHasProfiles) {
    UkiRequest request;
    request.uki = kImage;
    request.ukify = "/usr/bin/ukify";
    EXPECT_EQ(add_uki_layouts(root_, request, test::note).value_or(9), 0U);  // nothing was applied
    files_.file(kBootTablePath, test::table_text({"keep-a"}));
    EXPECT_EQ(add_uki_layouts(root_, request, test::note).error().what, "it has profiles already");
    files_.file("boot/grub/grub.cfg", "");
    EXPECT_EQ(add_uki_layouts(root_, request, test::note).value_or(9), 0U);  // GRUB shows the menu
}

TEST_F(UkiLoaderTest, KnowsWhetherTheImageHasTheInitramfsOfBoot) {
    const auto uki = read_uki(root_, kImage).value();
    EXPECT_TRUE(has_current_initrd(root_, uki));  // there is none: it is made with the image
    files_.file("boot/initrd.img-6.12-amd64", "initramfs");
    EXPECT_TRUE(has_current_initrd(root_, uki));
    files_.file("boot/initrd.img-6.12-amd64", "initramfs, another");
    EXPECT_FALSE(has_current_initrd(root_, uki));
    files_.file("boot/initrd.img-6.12-amd64", std::string(4096, 'a'));
    EXPECT_FALSE(has_current_initrd(root_, uki));
}

TEST_F(UkiLoaderTest, TakesAwayEntryFilesOfAnotherLayout) {
    files_.file("efi/loader/entries/a-early-bind-keep-a--6.12.conf", "title a\n");
    std::filesystem::remove(files_.path(kImage));
    ASSERT_TRUE(loader_.update(test::note));
    EXPECT_FALSE(files_.has("efi/loader/entries/a-early-bind-keep-a--6.12.conf"));
}

}  // namespace
}  // namespace early_bind
