// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>

#include "grub-gen/doctor/check_images.hpp"
#include "grub-gen/doctor/image.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::doctor {
namespace {

using Parts = std::vector<ImagePart>;

const std::vector<std::string> kCat = {"cat"};
const std::vector<std::string> kZstd = {"zstd", "-q", "-d", "-c"};
const std::string kZstdMagic = "\x28\xb5\x2f\xfd";

void pad(std::string& bytes, std::size_t to) {
    bytes.append((to - bytes.size() % to) % to, '\0');
}

/// A member of a "newc" archive.
std::string member(const std::string& name, const std::string& content) {
    std::string bytes = "070701";
    for (const std::size_t number : {1UL, 0100644UL, 0UL, 0UL, 1UL, 0UL, content.size(), 0UL, 0UL,
                                     0UL, 0UL, name.size() + 1, 0UL}) {
        bytes += fmt::format("{:08x}", number);
    }
    bytes += name;
    bytes += '\0';
    pad(bytes, 4);
    bytes += content;
    pad(bytes, 4);
    return bytes;
}

std::string archive(const std::string& members) {
    std::string bytes = members + member("TRAILER!!!", "");
    pad(bytes, 512);
    return bytes;
}

const std::string kMicrocode = archive(member("kernel/x86/microcode/GenuineIntel.bin", "12345"));

Parts parts_of(const std::string& image) {
    const auto parts = find_parts(image);
    EXPECT_TRUE(parts) << parts.error().what;
    return parts.value_or(Parts());
}

TEST(DoctorImage, KnowsTheCompressions) {
    const std::vector<std::pair<std::string, std::string>> known = {
        {kZstdMagic, "zstd"},
        {"\x1f\x8b\x08", "gzip"},
        {std::string("\xfd"
                     "7zXZ\0",
                     6),
         "xz"},
        {std::string("\x5d\0\0\0\x80", 5), "xz"},
        {"\x02\x21\x4c\x18", "lz4"},
        {"\x04\x22\x4d\x18", "lz4"},
        {"BZh9", "bzip2"},
        {"\x89LZO", "lzop"},
    };
    for (const auto& [magic, program] : known) {
        for (const auto& before : {std::string(), kMicrocode, kMicrocode + kMicrocode}) {
            const auto parts = parts_of(before + magic + "rest");
            ASSERT_EQ(parts.size(), 1U) << program;
            EXPECT_EQ(parts[0].offset, before.size()) << program;
            EXPECT_EQ(parts[0].decompressor.front(), program);
        }
    }
}

TEST(DoctorImage, LeavesOutUncompressedArchivesOfOthers) {
    EXPECT_EQ(parts_of(kMicrocode), Parts());
    const auto ours = archive(member("a", "x") + member("usr/sbin/early-bind", "program"));
    EXPECT_EQ(parts_of(ours), (Parts{{0, kCat}}));
    EXPECT_EQ(parts_of(kMicrocode + ours), (Parts{{kMicrocode.size(), kCat}}));
    // Ubuntu: modules without compression between microcode and the rest.
    const auto modules =
        archive(member("usr/lib/modules/6/kernel/drivers/vfio/pci/vfio-pci.ko.zst", "module"));
    EXPECT_EQ(parts_of(kMicrocode + modules + kZstdMagic),
              (Parts{{kMicrocode.size(), kCat}, {kMicrocode.size() + modules.size(), kZstd}}));
}

TEST(DoctorImage, RefusesWhatIsNoImage) {
    for (const std::string& text :
         {std::string(), std::string("garbage"), std::string(512, '\0')}) {
        const auto parts = find_parts(text);
        ASSERT_FALSE(parts);
        EXPECT_EQ(parts.error().what, "it begins with no archive of a known kind");
    }
    auto endless = member("a", "x");
    const auto no_trailer = find_parts(endless);
    ASSERT_FALSE(no_trailer);
    EXPECT_EQ(no_trailer.error().what, "an archive in it is cut short");
    endless.replace(54, 8, "ffffffff");
    EXPECT_FALSE(find_parts(endless));
    endless.replace(54, 8, "  bad   ");
    EXPECT_FALSE(find_parts(endless));
}

TEST(DoctorImage, ReadsNothingBehindTheEnd) {
    const auto image = kMicrocode + archive(member("usr/sbin/early-bind", "program"));
    for (std::size_t size = 0; size < image.size(); ++size) {
        // On the heap and of this size: the sanitizer sees every byte too far.
        const std::vector<char> cut(image.begin(),
                                    image.begin() + static_cast<std::ptrdiff_t>(size));
        (void)find_parts({cut.data(), cut.size()});
    }
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        auto damaged = image;
        damaged[random() % 300] = "0f7\0"[random() % 4];
        const auto parts = find_parts(damaged);
        for (const auto& part : parts.value_or(Parts())) {
            EXPECT_LT(part.offset, damaged.size());
        }
    }
}

TEST(DoctorImage, ReadsAnImageWithoutCompression) {
    test::TemporaryRoot system;
    const auto files =
        member("usr", "").replace(14, 8, "000041ed") + member("usr/sbin/early-bind", "program") +
        member("var/lib/early-bind/boot-table", "table") +
        member("scripts/init-top/ORDER", "order") +
        member("scripts/init-top/00-early-bind", "script") + member("etc/passwd", "root");
    system.file("boot/initrd.img-1", kMicrocode + archive(files));
    const auto contents = read_image(system.root(), "boot/initrd.img-1");
    ASSERT_TRUE(contents) << contents.error().what;
    EXPECT_EQ(contents->program, "program");
    EXPECT_EQ(contents->table, "table");
    EXPECT_EQ(contents->order, "order");
    EXPECT_TRUE(contents->script);
    EXPECT_FALSE(contents->vfio);
}

