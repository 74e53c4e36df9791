// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "grub-gen/host_files.hpp"
#include "host/services/services.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::services {
namespace {

using test::MachineBuilder;
using test::TemporaryRoot;

std::vector<std::string> passed(const char* first, const char* second, const char* amd) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).driver(first);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x10de, 0x2684, 0x030000).driver(second);
    m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, 0x030000).driver(amd);
    const auto inventory = m.inventory();
    return passed_makers(inventory, pci::find_gpus(inventory));
}

std::string error(std::string_view word) {
    const auto service = parse_service(word);
    return service ? "" : service.error().what;
}

TEST(HostServices, AMakerIsPassedWhenNoneOfItsGpusIsLeft) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(passed("nvidia", "nvidia", "amdgpu"), Names());
    EXPECT_EQ(passed("vfio-pci", "nvidia", "amdgpu"), Names());
    EXPECT_EQ(passed("vfio-pci", "vfio-pci", "amdgpu"), Names{"nvidia"});
    EXPECT_EQ(passed("vfio-pci", "", "vfio-pci"), Names{"amd"});
    EXPECT_EQ(passed("vfio-pci", "vfio-pci", "vfio-pci"), (Names{"amd", "nvidia"}));
}

TEST(HostServices, WordsNameServices) {
    const auto known = parse_service("nvidia-persistenced");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->unit, "nvidia-persistenced.service");
    EXPECT_EQ(known->maker->name, "nvidia");
    EXPECT_EQ(known->why, "keeps every NVIDIA card open, and fails without one");
    const auto named = parse_service("transcode@1.service=amd");
    ASSERT_TRUE(named);
    EXPECT_EQ(named->unit, "transcode@1.service");
    EXPECT_EQ(named->maker->name, "amd");
    EXPECT_EQ(named->why, "");

    EXPECT_EQ(error("ollama"),
              "ollama.service is not known here; say whose GPU it needs, as in ollama=nvidia");
    EXPECT_EQ(error("ollama=3dfx"),
              "`ollama=3dfx` names no maker of GPUs; there are amd, intel and nvidia");
    EXPECT_EQ(error("ollama="),
              "`ollama=` names no maker of GPUs; there are amd, intel and nvidia");
    EXPECT_EQ(error(""), "`` is no name of a service");
    EXPECT_EQ(error("../x=amd"), "`../x=amd` is no name of a service");
    EXPECT_EQ(error("a/b=amd"), "`a/b=amd` is no name of a service");
    EXPECT_EQ(error("a b=amd"), "`a b=amd` is no name of a service");
    EXPECT_EQ(error("a\nb=amd"), "`a b=amd` is no name of a service");
    EXPECT_EQ(error(std::string(300, 'a') + "=amd"),
              "`" + std::string(300, 'a') + "=amd` is no name of a service");
}

TEST(HostServices, TheDropInIsACondition) {
    const auto service = parse_service("nvidia-powerd").value();
    EXPECT_EQ(drop_in(service),
              "# Written by early-bind services, which takes it away again with --remove.\n"
              "# The file is there in boots that pass every NVIDIA GPU to virtual machines.\n"
              "[Unit]\n"
              "ConditionPathExists=!/run/early-bind/passed/nvidia\n"
              "After=early-bind-display.service\n");
}

TEST(HostServices, WhatIsNotOursStays) {
    TemporaryRoot root;
    const auto ours = parse_service("nvidia-powerd").value();
    const auto foreign = parse_service("nvidia-dcgm").value();
    const auto other = parse_service("nvidia-persistenced").value();
    const std::string path = "etc/systemd/system/nvidia-dcgm.service.d/early-bind.conf";
    root.file(path, "[Unit]\n")
        .file("etc/systemd/system/nvidia-persistenced.service.d/mine.conf", "[Unit]\n")
        .file("etc/systemd/system/x.service", "[Unit]\n");
    EXPECT_EQ(look(root.root(), ours), State::missing);
    EXPECT_EQ(look(root.root(), foreign), State::foreign);
    const auto refused = write_drop_in(root.root(), foreign);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what,
              root.path(path) + " is not ours; give it another name, then run this again");
    ASSERT_TRUE(write_drop_in(root.root(), ours));
    ASSERT_TRUE(write_drop_in(root.root(), other));
    EXPECT_EQ(look(root.root(), ours), State::so);
    EXPECT_EQ(look(root.root(), parse_service("nvidia-powerd=amd").value()), State::differs);
    EXPECT_EQ(host_files::units_with_drop_in(root.root()),
              (std::vector<std::string>{"nvidia-persistenced.service", "nvidia-powerd.service"}));

    root.file("run/early-bind/passed/nvidia", "").file("run/early-bind/report", "");
    const auto removed = host_files::remove_all(root.root());
    ASSERT_TRUE(removed);
    EXPECT_EQ(*removed, (std::vector<std::string>{
                            "run/early-bind/passed/nvidia", "run/early-bind/passed",
                            "etc/systemd/system/nvidia-persistenced.service.d/early-bind.conf",
                            "etc/systemd/system/nvidia-powerd.service.d/early-bind.conf"}));
    EXPECT_FALSE(root.has("etc/systemd/system/nvidia-powerd.service.d"));
    EXPECT_TRUE(root.has("etc/systemd/system/nvidia-persistenced.service.d/mine.conf"));
    EXPECT_TRUE(root.has(path));
    EXPECT_TRUE(root.has("run/early-bind/report"));
}

}  // namespace
}  // namespace early_bind::services
