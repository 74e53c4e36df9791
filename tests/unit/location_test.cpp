// SPDX-License-Identifier: MIT
#include "core/pci/location.hpp"

#include <gtest/gtest.h>

namespace early_bind::pci {
namespace {

std::string from_path(std::string_view path) {
    const auto location = Location::from_device_path(path);
    return location ? location->text() : "none";
}

TEST(Location, DropsBusNumbers) {
    EXPECT_EQ(from_path("../../../devices/pci0000:00/0000:00:01.1/0000:0b:00.0"),
              "pci0000:00/01.1/00.0");
    EXPECT_EQ(from_path("/sys/devices/pci0000:00/0000:00:1f.3"), "pci0000:00/1f.3");
}

TEST(Location, KeepsNestedRootBuses) {
    EXPECT_EQ(
        from_path("../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0"),
        "pci0000:00/0e.0/pci10000:e0/06.0/00.0");
}

TEST(Location, IgnoresWhatIsAboveTheRootBus) {
    EXPECT_EQ(from_path("../devices/platform/soc/40010000.pcie/pci0002:00/0002:00:00.0"),
              "pci0002:00/00.0");
}

TEST(Location, RefusesOtherPaths) {
    for (const char* path :
         {"", "../devices/virtual/thing", "../devices/pci0000:00",
          "../devices/pci0000:00/0000:00:01.0/usb1", "pci0000:00/0e.0/pci10000:e0"}) {
        EXPECT_EQ(from_path(path), "none") << path;
    }
}

TEST(Location, ReadsItsWrittenForm) {
    for (const char* text : {"pci0000:00/02.0", "pci0000:00/0e.0/pci10000:e0/06.0/00.0"}) {
        ASSERT_TRUE(Location::parse(text)) << text;
        EXPECT_EQ(Location::parse(text)->text(), text);
    }
    for (const char* text : {"", "02.0", "pci0000:00", "pci0000:00/", "pci0000:00/2.0",
                             "pci0000:00/02.0/", "pci0000:00//02.0", "pci0000:00/02.8"}) {
        EXPECT_FALSE(Location::parse(text)) << text;
    }
}

TEST(Location, KnowsItsBridge) {
    EXPECT_EQ(Location::parse("pci0000:00/01.1/00.0")->parent().text(), "pci0000:00/01.1");
    EXPECT_EQ(Location::parse("pci0000:00/0e.0/pci10000:e0/06.0")->parent().text(),
              "pci0000:00/0e.0");
    EXPECT_TRUE(Location::parse("pci0000:00/02.0")->parent().empty());
}

TEST(Location, KnowsWhatIsBelowIt) {
    const auto bridge = *Location::parse("pci0000:00/01.1");
    EXPECT_TRUE(Location::parse("pci0000:00/01.1/00.0")->is_below(bridge));
    EXPECT_TRUE(Location::parse("pci0000:00/01.1/00.0/08.0")->is_below(bridge));
    EXPECT_FALSE(bridge.is_below(bridge));
    EXPECT_FALSE(Location::parse("pci0000:00/01.2/00.0")->is_below(bridge));
    EXPECT_FALSE(bridge.is_below(Location()));
}

}  // namespace
}  // namespace early_bind::pci