TEST(DoctorImage, ReadsTheImagesOfDracut) {
    // Where dracut 059 and dracut-ng put a hook, and where usr/sbin is a link to usr/bin.
    const std::string wanted = "etc/systemd/system/sysinit.target.wants/early-bind-initrd.service";
    for (const std::string base : {"usr/lib", "var/lib"}) {
        const auto hook = base + "/dracut/hooks/cmdline/00-early-bind.sh";
        test::TemporaryRoot system;
        system.file("boot/initrd.img-1", archive(member("usr/bin/early-bind", "program") +
                                                 member(hook, "hook") + member("init", "script")));
        auto contents = read_image(system.root(), "boot/initrd.img-1");
        ASSERT_TRUE(contents) << contents.error().what;
        EXPECT_EQ(contents->program, "program");
        EXPECT_TRUE(contents->hook) << hook;
        EXPECT_FALSE(contents->unit);
        EXPECT_FALSE(contents->script);
        EXPECT_TRUE(runs_early(*contents));

        system.file("boot/initrd.img-1", archive(member(wanted, "unit") + member("init", "link")));
        contents = read_image(system.root(), "boot/initrd.img-1");
        ASSERT_TRUE(contents) << contents.error().what;
        EXPECT_TRUE(contents->unit);
        EXPECT_FALSE(contents->hook);
        EXPECT_TRUE(runs_early(*contents));
    }
    test::TemporaryRoot system;
    system.file("boot/initrd.img-1",
                archive(member("usr/lib/dracut/hooks/pre-udev/00-early-bind.sh", "late") +
                        member("usr/lib/systemd/system/early-bind-initrd.service", "not wanted") +
                        member("usr/sbin/early-bind", "program")));
    const auto contents = read_image(system.root(), "boot/initrd.img-1");
    ASSERT_TRUE(contents) << contents.error().what;
    EXPECT_FALSE(runs_early(*contents));
}

TEST(DoctorImage, HasTheNamesThat10LinuxLooksFor) {
    test::TemporaryRoot system;
    EXPECT_EQ(image_path(system.root(), "6.1"), "boot/initrd.img-6.1");
    for (const char* name : {"boot/initramfs-6.1.img", "boot/initrd-6.1", "boot/initrd-6.1.img",
                             "boot/initrd.img-6.1"}) {
        system.file(name, "image");
        EXPECT_EQ(image_path(system.root(), "6.1"), name);
    }
}

TEST(DoctorImage, SaysWhyAnImageCannotBeRead) {
    test::TemporaryRoot system;
    system.file("boot/initrd.img-1", "garbage");
    EXPECT_EQ(read_image(system.root(), "boot/initrd.img-2").error().what,
              "No such file or directory");
    EXPECT_EQ(read_image(system.root(), "boot/initrd.img-1").error().what,
              "it begins with no archive of a known kind");
}

constexpr const char* kOurs = "/scripts/init-top/00-early-bind \"$@\"\n";
constexpr const char* kUdev = "/scripts/init-top/udev \"$@\"\n";

TEST(DoctorImages, OursRunsAheadOfUdev) {
    const std::string ours = kOurs;
    const std::string udev = kUdev;
    EXPECT_TRUE(runs_ahead_of_udev(ours + udev));
    EXPECT_TRUE(runs_ahead_of_udev(ours));
    EXPECT_TRUE(runs_ahead_of_udev("/scripts/init-top/udev-early \"$@\"\n" + ours + udev));
    EXPECT_FALSE(runs_ahead_of_udev(udev + ours));
    EXPECT_FALSE(runs_ahead_of_udev(udev));
    EXPECT_FALSE(runs_ahead_of_udev("/scripts/init-top/00-early-bind-2 \"$@\"\n"));
    EXPECT_FALSE(runs_ahead_of_udev(""));
}

ImageContents healthy_image() {
    ImageContents contents;
    contents.table = "the table";
    contents.program = "the program";
    contents.order = std::string(kOurs) + kUdev;
    contents.script = true;
    contents.vfio = true;
    return contents;
}

ImageDemand demand() {
    ImageDemand demand;
    demand.table = "the table";
    demand.revision = "12345678";
    demand.program = "the program";
    return demand;
}

TEST(DoctorImages, JudgesAnImage) {
    auto contents = healthy_image();
    EXPECT_EQ(judge_image("img", contents, demand()), Findings());
    contents.vfio = false;
    EXPECT_EQ(judge_image("img", contents, demand()),
              (Findings{{Code::image_no_vfio, "img has no vfio-pci"}}));
    auto built_in = demand();
    built_in.vfio_built_in = true;
    EXPECT_EQ(judge_image("img", contents, built_in), Findings());
    BootTable table;
    contents = healthy_image();
    contents.table = render_boot_table(table);
    EXPECT_EQ(judge_image("img", contents, demand()),
              (Findings{{Code::image_stale_table, "img has the boot table " + table.revision +
                                                      ", the current one is 12345678"}}));
    EXPECT_EQ(judge_image("img", {}, demand()),
              (Findings{{Code::image_no_program, "img has no early-bind"},
                        {Code::image_no_table, "img has no boot table"},
                        {Code::image_late, "img does not run early-bind ahead of udev"},
                        {Code::image_no_vfio, "img has no vfio-pci"}}));
}

TEST(DoctorImages, WithoutAnInstalledProgramNoneIsStale) {
    auto none = demand();
    none.program.clear();
    EXPECT_EQ(judge_image("img", healthy_image(), none), Findings());
}

}  // namespace
}  // namespace early_bind::doctor
