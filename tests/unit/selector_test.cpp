// SPDX-License-Identifier: MIT
#include "grub-gen/selector.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::Function;
using pci::Inventory;

Address address(const char* text) {
    return pci::parse_address(text).value();
}

Function function(const char* text, const char* location, pci::Ids ids, std::uint32_t class_code) {
    Function result;
    result.address = address(text);
    result.identity = {pci::Location::parse(location).value(), ids, pci::ClassCode{class_code}};
    result.bridge =
        result.identity.class_code.is_pci_bridge() || result.identity.class_code.is_host_bridge();
    return result;
}

/// Two equal GPUs with audio, a NIC with a virtual function, an NVMe disk, a BMC's display.
class Selector : public ::testing::Test {
  protected:
    Selector() {
        std::vector<Function> functions = {
            function("0000:00:00.0", "pci0000:00/00.0", {0x8086, 0x3e30, 0, 0}, 0x060000),
            function("0000:00:01.0", "pci0000:00/01.0", {0x8086, 0x1901, 0, 0}, 0x060400),
            function("0000:01:00.0", "pci0000:00/01.0/00.0", {0x10de, 0x2230, 0, 0}, 0x030000),
            function("0000:01:00.1", "pci0000:00/01.0/00.1", {0x10de, 0x1aef, 0, 0}, 0x040300),
            function("0000:02:00.0", "pci0000:00/02.0/00.0", {0x10de, 0x2230, 0, 0}, 0x030000),
            function("0000:02:00.1", "pci0000:00/02.0/00.1", {0x10de, 0x1aef, 0, 0}, 0x040300),
            function("0000:03:00.0", "pci0000:00/03.0/00.0", {0x8086, 0x1572, 0, 0}, 0x020000),
            function("0000:03:02.0", "pci0000:00/03.0/02.0", {0x8086, 0x154c, 0, 0}, 0x020000),
            function("0000:04:00.0", "pci0000:00/04.0/00.0", {0x1a03, 0x2000, 0, 0}, 0x030000),
            function("10000:e1:00.0", "pci0000:00/0e.0/pci10000:e0/06.0/00.0",
                     {0x144d, 0xa80a, 0, 0}, 0x010802),
        };
        functions[7].virtual_function = true;
        inventory = Inventory(std::move(functions), 0);
        gpus = pci::find_gpus(inventory);
    }

    std::string names(std::string_view selector) const {
        const auto matches = resolve(selector, inventory);
        if (!matches) {
            return matches.error().what;
        }
        std::string text;
        for (const auto& match : *matches) {
            text += to_string(match) + " ";
        }
        return text;
    }

    Result<Choices> choices(std::string_view toml) const {
        return resolve_choices(parse_config(toml).value(), inventory, gpus, guarded,
                               Names(empty.root()));
    }

    std::string error_of(std::string_view toml) const {
        const auto result = choices(toml);
        return result ? "no error" : result.error().what;
    }

    test::TemporaryRoot empty;
    Inventory inventory;
    std::vector<pci::Gpu> gpus;
    std::vector<GuardedFunction> guarded = {{address("10000:e1:00.0"), "/ and swap"}};
};

TEST_F(Selector, NamesByAddress) {
    EXPECT_EQ(names("0000:01:00.0"), "0000:01:00.0 ");
    EXPECT_EQ(names("01:00.1"), "0000:01:00.1 ");
    EXPECT_EQ(names("10000:E1:00.0"), "10000:e1:00.0 ");
    EXPECT_EQ(names(" 02:00.0 "), "0000:02:00.0 ");
}

TEST_F(Selector, NamesByKind) {
    EXPECT_EQ(names("10de:2230"), "0000:01:00.0 0000:02:00.0 ");
    EXPECT_EQ(names("10DE:1AEF"), "0000:01:00.1 0000:02:00.1 ");
}

TEST_F(Selector, NamesByLocation) {
    EXPECT_EQ(names("pci0000:00/02.0/00.1"), "0000:02:00.1 ");
    EXPECT_EQ(names("pci0000:00/0e.0/pci10000:e0/06.0/00.0"), "10000:e1:00.0 ");
}

TEST_F(Selector, WhatMatchesNothingIsAnError) {
    EXPECT_EQ(names("0000:09:00.0"),
              "no function matches `0000:09:00.0`; `grub-gen scan` lists them");
    EXPECT_EQ(names("1234:5678"), "no function matches `1234:5678`; `grub-gen scan` lists them");
    EXPECT_EQ(names("pci0000:00/09.0"),
              "no function matches `pci0000:00/09.0`; `grub-gen scan` lists them");
}

TEST_F(Selector, WhatIsNoSelectorIsAnError) {
    const std::string help =
        " names no device; write a PCI address (0000:01:00.0), vendor:device (10de:2684) or a "
        "location (pci0000:00/01.1/00.0)";
    EXPECT_EQ(names(""), "``" + help);
    EXPECT_EQ(names("NVIDIA"), "`NVIDIA`" + help);
    EXPECT_EQ(names("10de:22300"), "`10de:22300`" + help);
    EXPECT_EQ(names("01:00.8"), "`01:00.8`" + help);
    EXPECT_EQ(names("a\nb"), "`a b`" + help);
}

