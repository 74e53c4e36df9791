// SPDX-License-Identifier: MIT
// What becomes of findings: the translation, the edits, the backup and its undo.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/sysfs/files.hpp"
#include "grub-gen/legacy/backup.hpp"
#include "grub-gen/legacy/edit.hpp"
#include "grub-gen/legacy/find.hpp"
#include "grub-gen/legacy/parsers.hpp"
#include "grub-gen/legacy/translate.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Texts = std::vector<std::string>;
using test::address;
using test::TemporaryRoot;

/// An AMD card, two equal NVIDIA ones, a NIC, an NVMe.
pci::Inventory machine() {
    test::MachineBuilder m;
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400);
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).group(1);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(1);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x10de, 0x2684, 0x030000).group(2);
    m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, 0x030000).group(3);
    m.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x8086, 0x1533, 0x020000).group(5);
    m.add("0000:06:00.0", "pci0000:00/06.0/00.0", 0x15b7, 0x5030, 0x010802).group(6);
    return m.inventory();
}

LegacyFinding binding_of(const Texts& addresses, LegacyKind kind = LegacyKind::modprobe) {
    LegacyFinding finding;
    finding.kind = kind;
    finding.effect = LegacyEffect::binds;
    for (const auto& text : addresses) {
        finding.devices.push_back(address(text));
    }
    return finding;
}

Proposal translated(const std::vector<LegacyFinding>& findings, const Choices& choices = {}) {
    const auto inventory = machine();
    const auto gpus = pci::find_gpus(inventory);
    return translate(findings, inventory, gpus, choices, make_profiles(inventory, gpus, choices));
}

TEST(LegacyTranslate, AProfileThatPassesTheSame) {
    const auto proposal =
        translated({binding_of({"0000:01:00.0", "0000:01:00.1", "0000:02:00.0"})});
    EXPECT_EQ(test::texts(proposal.gpus), (Texts{"0000:01:00.0", "0000:02:00.0"}));
    EXPECT_EQ(proposal.profiles, Texts{"keep-amd-73bf"});
    EXPECT_TRUE(proposal.statics.empty());
    EXPECT_EQ(proposal.notes, Texts{});
    EXPECT_FALSE(proposal.changes_config());
}

TEST(LegacyTranslate, ProfilesThatPassMore) {
    const auto proposal = translated({binding_of({"0000:01:00.0"})});
    EXPECT_EQ(proposal.profiles,
              (Texts{"keep-nvidia-2684-02.0-00.0", "keep-amd-73bf", "pass-all"}));
    EXPECT_EQ(proposal.notes,
              Texts{"no profile passes exactly 0000:01:00.0; each of these passes more"});
}

TEST(LegacyTranslate, AllGpus) {
    const auto proposal =
        translated({binding_of({"0000:01:00.0", "0000:02:00.0", "0000:03:00.0"})});
    EXPECT_EQ(proposal.profiles, Texts{"pass-all"});
    EXPECT_EQ(proposal.notes,
              Texts{"the set-up takes every GPU; if it was meant for one of them, choose a profile "
                    "that keeps the other in the menu instead of pass-all"});
}

TEST(LegacyTranslate, AnAudioFunctionAloneIsNoCard) {
    const auto proposal = translated({binding_of({"0000:01:00.1"})});
    EXPECT_TRUE(proposal.gpus.empty());
    EXPECT_TRUE(proposal.profiles.empty());
    EXPECT_TRUE(proposal.statics.empty());
}

TEST(LegacyTranslate, OtherDevicesBecomeStatic) {
    Choices choices;
    choices.guarded = {address("0000:06:00.0")};
    const auto proposal =
        translated({binding_of({"0000:00:01.0", "0000:05:00.0", "0000:06:00.0"})}, choices);
    ASSERT_EQ(proposal.statics.size(), 1U);
    EXPECT_EQ(proposal.statics[0].selector, "pci0000:00/05.0/00.0");
    EXPECT_EQ(proposal.notes,
              (Texts{"0000:00:01.0 is a bridge and is not taken over",
                     "0000:06:00.0 carries a file system of this host and is never passed"}));
    EXPECT_TRUE(proposal.changes_config());
}

TEST(LegacyTranslate, WhatIsKnownAlready) {
    Choices choices;
    choices.statics = {address("0000:05:00.0")};
    choices.host_only = {address("0000:03:00.0")};
    const auto proposal = translated({binding_of({"0000:03:00.0", "0000:05:00.0"})}, choices);
    EXPECT_TRUE(proposal.statics.empty());
    EXPECT_TRUE(proposal.gpus.empty());
    EXPECT_EQ(proposal.notes, Texts{"0000:03:00.0 is host-only in the configuration and stays with "
                                    "the host"});
}

