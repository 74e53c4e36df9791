// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/selection.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Lines = std::vector<std::string>;

class SelectionTest : public ::testing::Test {
  protected:
    SelectionTest() {
        m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400);
        m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).group(10);
        m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(10);
        m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x1002, 0x73bf, 0x030000).group(11);
        m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x8086, 0x1533, 0x020000).group(12);
        m.add("0000:03:00.1", "pci0000:00/03.0/00.1", 0x1b73, 0x1100, 0x0c0330).group(12);
        m.add("0000:03:00.2", "pci0000:00/03.0/00.2", 0x8086, 0x1533, 0x020000)
            .group(12)
            .virtual_function();
        m.add("0000:04:00.0", "pci0000:00/04.0/00.0", 0x1b73, 0x1100, 0x0c0330);
        t.file("usr/share/misc/pci.ids",
               "1002  Advanced Micro Devices, Inc. [AMD/ATI]\n"
               "\t73bf  Navi 21 [Radeon RX 6800]\n"
               "10de  NVIDIA Corporation\n"
               "\t22ba  AD102 High Definition Audio Controller\n"
               "\t2684  AD102 [GeForce RTX 4090]\n"
               "1b73  Fresco Logic\n"
               "\t1100  FL1100 USB 3.0 Host Controller\n"
               "8086  Intel Corporation\n"
               "\t1533  I210 Gigabit Network Connection\n"
               "C 02  Network controller\n\t00  Ethernet controller\n"
               "C 03  Display controller\n\t00  VGA compatible controller\n"
               "C 04  Multimedia controller\n\t03  Audio device\n"
               "C 0c  Serial bus controller\n\t03  USB controller\n");
    }

    Result<pci::AddressSet> select(const Lines& selectors) {
        const auto inventory = m.inventory();
        return select_functions(selectors, inventory, pci::find_gpus(inventory), Names(t.root()));
    }
    /// The functions as text, or the error.
    std::string selected(const Lines& selectors) {
        const auto functions = select(selectors);
        return functions ? pci::in_words({functions->begin(), functions->end()})
                         : functions.error().what;
    }
    std::string selected(const char* selector) { return selected(Lines{selector}); }

    test::MachineBuilder m;
    test::TemporaryRoot t;
};

TEST_F(SelectionTest, AFunctionOfAGpuStandsForTheCard) {
    for (const char* selector :
         {"0000:01:00.0", "01:00.1", "01:00", "0000:01:00", "10de:22BA", "pci0000:00/01.0/00.1",
          "gpu:rtx 4090", "group:01:00.1", "4090", "NVIDIA", "nvidia.*audio", " 01:00.0 "}) {
        EXPECT_EQ(selected(selector), "0000:01:00.0 and 0000:01:00.1") << selector;
    }
}

TEST_F(SelectionTest, OtherDevicesStandForThemselves) {
    EXPECT_EQ(selected("03:00.0"), "0000:03:00.0");
    EXPECT_EQ(selected("03:00"), "0000:03:00.0 and 0000:03:00.1");
    EXPECT_EQ(selected("group:03:00.1"), "0000:03:00.0 and 0000:03:00.1");
    EXPECT_EQ(selected("1b73:1100"), "0000:03:00.1 and 0000:04:00.0");
    EXPECT_EQ(selected("Ethernet|USB"), "0000:03:00.0, 0000:03:00.1 and 0000:04:00.0");
    EXPECT_EQ(selected("\\[8086:1533\\]$"), "0000:03:00.0");
}

TEST_F(SelectionTest, SeveralAreTakenTogether) {
    EXPECT_EQ(selected({"03:00.0", "gpu:radeon", "02:00.0"}), "0000:02:00.0 and 0000:03:00.0");
}

TEST_F(SelectionTest, ErrorsSayWhatIsWrong) {
    const std::string see = "; `early-bind groups` lists what is there";
    EXPECT_EQ(selected("09:00.0"), "no device of this machine is `09:00.0`" + see);
    EXPECT_EQ(selected("09:00"), "no device is in the slot `09:00`" + see);
    EXPECT_EQ(selected("Voodoo"), "no device has a name that fits `Voodoo`" + see);
    EXPECT_EQ(selected("00:01.0"), "0000:00:01.0 is a bridge, and bridges stay with the host");
    EXPECT_EQ(selected("03:00.2"),
              "0000:03:00.2 is a virtual function of SR-IOV, which early-bind leaves to the tools "
              "that make them");
    EXPECT_EQ(selected("group:04:00.0"),
              "0000:04:00.0 is in no IOMMU group, so `group:04:00.0` names none");
    EXPECT_EQ(selected("gpu:voodoo"),
              "no GPU fits `voodoo`; the GPUs are 0000:01:00.0 (NVIDIA GeForce RTX 4090) and "
              "0000:02:00.0 (AMD Radeon RX 6800)");
    EXPECT_EQ(selected(""), "a selector is " + std::string(kSelectionForms));
    EXPECT_EQ(selected(std::string(300, 'a').c_str()),
              "a selector is " + std::string(kSelectionForms));
    const auto bad = selected("NVIDIA(");
    EXPECT_TRUE(bad.starts_with("`NVIDIA(` is no regular expression: ")) << bad;
    EXPECT_EQ(selected({"03:00.0", "Voodoo"}), "no device has a name that fits `Voodoo`" + see);
}

}  // namespace
}  // namespace early_bind
