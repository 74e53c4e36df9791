// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/display/display.hpp"
#include "host/display/files.hpp"
#include "host/display/nodes.hpp"
#include "host/display/write.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::display {
namespace {

using test::address;
using test::TemporaryRoot;

DisplayGpu gpu(const char* at, const char* driver, const char* card = "", const char* render = "") {
    DisplayGpu made;
    made.address = address(at);
    made.name = std::string("Card at ") + at;
    made.driver = driver;
    made.card = card;
    made.render = render;
    return made;
}

std::string why(const std::vector<DisplayGpu>& gpus) {
    const auto primary = find_primary(gpus);
    return primary ? to_string(gpus[primary->index].address) + ": " + primary->why : "none";
}

std::string content(const std::vector<DisplayGpu>& gpus, std::string_view path) {
    for (const auto& file : make_files(gpus)) {
        if (file.path == path) {
            return file.content;
        }
    }
    return "no such file";
}

std::vector<std::string> paths(const std::vector<DisplayGpu>& gpus) {
    std::vector<std::string> out;
    for (const auto& file : make_files(gpus)) {
        out.push_back(file.is_link ? file.path + " -> " + file.content : file.path);
    }
    return out;
}

TEST(HostDisplay, ThePrimaryIsTheBestOfWhatIsLeft) {
    std::vector<DisplayGpu> gpus = {gpu("0000:01:00.0", "amdgpu"), gpu("0000:02:00.0", "amdgpu"),
                                    gpu("0000:03:00.0", "amdgpu"), gpu("0000:04:00.0", "vfio-pci")};
    EXPECT_EQ(why(gpus), "0000:01:00.0: it is the first");
    gpus[1].boot_display = true;
    EXPECT_EQ(why(gpus), "0000:02:00.0: the firmware shows its output there");
    gpus[2].monitors = {"DP-1"};
    EXPECT_EQ(why(gpus), "0000:03:00.0: a monitor is connected to it");
    gpus[0].chosen = true;
    EXPECT_EQ(why(gpus), "0000:01:00.0: the layout of this boot keeps it");
    gpus[0].driver = "";
    EXPECT_EQ(why(gpus), "0000:03:00.0: a monitor is connected to it");
}

TEST(HostDisplay, AManagementControllerComesLast) {
    std::vector<DisplayGpu> gpus = {gpu("0000:01:00.0", "ast"), gpu("0000:02:00.0", "amdgpu"),
                                    gpu("0000:03:00.0", "vfio-pci")};
    gpus[0].role = pci::Role::management;
    gpus[0].boot_display = true;
    gpus[0].monitors = {"VGA-1"};
    EXPECT_EQ(why(gpus), "0000:02:00.0: it is the first");
    gpus[1].driver = "vfio-pci";
    EXPECT_EQ(why(gpus), "0000:01:00.0: it is the only one");
    gpus[0].driver = "vfio-pci";
    EXPECT_EQ(why(gpus), "none");
}

TEST(HostDisplay, NothingIsNeededWhereNothingIsPassedOrNothingIsLeft) {
    EXPECT_FALSE(is_needed({}));
    EXPECT_FALSE(is_needed({gpu("0000:01:00.0", "amdgpu"), gpu("0000:02:00.0", "")}));
    EXPECT_FALSE(is_needed({gpu("0000:01:00.0", "vfio-pci"), gpu("0000:02:00.0", "vfio-pci")}));
    EXPECT_TRUE(is_needed({gpu("0000:01:00.0", "vfio-pci"), gpu("0000:02:00.0", "")}));
    EXPECT_EQ(paths({gpu("0000:01:00.0", "amdgpu"), gpu("0000:02:00.0", "")}),
              std::vector<std::string>());
}

TEST(HostDisplay, BusIdIsDecimal) {
    EXPECT_EQ(bus_id(address("0000:0b:00.0")), "PCI:11@0:0:0");
    EXPECT_EQ(bus_id(address("0002:c1:1f.7")), "PCI:193@2:31:7");
    EXPECT_EQ(bus_id(address("10000:e1:00.0")), "PCI:225@65536:0:0");
}

TEST(HostDisplay, XorgIsToldOneCard) {
    std::vector<DisplayGpu> gpus = {gpu("0000:0b:00.0", "vfio-pci"),
                                    gpu("0000:c1:00.0", "amdgpu", "card1")};
    EXPECT_EQ(content(gpus, "run/early-bind/xorg.conf"),
              R"(# Of this boot, by early-bind display.

Section "ServerFlags"
    # A card that a virtual machine gives back stays free.
    Option "AutoAddGPU" "false"
EndSection

# Card at 0000:c1:00.0
Section "Device"
    Identifier "early-bind"
    BusID "PCI:193@0:0:0"
EndSection
)");
    // A management controller is no second card.
    const auto one = content(gpus, "run/early-bind/xorg.conf");
    gpus.push_back(gpu("0000:c2:00.0", "ast", "card0"));
    gpus.back().role = pci::Role::management;
    EXPECT_EQ(content(gpus, "run/early-bind/xorg.conf"), one);
}

TEST(HostDisplay, XorgAddsTheOtherCardsOfTheHost) {
    const std::vector<DisplayGpu> gpus = {gpu("0000:0b:00.0", "vfio-pci"),
                                          gpu("0000:c1:00.0", "amdgpu", "card1"),
                                          gpu("0000:c2:00.0", "i915", "card0")};
    EXPECT_EQ(content(gpus, "run/early-bind/xorg.conf"), R"(# Of this boot, by early-bind display.

# Card at 0000:c1:00.0
Section "Device"
    Identifier "early-bind"
    BusID "PCI:193@0:0:0"
EndSection
)");
}

TEST(HostDisplay, XorgIsToldTheDriverOnlyOfAnNvidiaCardWithoutANode) {
    std::vector<DisplayGpu> gpus = {gpu("0000:0b:00.0", "vfio-pci"),
                                    gpu("0000:c1:00.0", "nvidia", "card1")};
    EXPECT_EQ(content(gpus, "run/early-bind/xorg.conf").find("Driver"), std::string::npos);
    gpus[1].card = "";
    EXPECT_NE(content(gpus, "run/early-bind/xorg.conf")
                  .find("    BusID \"PCI:193@0:0:0\"\n    Driver \"nvidia\"\nEndSection\n"),
              std::string::npos);
    gpus[1].driver = "nouveau";
    EXPECT_EQ(content(gpus, "run/early-bind/xorg.conf").find("Driver"), std::string::npos);
}

TEST(HostDisplay, MutterFindsATag) {
    EXPECT_EQ(content({gpu("0000:0b:00.0", "vfio-pci"), gpu("0000:c1:00.0", "amdgpu")},
                      "run/udev/rules.d/61-early-bind.rules"),
              "# Of this boot, by early-bind display.\n"
              "ACTION!=\"remove\", SUBSYSTEM==\"drm\", ENV{DEVTYPE}==\"drm_minor\", "
              "KERNEL==\"card[0-9]*\", KERNELS==\"0000:c1:00.0\", "
              "TAG+=\"mutter-device-preferred-primary\"\n");
}

TEST(HostDisplay, CompositorsGetNamesWithoutColons) {
    std::vector<DisplayGpu> gpus = {gpu("0000:0b:00.0", "vfio-pci"), gpu("0000:00:02.0", "i915"),
                                    gpu("0000:c1:00.0", "amdgpu", "card1", "renderD129")};
    gpus[2].chosen = true;
    constexpr const char* kFile = "run/environment.d/10-early-bind.conf";
    // The first has no node: nobody is told of it.
    EXPECT_EQ(content(gpus, kFile),
              "# Of this boot, by early-bind display.\n"
              "KWIN_DRM_DEVICES=/dev/dri/card1\n"
              "WLR_DRM_DEVICES=/run/early-bind/dri/primary-card\n"
              "AQ_DRM_DEVICES=/run/early-bind/dri/primary-card\n"
              "COSMIC_RENDER_DEVICE=renderD129\n");
    gpus[1].card = "card0";
    gpus[2].render = "";
    EXPECT_EQ(content(gpus, kFile),
              "# Of this boot, by early-bind display.\n"
              "KWIN_DRM_DEVICES=/dev/dri/card1:/dev/dri/card0\n"
              "WLR_DRM_DEVICES=/run/early-bind/dri/primary-card:"
              "/run/early-bind/dri/0000_00_02.0-card\n"
              "AQ_DRM_DEVICES=/run/early-bind/dri/primary-card:"
              "/run/early-bind/dri/0000_00_02.0-card\n"
              "COSMIC_RENDER_DEVICE=card1\n");
    // The node of the primary may come later than we do.
    gpus[2].card = "";
    EXPECT_EQ(content(gpus, kFile),
              "# Of this boot, by early-bind display.\n"
              "KWIN_DRM_DEVICES=/run/early-bind/dri/primary-card:/dev/dri/card0\n"
              "WLR_DRM_DEVICES=/run/early-bind/dri/primary-card:"
              "/run/early-bind/dri/0000_00_02.0-card\n"
              "AQ_DRM_DEVICES=/run/early-bind/dri/primary-card:"
              "/run/early-bind/dri/0000_00_02.0-card\n");
    EXPECT_EQ(paths(gpus),
              (std::vector<std::string>{
                  "run/early-bind/xorg.conf", "run/udev/rules.d/61-early-bind.rules", kFile,
                  "run/early-bind/dri/primary-card -> /dev/dri/by-path/pci-0000:c1:00.0-card",
                  "run/early-bind/dri/0000_00_02.0-card -> /dev/dri/by-path/pci-0000:00:02.0-card",
                  "run/early-bind/dri/primary-render -> "
                  "/dev/dri/by-path/pci-0000:c1:00.0-render"}));
}

TEST(HostDisplay, NodesAreThoseOfTheGpusOwnDriver) {
    TemporaryRoot root;
    const std::string devices = "../../devices/pci0000:00/";
    root.link("sys/class/drm/card0",
              devices + "0000:00:02.0/simple-framebuffer.0/drm/card0")  // Linux 6.9
        .link("sys/class/drm/card1", devices + "0000:00:02.0/drm/card1")
        .link("sys/class/drm/card1-DP-1", devices + "0000:00:02.0/drm/card1/card1-DP-1")
        .link("sys/class/drm/renderD128", devices + "0000:00:02.0/drm/renderD128")
        .link("sys/class/drm/card2", devices + "0000:00:01.0/0000:01:00.0/virtio3/drm/card2")
        .link("sys/class/drm/card3", "../../devices/platform/simple-framebuffer.0/drm/card3")
        .file("sys/class/drm/version", "drm 1.1.0 20060810");
    const auto nodes = read_nodes(root.root());
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes.at(address("0000:00:02.0")).card, "card1");
    EXPECT_EQ(nodes.at(address("0000:00:02.0")).render, "renderD128");
    EXPECT_EQ(nodes.at(address("0000:01:00.0")).card, "card2");
    EXPECT_EQ(nodes.at(address("0000:01:00.0")).render, "");
    EXPECT_TRUE(read_nodes(TemporaryRoot().root()).empty());
}

