// SPDX-License-Identifier: MIT
#include "grub-gen/record/replay.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/pci/framebuffer.hpp"
#include "core/pci/inventory.hpp"
#include "grub-gen/record/record.hpp"
#include "grub-gen/storage_guard.hpp"
#include "tests/support/recordings.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using test::full_recording;
using test::TemporaryRoot;

Recording record(const TemporaryRoot& machine) {
    const auto root = machine.root();
    const auto inventory = pci::read_inventory(root);
    EXPECT_TRUE(inventory) << inventory.error().what;
    return inventory ? record_machine(root, *inventory, Names(root)) : Recording();
}

/// Without the labels, which come from this machine's database of names.
Recording unlabelled(Recording recording) {
    for (auto& function : recording.functions) {
        function.label.clear();
    }
    return recording;
}

std::string lay_out_fault(const TemporaryRoot& machine, const Recording& recording) {
    const auto done = lay_out(machine.root(), recording);
    return done ? "no fault" : done.error().what;
}

TEST(Replay, IsTheMachineThatWasRecorded) {
    const TemporaryRoot machine;
    const auto recording = full_recording();
    ASSERT_EQ(lay_out_fault(machine, recording), "no fault");
    EXPECT_EQ(render_recording(unlabelled(record(machine))), render_recording(recording));
}

TEST(Replay, LooksLikeTheKernel) {
    const TemporaryRoot machine;
    ASSERT_EQ(lay_out_fault(machine, full_recording()), "no fault");
    const auto root = machine.root();
    const auto inventory = pci::read_inventory(root);
    ASSERT_TRUE(inventory) << inventory.error().what;
    EXPECT_TRUE(inventory->warnings.empty());
    EXPECT_EQ(inventory->group_count(), 7U);
    const auto* gpu = inventory->find(pci::Address{0, 1, 0, 0});
    ASSERT_NE(gpu, nullptr);
    EXPECT_EQ(to_string(gpu->identity), "pci0000:00/01.0/00.0 10de:2235 10de:145a 030000");
    EXPECT_EQ(gpu->driver, "nvidia");
    EXPECT_EQ(gpu->group, 3);
    EXPECT_TRUE(gpu->boot_display);
    EXPECT_TRUE(inventory->find(pci::Address{0, 0x51, 0, 4})->virtual_function);
    const auto framebuffers = pci::read_framebuffers(root);
    ASSERT_EQ(framebuffers.size(), 2U);
    EXPECT_EQ(framebuffers[0].owner, gpu->address);
    const auto guard = guarded_functions(root);
    ASSERT_TRUE(guard) << guard.error().what;
    EXPECT_TRUE(guard->warnings.empty());
    ASSERT_EQ(guard->functions.size(), 2U);
    EXPECT_EQ(guard->functions[1].address, (pci::Address{0x10000, 0xe1, 0, 0}));
    EXPECT_EQ(guard->functions[1].what, "/, /boot/efi, /other/disk1 and swap");
    EXPECT_EQ(machine.content("sys/class/drm/card0-DP-1/status"), "connected\n");
    EXPECT_EQ(machine.content("sys/devices/system/node/node1/meminfo"),
              "Node 1 MemTotal:       32866728 kB\n");
    EXPECT_EQ(machine.content("sys/devices/system/cpu/cpu5/topology/thread_siblings_list"),
              "1,5\n");
    EXPECT_TRUE(machine.has("sys/firmware/acpi/tables/DMAR"));
    EXPECT_FALSE(machine.has("sys/firmware/acpi/tables/IVRS"));
}

TEST(Replay, BootDisplayWhereTheRecordingDoesNotSay) {
    auto recording = full_recording();
    recording.functions[2].boot_vga.reset();
    const TemporaryRoot first;
    ASSERT_EQ(lay_out_fault(first, recording), "no fault");
    EXPECT_EQ(first.content("sys/bus/pci/devices/0000:01:00.0/boot_vga"), "1\n");
    recording.functions[3].class_code.value = 0x030000;
    recording.functions[3].boot_vga = true;
    const TemporaryRoot other;
    ASSERT_EQ(lay_out_fault(other, recording), "no fault");
    EXPECT_EQ(other.content("sys/bus/pci/devices/0000:01:00.0/boot_vga"), "0\n");
}

TEST(Replay, SaysWhatCannotBeLaidOut) {
    const TemporaryRoot machine;
    auto recording = full_recording();
    recording.cpus->threads = {"0,4", "4"};
    EXPECT_EQ(lay_out_fault(machine, recording),
              "cannot make " +
                  machine.path("sys/devices/system/cpu/cpu4/topology/thread_siblings_list") +
                  ": File exists");
}