TEST(LegacyTranslate, MenuEntriesAreNotForEveryBoot) {
    const auto proposal = translated(
        {binding_of({"0000:05:00.0", "0000:01:00.0", "0000:02:00.0"}, LegacyKind::grub_entry)});
    EXPECT_EQ(proposal.profiles, Texts{"keep-amd-73bf"});
    EXPECT_TRUE(proposal.statics.empty());
    EXPECT_EQ(proposal.notes, Texts{"0000:05:00.0 is bound by a menu entry only; put it into "
                                    "`static` if every boot shall pass it"});
}

TEST(LegacyTranslate, Options) {
    LegacyFinding options;
    options.effect = LegacyEffect::options;
    options.disable_vga = true;
    const auto alone = translated({options});
    EXPECT_FALSE(alone.changes_config());
    EXPECT_EQ(alone.notes,
              Texts{"vfio-pci's options belong to profiles, and there is none to carry them"});
    const auto proposal = translated({options, binding_of({"0000:01:00.0", "0000:02:00.0"})});
    EXPECT_TRUE(proposal.disable_vga);
    EXPECT_FALSE(proposal.disable_idle_d3);
    EXPECT_TRUE(proposal.changes_config());
}

TEST(LegacyEdits, LinesBecomeComments) {
    const std::string text =
        "# mine\r\noptions vfio-pci \\\n  ids=8086:1533\noptions kvm x=1\nblacklist amdgpu";
    EXPECT_EQ(legacy::edited(text, legacy::find_in_modprobe(text, machine())),
              "# mine\r\n#early-bind# options vfio-pci \\\n#early-bind#   ids=8086:1533\noptions "
              "kvm x=1\n#early-bind# blacklist amdgpu");
}

TEST(LegacyEdits, WordsLeaveTheLineAndItsOldFormStays) {
    const std::string text =
        "A=1\nGRUB_CMDLINE_LINUX=\"a vfio-pci.ids=8086:1533 b rd.driver.pre=vfio-pci\" # c\nB=2\n";
    const std::string after = legacy::edited(text, legacy::find_in_grub_defaults(text, machine()));
    EXPECT_EQ(after,
              "A=1\n#early-bind# GRUB_CMDLINE_LINUX=\"a vfio-pci.ids=8086:1533 b "
              "rd.driver.pre=vfio-pci\" # c\nGRUB_CMDLINE_LINUX=\"a b\" # c\nB=2\n");
    EXPECT_TRUE(legacy::find_in_grub_defaults(after, machine()).empty());
    const std::string last = "GRUB_CMDLINE_LINUX=vfio-pci.ids=8086:1533";
    EXPECT_EQ(legacy::edited(last, legacy::find_in_grub_defaults(last, machine())),
              "#early-bind# GRUB_CMDLINE_LINUX=vfio-pci.ids=8086:1533\nGRUB_CMDLINE_LINUX=");
}

TEST(LegacyEdits, AFileOfWordsGetsNoComment) {
    const std::string text = "root=/dev/sda1 vfio-pci.ids=8086:1533 quiet\n";
    auto findings = legacy::find_in_command_line(text, machine());
    for (auto& finding : findings) {
        finding.path = kKernelCommandLinePath;
    }
    EXPECT_EQ(legacy::edited(text, findings), "root=/dev/sda1 quiet\n");
}

TEST(LegacyEdits, WhatIsOnlyReportedStays) {
    const std::string text = "GRUB_CMDLINE_LINUX=\"a \\\n  vfio-pci.ids=8086:1533\"\n";
    const auto findings = legacy::find_in_grub_defaults(text, machine());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(legacy::edited(text, findings), text);
}

Texts found_in(const TemporaryRoot& tree) {
    Texts lines;
    for (const auto& finding : find_legacy(tree.root(), machine())) {
        lines.push_back(place_of(finding) + " " + fate_of(finding));
    }
    return lines;
}

TEST(LegacyFind, NothingInAnEmptyRoot) {
    const TemporaryRoot tree;
    EXPECT_EQ(found_in(tree), Texts{});
}

