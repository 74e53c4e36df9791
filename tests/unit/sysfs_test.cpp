// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "core/sysfs/files.hpp"
#include "core/sysfs/root.hpp"
#include "core/sysfs/writer.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::sysfs {
namespace {

using test::TemporaryRoot;
using Names = std::vector<std::string>;

TEST(Root, NamesADirectoryThatIsNotThere) {
    EXPECT_EQ(Root::open("/nonexistent/dir").error().what,
              "cannot open the root directory /nonexistent/dir: No such file or directory");
}

TEST(Root, NamesAFileThatIsNoDirectory) {
    TemporaryRoot t;
    t.file("file", "");
    EXPECT_EQ(Root::open(t.path("file")).error().what,
              "cannot open the root directory " + t.path("file") + ": Not a directory");
}

TEST(Root, KnowsTheRunningSystem) {
    TemporaryRoot t;
    EXPECT_TRUE(Root::open("/").value().is_live());
    EXPECT_TRUE(Root::open("/./").value().is_live());
    EXPECT_FALSE(t.root().is_live());
}

TEST(Root, WritesPathsAsTheUserWould) {
    TemporaryRoot t;
    EXPECT_EQ(Root::open("/").value().outside_path("proc/cmdline"), "/proc/cmdline");
    EXPECT_EQ(t.root().outside_path("proc/cmdline"), t.path("proc/cmdline"));
    EXPECT_EQ(Root::open(t.path() + "//").value().outside_path("a"), t.path("a"));
}

TEST(Root, ReadsWholeFiles) {
    TemporaryRoot t;
    const std::string large(10000, 'x');
    t.file("empty", "").file("large", large).file("page", std::string(4096, 'y'));
    EXPECT_EQ(t.root().read("empty").value(), "");
    EXPECT_EQ(t.root().read("large").value(), large);
    EXPECT_EQ(t.root().read("page").value().size(), 4096U);
}

TEST(Root, ReadsOnAfterAShortRead) {
    // procfs gives whole records only: /proc/self/mountinfo is short in its middle. A pipe can be
    // made to do the same.
    TemporaryRoot t;
    ASSERT_EQ(::mkfifo(t.path("pipe").c_str(), 0600), 0);
    (void)::signal(SIGPIPE, SIG_IGN);  // where the reader does not wait
    std::thread writer([&t] {
        const int fd = ::open(t.path("pipe").c_str(), O_WRONLY);
        EXPECT_EQ(::write(fd, "one ", 4), 4);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        EXPECT_EQ(::write(fd, "two", 3), 3);
        ::close(fd);
    });
    EXPECT_EQ(t.root().read("pipe").value(), "one two");
    writer.join();
}

TEST(Root, RefusesFilesAboveTheLimit) {
    TemporaryRoot t;
    t.file("file", "12345");
    EXPECT_EQ(t.root().read("file", 5).value(), "12345");
    EXPECT_EQ(t.root().read("file", 4).error().what,
              "cannot read " + t.path("file") + ": it is larger than 4 bytes");
}

TEST(Root, ReadsAnAttributeUpToAPage) {
    TemporaryRoot t;
    t.file("short", "0x10de\n").file("empty", "").file("most", std::string(4095, 'x'));
    t.file("page", std::string(4096, 'x'));
    const auto root = t.root();
    EXPECT_EQ(root.read_attribute("short").value(), "0x10de\n");
    EXPECT_EQ(root.read_attribute("empty").value(), "");
    EXPECT_EQ(root.read_attribute("most").value().size(), 4095U);
    EXPECT_FALSE(root.read_attribute("page"));
    EXPECT_EQ(root.read_attribute("none").error().what,
              "cannot read " + t.path("none") + ": No such file or directory");
}

TEST(Root, ReadsThroughLinksWhileOthersRename) {
    TemporaryRoot t;
    t.file("devices/one", "1\n").file("other/before", "").link("sys/link", "../devices/one");
    constexpr int kRenames = 20000;
    std::atomic<int> renames = 0;
    std::thread renaming([&] {
        for (; renames < kRenames; renames += 2) {
            std::filesystem::rename(t.path("other/before"), t.path("other/after"));
            std::filesystem::rename(t.path("other/after"), t.path("other/before"));
        }
    });
    const auto root = t.root();
    int unread = 0;
    while (renames < kRenames) {
        unread += root.read("sys/link") ? 0 : 1;
    }
    renaming.join();
    EXPECT_EQ(unread, 0);
}

TEST(Root, NamesWhatItCannotRead) {
    TemporaryRoot t;
    t.directory("dir");
    EXPECT_EQ(t.root().read("none").error().what,
              "cannot read " + t.path("none") + ": No such file or directory");
    EXPECT_EQ(t.root().read("dir").error().what,
              "cannot read " + t.path("dir") + ": Is a directory");
    EXPECT_EQ(t.root().list("none").error().what,
              "cannot list " + t.path("none") + ": No such file or directory");
    EXPECT_EQ(t.root().read_link("none").error().what,
              "cannot read the link " + t.path("none") + ": No such file or directory");
}

TEST(Root, ListsNamesInOrder) {
    TemporaryRoot t;
    t.file("d/b", "").file("d/a", "").directory("d/.c");
    EXPECT_EQ(t.root().list("d").value(), (Names{".c", "a", "b"}));
}

TEST(Root, AbsoluteLinksStayBelowIt) {
    TemporaryRoot t;
    t.file("etc/hostname", "inside").link("link", "/etc/hostname");
    EXPECT_EQ(t.root().read("link").value(), "inside");
    EXPECT_EQ(t.root().read_link("link").value(), "/etc/hostname");
}

TEST(Root, NothingLeadsOutOfIt) {
    TemporaryRoot outside;
    outside.file("secret", "secret");
    TemporaryRoot t;
    t.link("absolute", outside.path("secret"))
        .link("relative", "../../../../../../../.." + outside.path("secret"))
        .link("directory", outside.path());
    for (const auto& path : Names{"absolute", "relative", "directory/secret",
                                  "../../../.." + outside.path("secret")}) {
        EXPECT_FALSE(t.root().exists(path)) << path;
        EXPECT_FALSE(t.root().read(path)) << path;
    }
    EXPECT_FALSE(t.root().list("directory"));
}

TEST(Root, KnowsTheLastNameOfALink) {
    EXPECT_EQ(base_name("../../bus/pci/drivers/vfio-pci"), "vfio-pci");
    EXPECT_EQ(base_name("vfio-pci"), "vfio-pci");
    EXPECT_EQ(base_name("a/"), "");
}

TEST(Files, MakesAFileAndItsDirectories) {
    TemporaryRoot t;
    ASSERT_TRUE(replace_file(t.root(), "var/lib/x/file", "content"));
    EXPECT_EQ(t.content("var/lib/x/file"), "content");
}

TEST(Files, TheModeDoesNotDependOnTheUmask) {
    TemporaryRoot t;
    for (const unsigned mask : {0000U, 0022U, 0077U}) {
        const auto directory = "with" + std::to_string(mask);
        const auto former = ::umask(mask);
        EXPECT_TRUE(replace_file(t.root(), directory + "/file", "x"));
        ::umask(former);
        struct stat status {};
        ASSERT_EQ(::stat(t.path(directory + "/file").c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0644U) << mask;
        ASSERT_EQ(::stat(t.path(directory).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0755U) << mask;
    }
}

TEST(Files, WhoeverReadsTheOldFileKeepsIt) {
    TemporaryRoot t;
    t.file("file", "old content");
    const int fd = ::open(t.path("file").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_TRUE(replace_file(t.root(), "file", "new"));
    std::array<char, 32> buffer{};
    EXPECT_EQ(::read(fd, buffer.data(), buffer.size()), 11);
    ::close(fd);
    EXPECT_EQ(t.content("file"), "new");
    EXPECT_EQ(t.root().list(".").value(), (Names{"file"}));
}

TEST(Files, ALinkTakesThePlaceOfWhatIsThere) {
    TemporaryRoot t;
    t.file("dir/a", "old").link("dir/b", "nowhere").link("dir/a.new", "left by an earlier run");
    ASSERT_TRUE(replace_link(t.root(), "dir/a", "/dev/null"));
    ASSERT_TRUE(replace_link(t.root(), "dir/b", "else where"));
    ASSERT_TRUE(replace_link(t.root(), "new/c", "../dir/a"));
    EXPECT_EQ(t.root().read_link("dir/a").value(), "/dev/null");
    EXPECT_EQ(t.root().read_link("dir/b").value(), "else where");
    EXPECT_EQ(t.root().read_link("new/c").value(), "../dir/a");
    EXPECT_EQ(t.root().list("dir").value(), (Names{"a", "b"}));
    t.file("d/e/file", "x");
    const auto refused = replace_link(t.root(), "d/e", "x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "cannot make the link " + t.path("d/e") + ": Is a directory");
    EXPECT_EQ(t.root().list("d").value(), (Names{"e"}));
}

TEST(Files, AReplacedFileKeepsItsMode) {
    TemporaryRoot t;
    t.file("private", "old");
    ASSERT_EQ(::chmod(t.path("private").c_str(), 0600), 0);
    ASSERT_TRUE(replace_file(t.root(), "private", "new"));
    ASSERT_TRUE(replace_file(t.root(), "fresh", "new"));
    struct stat status = {};
    ASSERT_EQ(::stat(t.path("private").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    ASSERT_EQ(::stat(t.path("fresh").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0644U);
    EXPECT_EQ(t.content("private"), "new");
}

TEST(Files, AFailedReplacementLeavesNothingBehind) {
    TemporaryRoot t;
    t.file("dir/inside", "");
    EXPECT_EQ(replace_file(t.root(), "dir", "x").error().what,
              "cannot write " + t.path("dir") + ": Is a directory");
    EXPECT_EQ(t.root().list(".").value(), (Names{"dir"}));
}

TEST(Files, AFileInTheWayOfADirectoryIsNamed) {
    TemporaryRoot t;
    t.file("a", "");
    EXPECT_EQ(replace_file(t.root(), "a/b", "x").error().what,
              "cannot open the directory " + t.path("a") + ": Not a directory");
    EXPECT_EQ(make_directories(t.root(), "a/b/c").error().what,
              "cannot open the directory " + t.path("a") + ": Not a directory");
}

TEST(Files, ALinkIsReplacedAndNotFollowed) {
    TemporaryRoot t;
    t.file("victim", "untouched").link("file", "victim").link("other.new", "victim");
    ASSERT_TRUE(replace_file(t.root(), "file", "x"));
    EXPECT_EQ(replace_file(t.root(), "other", "x").error().what,
              "cannot write " + t.path("other") + ": Too many levels of symbolic links");
    EXPECT_EQ(t.content("victim"), "untouched");
    EXPECT_EQ(t.content("file"), "x");
}

TEST(Files, LinkedDirectoriesStayBelowTheRoot) {
    TemporaryRoot outside;
    TemporaryRoot t;
    t.link("var", outside.path());
    EXPECT_FALSE(replace_file(t.root(), "var/file", "x"));
    EXPECT_FALSE(outside.has("file"));
}

TEST(Files, RemovesFilesAndEmptyDirectories) {
    TemporaryRoot t;
    t.file("d/file", "").file("full/file", "");
    EXPECT_TRUE(remove(t.root(), "d/file"));
    EXPECT_TRUE(remove(t.root(), "d"));
    EXPECT_FALSE(t.has("d"));
    EXPECT_EQ(remove(t.root(), "full").error().what,
              "cannot remove " + t.path("full") + ": Directory not empty");
}

TEST(Files, WhatIsNotThereNeedsNoRemoval) {
    TemporaryRoot t;
    EXPECT_TRUE(remove(t.root(), "none"));
    EXPECT_TRUE(remove(t.root(), "no/such/directory"));
}

TEST(RootWriter, WritesOnlyWhatExists) {
    TemporaryRoot t;
    t.file("attribute", "");
    const auto root = t.root();
    RootWriter writer(root);
    EXPECT_EQ(writer.write("attribute", "vfio-pci"), 0);
    EXPECT_EQ(t.content("attribute"), "vfio-pci");
    EXPECT_EQ(writer.write("none", "x"), ENOENT);
    EXPECT_FALSE(t.has("none"));
    EXPECT_TRUE(writer.exists("attribute"));
    EXPECT_FALSE(writer.exists("none"));
}

TEST(RootWriter, ReadsAttributesAndNothingWhereThereIsNone) {
    TemporaryRoot t;
    t.file("sys/bus/pci/devices/0000:01:00.0/driver_override", "(null)\n");
    const auto root = t.root();
    RootWriter writer(root);
    EXPECT_EQ(writer.read("sys/bus/pci/devices/0000:01:00.0/driver_override"), "(null)");
    EXPECT_EQ(writer.read("sys/bus/pci/devices/0000:02:00.0/driver_override"), "");
}

TEST(RootWriter, InTheRunningSystemPathsBelowSysAreFoundThere) {
    const auto root = Root::open("/").value();
    RootWriter writer(root);
    EXPECT_EQ(writer.exists("sys/kernel"), root.exists("sys/kernel"));
    EXPECT_EQ(writer.exists("sys/no-such-thing"), false);
    EXPECT_TRUE(writer.exists("proc/self/status"));
    EXPECT_EQ(writer.write("sys/no-such-thing/attribute", "1"), ENOENT);
}

TEST(RootWriter, ReadsTheDriverLink) {
    TemporaryRoot t;
    t.link("device/driver", "../../bus/pci/drivers/xhci_hcd").directory("other");
    const auto root = t.root();
    RootWriter writer(root);
    EXPECT_EQ(writer.driver("device"), "xhci_hcd");
    EXPECT_EQ(writer.driver("other"), "");
    EXPECT_EQ(writer.driver("none"), "");
}

}  // namespace
}  // namespace early_bind::sysfs