TEST(Replay, TheDirectoryGoesWithTheObject) {
    TemporaryRoot folder;
    folder.file("my.machine", render_recording(full_recording()));
    const std::string file = folder.path("my.machine");
    ASSERT_EQ(::setenv("TMPDIR", folder.path().c_str(), 1), 0);
    {
        const auto replay = Replay::open(file);
        ASSERT_TRUE(replay) << replay.error().what;
        EXPECT_FALSE(replay->root().is_live());
        EXPECT_EQ(replay->root().outside_path("proc/cmdline"), file + "/proc/cmdline");
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
    }
    ::unsetenv("TMPDIR");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Replay, OfWhatIsNoRecording) {
    TemporaryRoot folder;
    folder.file("text", "Dear Sir,\n").directory("directory");
    const auto replay = Replay::open(folder.path("text"));
    ASSERT_FALSE(replay);
    EXPECT_EQ(replay.error().what,
              folder.path("text") +
                  " is no recording of a machine (line 1, column 1 is not JSON); "
                  "`grub-gen record` makes one");
    EXPECT_EQ(Replay::open(folder.path("gone")).error().what,
              "cannot read " + folder.path("gone") + ": No such file or directory");
    EXPECT_TRUE(Replay::is_file(folder.path("text")));
    EXPECT_FALSE(Replay::is_file(folder.path("directory")));
    EXPECT_FALSE(Replay::is_file(folder.path("gone")));
}

TEST(Record, TellsNothingAboutWhoseMachineItIs) {
    TemporaryRoot machine;
    auto recording = full_recording();
    recording.kernel = "6.1.0-9-snowflake-amd64";
    recording.command_line =
        "BOOT_IMAGE=/vmlinuz root=UUID=5eed-0001 quiet ip=192.0.2.7 "
        "intel_iommu=on early-bind.profile=keep-nvidia-2235 "
        "cryptdevice=snowflake rd.luks.uuid=5eed-0001";
    recording.virtual_groups[6].name = "5eed-0001-4d54";
    ASSERT_EQ(lay_out_fault(machine, recording), "no fault");
    const std::string gpu = "sys/bus/pci/devices/0000:01:00.0";
    machine.file("etc/hostname", "snowflake\n")
        .file("proc/sys/kernel/hostname", "snowflake\n")
        .file("sys/class/dmi/id/product_serial", "5eed-0001\n")
        .file("etc/machine-id", "5eed-0001\n")
        .file("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/disk/by-uuid/5eed-0001 rw\n")
        .file("etc/fstab", machine.content("etc/fstab") +
                               "/dev/disk0 /home/snowflake ext4 defaults 0 0\n"
                               "/dev/disk0 /srv/5eed,\\040and\\0405eed ext4 defaults 0 0\n")
        .file(gpu + "/serial_number", "5eed-0001\n")
        .file(gpu + "/net/eth0/address", "5e:ed:00:01:00:01\n")
        .file(gpu + "/drm/card0/card0-DP-1/edid", "5eed-0001\n");
    auto expected = full_recording();
    expected.kernel = "6.1.0";
    EXPECT_EQ(render_recording(unlabelled(record(machine))), render_recording(expected));
    const auto text = render_recording(record(machine));
    for (const char* secret : {"5eed", "5e:ed", "snowflake", "192.0"}) {
        EXPECT_EQ(text.find(secret), std::string::npos) << secret;
    }
}

TEST(Record, WordsOfTheCommandLineThatMatter) {
    EXPECT_EQ(recordable_command_line(""), "");
    EXPECT_EQ(recordable_command_line("root=LABEL=x ro hugepages=4 hostname=x quiet -- iommu=pt"),
              "hugepages=4 quiet");
    const std::string all =
        "intel_iommu=on amd_iommu=off iommu=pt early-bind.keep=01:00.0 early-bind.dry-run "
        "vfio-pci.ids=10de:1e07 vfio_iommu_type1.allow_unsafe_interrupts=1 default_hugepagesz=1G "
        "hugepagesz=1G hugepages=16 isolcpus=4-7 nohz_full=4-7 rcu_nocbs=4-7 irqaffinity=0-3 "
        "pci=noaer video=efifb:off quiet";
    EXPECT_EQ(recordable_command_line(all), all);
    EXPECT_EQ(recordable_command_line("video=\"a b\""), "video=\"a b\"");
}

TEST(Record, OfAMachineWithNextToNothing) {
    TemporaryRoot machine;
    machine.directory("sys/bus/pci/devices/0000:00:00.0");
    const auto recording = record(machine);
    ASSERT_EQ(recording.functions.size(), 1U);
    EXPECT_EQ(recording.iommu, "none");
    EXPECT_EQ(recording.memory, std::nullopt);
    EXPECT_EQ(recording.cpus, std::nullopt);
    EXPECT_TRUE(parse_recording(render_recording(recording)));
}

}  // namespace
}  // namespace early_bind