TEST(LegacyFind, NouveauIsKeptOffByNvidiasDriverToo) {
    TemporaryRoot tree;
    tree.file("etc/modprobe.d/nvidia.conf", "blacklist nouveau\n");
    EXPECT_EQ(found_in(tree), Texts{});
    tree.file("etc/modprobe.d/vfio.conf", "blacklist nvidia\n");
    EXPECT_EQ(found_in(tree), (Texts{"etc/modprobe.d/nvidia.conf:1 the line becomes a comment",
                                     "etc/modprobe.d/vfio.conf:1 the line becomes a comment"}));
}

TEST(LegacyFind, TheRunningKernelSaysWhatNoFileSays) {
    TemporaryRoot tree;
    tree.file("proc/cmdline", "quiet vfio-pci.ids=8086:1533 vfio-pci.disable_vga=1\n");
    tree.file("etc/default/grub", "GRUB_CMDLINE_LINUX=vfio-pci.ids=8086:1533\n");
    EXPECT_EQ(
        found_in(tree),
        (Texts{"etc/default/grub:1 the word is taken out of the line, whose old form stays as "
               "a comment",
               "proc/cmdline stays; no file that is looked at has it: take it out where it "
               "was typed or where your boot loader is set up"}));
    tree.file("proc/cmdline", "early-bind.profile=pass-all vfio-pci.disable_vga=1\n");
    EXPECT_EQ(found_in(tree).size(), 1U) << "the entries of our profiles set options";
}

TEST(LegacyFind, LinksAndFilesOfOthersAreOnlyReported) {
    TemporaryRoot tree;
    const char* script = "echo vfio-pci > /sys/bus/pci/devices/0000:05:00.0/driver_override\n";
    tree.file("srv/vfio.conf", "blacklist amdgpu\n")
        .link("etc/modprobe.d/vfio.conf", "/srv/vfio.conf")
        .file("etc/modules", "vfio\n")
        .link("etc/modules-load.d/modules.conf", "../modules")
        .file("usr/share/initramfs-tools/scripts/init-top/vfio", script)
        .file("etc/initramfs-tools/scripts/init-top/00-early-bind", script)
        .file("usr/sbin/vfio-packaged", std::string("#!/bin/sh\n") + script)
        .file("usr/sbin/vfio-binary", std::string("\x7f"
                                                  "ELF\n") +
                                          script)
        .file("etc/systemd/system/bind.service", script)
        .file("etc/systemd/system/run.service", "ExecStart=/usr/sbin/vfio-packaged\n")
        .file("etc/systemd/system/other.service", "ExecStart=/bin/true\n")
        .file("etc/grub.d/10_linux", "vfio-pci.ids=1:2\n")
        .file("boot/grub/custom.cfg", "linux /vmlinuz vfio-pci.ids=1:2\n");
    EXPECT_EQ(
        found_in(tree),
        (Texts{"etc/modprobe.d/vfio.conf:1 stays; this is a link to /srv/vfio.conf: take it out "
               "there by hand",
               "etc/modules:1 the line becomes a comment",
               "usr/sbin/vfio-packaged stays; it belongs to a package: remove that",
               "usr/share/initramfs-tools/scripts/init-top/vfio stays; it belongs to a package: "
               "remove that",
               "etc/systemd/system/bind.service stays; `systemctl disable bind.service` ends it",
               "etc/systemd/system/run.service stays; `systemctl disable run.service` ends it",
               "boot/grub/custom.cfg:1 stays; delete this entry by hand when a profile of ours "
               "serves in its place"}));
}

TEST(LegacyFind, DpkgKnowsWhatBelongsToAPackage) {
    TemporaryRoot tree;
    const char* script = "#!/bin/sh\necho vfio-pci > $1/driver_override\n";
    tree.file("usr/sbin/vfio-a", script)
        .file("usr/sbin/vfio-b", script)
        .file("usr/sbin/vfio-c", script)
        .link("sbin", "usr/sbin")
        .file("var/lib/dpkg/info/one.list", "/.\n/sbin\n/sbin/vfio-a\n")
        .file("var/lib/dpkg/info/one.md5sums", "\n/usr/sbin/vfio-c\n")
        .file("var/lib/dpkg/info/two.list", "/.\n/usr/sbin/vfio-b\n/usr/sbin/vfio-c.old\n");
    EXPECT_EQ(found_in(tree), (Texts{"usr/sbin/vfio-a stays; it belongs to a package: remove that",
                                     "usr/sbin/vfio-b stays; it belongs to a package: remove that",
                                     "usr/sbin/vfio-c the file is moved into the backup"}));
}