TEST_F(Selector, ChoosesHostOnlyGpusByAnyOfTheirFunctions) {
    const auto result = choices("host_only = [\"02:00.1\", \"04:00.0\"]\n");
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->host_only,
              (pci::AddressSet{address("0000:02:00.0"), address("0000:04:00.0")}));
    EXPECT_EQ(choices("host_only = [\"10de:2230\"]\n")->host_only,
              (pci::AddressSet{address("0000:01:00.0"), address("0000:02:00.0")}));
}

TEST_F(Selector, HostOnlyTakesGpusOnly) {
    EXPECT_EQ(error_of("host_only = [\n  \"03:00.0\"]\n"),
              "line 2, column 3: 0000:03:00.0 is no GPU and belongs to none, and `host_only` takes "
              "GPUs; `grub-gen scan` lists them");
    EXPECT_EQ(error_of("host_only = [\"ffff:ffff\"]\n"),
              "line 1, column 14: no function matches `ffff:ffff`; `grub-gen scan` lists them");
}

TEST_F(Selector, ChoosesStaticFunctions) {
    const auto result = choices("static = [\"8086:1572\"]\n");
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->statics, (pci::AddressSet{address("0000:03:00.0")}));
    EXPECT_TRUE(result->host_only.empty());
    EXPECT_EQ(result->guarded, (pci::AddressSet{address("10000:e1:00.0")}));
}

TEST_F(Selector, TheStaticSetIsNoPlaceForTheRest) {
    EXPECT_EQ(error_of("static = [\"00:00.0\"]\n"),
              "line 1, column 11: 0000:00:00.0 is a bridge, and bridges stay with the host; name "
              "the device behind it");
    EXPECT_EQ(error_of("static = [\"00:01.0\"]\n"),
              "line 1, column 11: 0000:00:01.0 is a bridge, and bridges stay with the host; name "
              "the device behind it");
    EXPECT_EQ(error_of("static = [\"03:02.0\"]\n"),
              "line 1, column 11: 0000:03:02.0 is a virtual function (SR-IOV); name the physical "
              "function instead");
    EXPECT_EQ(error_of("static = [\"01:00.0\"]\n"),
              "line 1, column 11: 0000:01:00.0 is a GPU, and GPUs are chosen by the profiles; take "
              "it out of `static`");
    EXPECT_EQ(
        error_of("static = [\"10de:1aef\"]\n"),
        "line 1, column 11: 0000:01:00.1 belongs to the GPU 0000:01:00.0, and GPUs are chosen "
        "by the profiles; take it out of `static`");
    EXPECT_EQ(error_of("static = [\"04:00.0\"]\n"),
              "line 1, column 11: 0000:04:00.0 belongs to the management display 0000:04:00.0, "
              "which always stays with the host; take it out of `static`");
    EXPECT_EQ(error_of("static = [\"10000:e1:00.0\"]\n"),
              "line 1, column 11: 10000:e1:00.0 carries / and swap of this host and is never "
              "passed; take it out of `static`");
    EXPECT_EQ(error_of("static = [\"03:00.0\", \"nic\"]\n"),
              "line 1, column 22: `nic` names no device; write a PCI address (0000:01:00.0), "
              "vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0)");
}

TEST_F(Selector, RomsAreForTheScreenOfACard) {
    const auto roms = [this](std::string_view toml) {
        const auto found = resolve_roms(parse_config(std::string("[rom]\n").append(toml)).value(),
                                        inventory, gpus, Names(empty.root()));
        if (!found) {
            return found.error().what;
        }
        std::string text;
        for (const auto& [function, file] : *found) {
            text += to_string(function) + "=" + file + " ";
        }
        return text;
    };
    EXPECT_EQ(roms("'01:00.1' = '/a'"), "0000:01:00.0=/a ");
    EXPECT_EQ(roms("'10de:1aef' = '/a'\n'pci0000:00/02.0/00.0' = '/b'"),
              "0000:01:00.0=/a 0000:02:00.0=/b ");
    EXPECT_EQ(roms("'03:00.0' = '/a'"), "0000:03:00.0=/a ");
    EXPECT_EQ(roms("'1a03' = '/a'"),
              "line 2, column 1: no GPU fits `1a03`; the GPUs are 0000:01:00.0 (NVIDIA device "
              "2230), 0000:02:00.0 (NVIDIA device 2230) and 0000:04:00.0 (ASPEED device 2000)");
    EXPECT_EQ(roms("'09:00.0' = '/a'"),
              "line 2, column 1: no function matches `09:00.0`; `grub-gen scan` lists them");
}

}  // namespace
}  // namespace early_bind