TEST(HostDisplay, FilesFollowTheLayout) {
    const TemporaryRoot root;
    const std::vector<DisplayGpu> both = {gpu("0000:01:00.0", "amdgpu", "card0"),
                                          gpu("0000:02:00.0", "amdgpu", "card1"),
                                          gpu("0000:03:00.0", "vfio-pci")};
    const auto first = write_files(root.root(), make_files(both));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->written.size(), 6U);
    EXPECT_TRUE(root.has("run/early-bind/dri/0000_02_00.0-card"));
    const auto again = write_files(root.root(), make_files(both));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->empty());

    auto one = both;
    one[0].driver = "vfio-pci";
    const auto changed = write_files(root.root(), make_files(one));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->removed, std::vector<std::string>{"run/early-bind/dri/0000_02_00.0-card"});
    EXPECT_EQ(root.root().read_link("run/early-bind/dri/primary-card").value(),
              "/dev/dri/by-path/pci-0000:02:00.0-card");
    for (const auto& file : make_files(one)) {
        EXPECT_TRUE(is_so(root.root(), file)) << file.path;
    }

    const auto gone = write_files(root.root(), {});
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->removed,
              (std::vector<std::string>{
                  "run/early-bind/xorg.conf", "run/udev/rules.d/61-early-bind.rules",
                  "run/environment.d/10-early-bind.conf", "run/early-bind/dri/primary-card",
                  "run/early-bind/dri/primary-render", "run/early-bind/dri"}));
    EXPECT_TRUE(std::filesystem::is_empty(root.path("run/early-bind")));
}

}  // namespace
}  // namespace early_bind::display