TEST(LegacyFind, AHookThatCopiesAScriptGoesWithIt) {
    TemporaryRoot tree;
    tree.file("usr/local/sbin/vfio-pci-override.sh",
              "#!/bin/sh\necho vfio-pci > $1/driver_override\n")
        .file("usr/local/sbin/other.sh", "#!/bin/sh\necho vfio-pci > $1/driver_override\n")
        .file("etc/initramfs-tools/hooks/vfio", "copy_exec /usr/local/sbin/vfio-pci-override.sh\n")
        .file("etc/initramfs-tools/hooks/other", "copy_exec /bin/true\n");
    EXPECT_EQ(found_in(tree),
              (Texts{"usr/local/sbin/vfio-pci-override.sh the file is moved into the backup",
                     "etc/initramfs-tools/hooks/vfio the file is moved into the backup"}));
}

unsigned mode_of(const TemporaryRoot& tree, const std::string& path) {
    struct stat status {};
    return ::stat(tree.path(path).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

std::string error_of(const Result<Backup>& result) {
    return result ? "no error" : result.error().what;
}

/// A file to be edited, one to be moved away, one to be made.
class LegacyBackup : public ::testing::Test {
  protected:
    LegacyBackup() {
        tree.file("etc/a", "old\n").file("sbin/script", "#!/bin/sh\n");
        ::chmod(tree.path("etc/a").c_str(), 0640);
        ::chmod(tree.path("sbin/script").c_str(), 0755);
    }

    [[nodiscard]] std::string outside(const std::string& path) const { return tree.path(path); }

    TemporaryRoot tree;
    std::vector<FileChange> changes = {{"etc/a", "old\n", "new\n"},
                                       {"sbin/script", "#!/bin/sh\n", std::nullopt},
                                       {"etc/early-bind/c.toml", std::nullopt, "x = 1\n"}};
};

TEST_F(LegacyBackup, ThereAndBack) {
    const auto root = tree.root();
    const auto done = change_files(root, changes);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->directory, "var/lib/early-bind/import/1");
    EXPECT_EQ(tree.content("etc/a"), "new\n");
    EXPECT_EQ(mode_of(tree, "etc/a"), 0640U);
    EXPECT_FALSE(tree.has("sbin/script"));
    EXPECT_EQ(tree.content("etc/early-bind/c.toml"), "x = 1\n");
    EXPECT_EQ(mode_of(tree, "var/lib/early-bind/import"), 0700U);
    EXPECT_EQ(tree.content(done->directory + "/files/etc/a"), "old\n");

    const auto undone = undo_changes(root);
    ASSERT_TRUE(undone) << undone.error().what;
    EXPECT_EQ(undone->files, (Texts{"etc/a", "sbin/script", "etc/early-bind/c.toml"}));
    EXPECT_EQ(tree.content("etc/a"), "old\n");
    EXPECT_EQ(mode_of(tree, "etc/a"), 0640U);
    EXPECT_EQ(tree.content("sbin/script"), "#!/bin/sh\n");
    EXPECT_EQ(mode_of(tree, "sbin/script"), 0755U);
    EXPECT_FALSE(tree.has("etc/early-bind"));
    EXPECT_FALSE(tree.has("var/lib/early-bind"));
    EXPECT_EQ(error_of(undo_changes(root)),
              "nothing was taken over here, so there is nothing to undo");
}

TEST_F(LegacyBackup, TheLatestIsUndoneFirst) {
    const auto root = tree.root();
    ASSERT_TRUE(change_files(root, {{"etc/a", "old\n", "new\n"}}));
    const auto second = change_files(root, {{"etc/a", "new\n", "newer\n"}});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->directory, "var/lib/early-bind/import/2");
    ASSERT_TRUE(undo_changes(root));
    EXPECT_EQ(tree.content("etc/a"), "new\n");
    ASSERT_TRUE(undo_changes(root));
    EXPECT_EQ(tree.content("etc/a"), "old\n");
    EXPECT_FALSE(tree.has("var/lib/early-bind"));
}

TEST_F(LegacyBackup, AFileThatChangedSinceStopsTheUndo) {
    const auto root = tree.root();
    ASSERT_TRUE(change_files(root, changes));
    tree.file("etc/early-bind/c.toml", "mine = 1\n");
    EXPECT_EQ(error_of(undo_changes(root)),
              outside("etc/early-bind/c.toml") +
                  " was changed after the import, so nothing is undone; the file as it was is "
                  "none: it was not there");
    tree.file("etc/early-bind/c.toml", "x = 1\n").file("etc/a", "mine\n");
    EXPECT_EQ(error_of(undo_changes(root)),
              outside("etc/a") +
                  " was changed after the import, so nothing is undone; the file as it was is " +
                  outside("var/lib/early-bind/import/1/files/etc/a"));
    EXPECT_EQ(tree.content("etc/a"), "mine\n");
    EXPECT_FALSE(tree.has("sbin/script"));
}

TEST_F(LegacyBackup, AnUndoThatWasCutShortGoesOn) {
    const auto root = tree.root();
    ASSERT_TRUE(change_files(root, changes));
    tree.file("etc/a", "old\n");
    ::chmod(tree.path("etc/a").c_str(), 0600);
    ASSERT_TRUE(undo_changes(root));
    EXPECT_EQ(tree.content("etc/a"), "old\n");
    EXPECT_EQ(mode_of(tree, "etc/a"), 0640U);
    EXPECT_EQ(tree.content("sbin/script"), "#!/bin/sh\n");
}

TEST_F(LegacyBackup, OtherFilesInADirectoryThatWasMadeStay) {
    const auto root = tree.root();
    ASSERT_TRUE(change_files(root, changes));
    tree.file("etc/early-bind/mine", "");
    tree.file("var/lib/early-bind/boot-table", "");
    ASSERT_TRUE(undo_changes(root));
    EXPECT_TRUE(tree.has("etc/early-bind/mine"));
    EXPECT_FALSE(tree.has("etc/early-bind/c.toml"));
    EXPECT_TRUE(tree.has("var/lib/early-bind/boot-table"));
    EXPECT_FALSE(tree.has("var/lib/early-bind/import"));
}

TEST_F(LegacyBackup, ADamagedBackupIsNotUsed) {
    const auto root = tree.root();
    ASSERT_TRUE(change_files(root, changes));
    const std::string copy = "var/lib/early-bind/import/1/files/etc/a";
    const std::string index = "var/lib/early-bind/import/1/index";
    tree.file(copy, "odd\n");
    EXPECT_EQ(error_of(undo_changes(root)), outside(copy) + " is damaged, so nothing is undone");
    tree.file(copy, "old\n");
    const std::string whole = tree.content(index);
    for (const std::string& text :
         {std::string(), whole.substr(1), whole.substr(0, whole.size() - 2), whole + "x",
          std::string("early-bind-import 1\nend 00000000\n")}) {
        tree.file(index, text);
        EXPECT_EQ(error_of(undo_changes(root)),
                  outside(index) +
                      " is damaged, so nothing is undone; the files as they were are below " +
                      outside("var/lib/early-bind/import/1/files"));
    }
    tree.file(index, whole);
    EXPECT_TRUE(undo_changes(root));
}

TEST_F(LegacyBackup, WhatIsNotAsItWasReadStopsTheChange) {
    const auto root = tree.root();
    tree.file("etc/a", "mine\n");
    EXPECT_EQ(error_of(change_files(root, changes)),
              outside("etc/a") + " was changed meanwhile; run this again");
    tree.file("etc/a", "old\n").file("etc/early-bind/c.toml", "mine = 1\n");
    EXPECT_EQ(error_of(change_files(root, changes)),
              outside("etc/early-bind/c.toml") + " was changed meanwhile; run this again");
    EXPECT_EQ(tree.content("etc/a"), "old\n");
    EXPECT_FALSE(tree.has("var"));
}

TEST_F(LegacyBackup, OnlyRegularFiles) {
    tree.directory("etc/d").link("etc/l", "a");
    EXPECT_EQ(error_of(change_files(tree.root(), {{"etc/l", "old\n", "new\n"}})),
              "cannot look at " + outside("etc/l") + ": Too many levels of symbolic links");
    EXPECT_EQ(error_of(change_files(tree.root(), {{"etc/../etc/a", "old\n", "new\n"}})),
              outside("etc/../etc/a") + " is no path that can be backed up");
    EXPECT_EQ(tree.content("etc/a"), "old\n");
}

TEST_F(LegacyBackup, AChangeThatFailsTakesTheOthersBack) {
    const auto root = tree.root();
    changes.push_back({"etc/a/below", std::nullopt, "x"});  // etc/a is no directory
    EXPECT_EQ(error_of(change_files(root, changes)),
              "cannot open the directory " + outside("etc/a") +
                  ": Not a directory; everything is as it was before");
    EXPECT_EQ(tree.content("etc/a"), "old\n");
    EXPECT_EQ(tree.content("sbin/script"), "#!/bin/sh\n");
    EXPECT_FALSE(tree.has("etc/early-bind"));
    EXPECT_FALSE(tree.has("var/lib/early-bind"));
}

}  // namespace
}  // namespace early_bind
