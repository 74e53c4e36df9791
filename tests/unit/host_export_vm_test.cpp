// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "host/export/vm.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using test::address;

/// "name: host>guest ..." for each card, a "*" where it fills its slot, a ROM in brackets.
std::string cards(const test::MachineBuilder& builder, const std::vector<const char*>& passed,
                  const std::map<pci::Address, std::string>& roms = {}) {
    const test::TemporaryRoot empty;
    const Names names(empty.root());
    const auto inventory = builder.inventory();
    pci::AddressSet functions;
    for (const auto* text : passed) {
        functions.insert(address(text));
    }
    std::string text;
    for (const auto& card :
         make_cards(inventory, pci::find_gpus(inventory), functions, roms, names)) {
        text += fmt::format("{}{}:", card.gpu ? "gpu" : "device", card.whole_slot ? "*" : "");
        for (const auto& function : card.functions) {
            text += fmt::format(" {}>{}", to_string(function.host), function.guest);
            text += function.rom.empty() ? "" : fmt::format("({})", function.rom);
        }
        text += "\n";
    }
    return text;
}

TEST(VmCards, ACardIsOneSlotAndOthersAreAlone) {
    test::MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x8086, 0x1533, 0x020000);
    m.add("0000:02:00.1", "pci0000:00/02.0/00.1", 0x8086, 0x1533, 0x020000);
    m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x10de, 0x2684, 0x030000);
    EXPECT_EQ(cards(m, {"0000:02:00.0", "0000:02:00.1", "0000:01:00.1", "0000:01:00.0"}),
              "gpu*: 0000:01:00.0>0 0000:01:00.1>1\n"
              "device: 0000:02:00.0>0\n"
              "device: 0000:02:00.1>0\n");
    EXPECT_EQ(cards(m, {}), "");
}

TEST(VmCards, ACardWithoutItsScreenIsWhatIsLeftOfIt) {
    test::MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300);
    EXPECT_EQ(cards(m, {"0000:01:00.1"}), "device: 0000:01:00.1>0\n");
}

TEST(VmCards, NumbersOfTheHostAreKeptWhereFunction0IsThere) {
    test::MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x1e04, 0x030000);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x10f7, 0x040300);
    m.add("0000:01:00.3", "pci0000:00/01.0/00.3", 0x10de, 0x1ad7, 0x0c8000);
    EXPECT_EQ(cards(m, {"0000:01:00.0", "0000:01:00.1", "0000:01:00.3"}),
              "gpu*: 0000:01:00.0>0 0000:01:00.1>1 0000:01:00.3>3\n");
    EXPECT_EQ(cards(m, {"0000:01:00.0", "0000:01:00.3"}), "gpu: 0000:01:00.0>0 0000:01:00.3>3\n");
}

TEST(VmCards, WhereItIsNotTheScreenComesFirst) {
    test::MachineBuilder m;
    m.add("0000:04:00.1", "pci0000:00/08.1/00.1", 0x1002, 0x1637, 0x040300);
    m.add("0000:04:00.2", "pci0000:00/08.1/00.2", 0x1002, 0x1638, 0x030000);
    EXPECT_EQ(cards(m, {"0000:04:00.1", "0000:04:00.2"}, {{address("0000:04:00.2"), "/a"}}),
              "gpu*: 0000:04:00.2>0(/a) 0000:04:00.1>1\n");
}

/// Intel Arc: the audio is a device of its own behind the card's switch.
TEST(VmCards, ACardOfTwoSlotsIsOneInTheGuest) {
    test::MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x8086, 0x4fa1, 0x060400);
    m.add("0000:02:01.0", "pci0000:00/01.0/00.0/01.0", 0x8086, 0x4fa4, 0x060400);
    m.add("0000:02:04.0", "pci0000:00/01.0/00.0/04.0", 0x8086, 0x4fa4, 0x060400);
    m.add("0000:03:00.0", "pci0000:00/01.0/00.0/01.0/00.0", 0x8086, 0x56a5, 0x030000);
    m.add("0000:04:00.0", "pci0000:00/01.0/00.0/04.0/00.0", 0x8086, 0x4f92, 0x040300);
    EXPECT_EQ(cards(m, {"0000:03:00.0", "0000:04:00.0"}), "gpu: 0000:03:00.0>0 0000:04:00.0>1\n");
}

/// Eight cores of two threads each, on two nodes.
Hardware workstation() {
    Hardware hardware;
    hardware.mebibytes = 32768;
    hardware.nodes = {{0, 16384, {0, 1, 2, 3, 8, 9, 10, 11}},
                      {2, 16384, {4, 5, 6, 7, 12, 13, 14, 15}}};
    for (unsigned core = 0; core < 8; ++core) {
        hardware.cores.push_back({core, core + 8});
    }
    hardware.online = parse_cpu_list("0-15").value();
    return hardware;
}

/// "16384 pages of 1024: 8192 on 0 for 4 ..., vCPUs ..., S/C/T".
std::string shape(VmNeeds needs, const char* cpus, bool topoext = false) {
    needs.cpus = parse_cpu_list(cpus).value();
    Vm vm;
    set_needs(vm, needs, workstation(), topoext);
    std::string text = fmt::format("{}M/{}:", vm.memory.mebibytes(), vm.memory.page_mebibytes);
    for (const auto& cell : vm.memory.cells) {
        text += fmt::format(" {}@{}x{}", cell.mebibytes,
                            cell.node ? fmt::format("{}", *cell.node) : "any", cell.vcpus);
    }
    text += fmt::format("; {}:", vm.cpus.count);
    for (const auto cpu : vm.cpus.host) {
        text += fmt::format(" {}", cpu);
    }
    return text + fmt::format("; {}/{}/{}; others {}{}", vm.cpus.sockets, vm.cpus.cores,
                              vm.cpus.threads, to_string(vm.cpus.others),
                              vm.cpus.topoext ? "; topoext" : "");
}

TEST(VmNeeds, NothingAskedIsNothingSaid) {
    EXPECT_EQ(shape({}, ""), "0M/0:; 0:; 1/0/1; others ");
}

TEST(VmNeeds, ThreadsOfACoreStandTogether) {
    EXPECT_EQ(shape({{16384}, false, 1024, {}, true, 0}, "2-3,10-11"),
              "16384M/1024: 16384@anyx4; 4: 2 10 3 11; 1/2/2; others 0-1,4-9,12-15");
    EXPECT_EQ(shape({}, "2-3,10-11", true),
              "0M/0:; 4: 2 10 3 11; 1/2/2; others 0-1,4-9,12-15; topoext");
}

TEST(VmNeeds, UnevenCoresAreToldAsCoresOfOneThread) {
    EXPECT_EQ(shape({}, "2-3,10", true), "0M/0:; 3: 2 10 3; 1/3/1; others 0-1,4-9,11-15");
    EXPECT_EQ(shape({}, "2-3", true), "0M/0:; 2: 2 3; 1/2/1; others 0-1,4-15");
}

TEST(VmNeeds, FewerVcpusThanCpus) {
    EXPECT_EQ(shape({{}, false, 0, {}, true, 2}, "2-3,10-11"),
              "0M/0:; 2: 2 10; 1/1/2; others 0-1,4-9,12-15");
    EXPECT_EQ(shape({{}, false, 0, {}, false, 6}, ""), "0M/0:; 6:; 1/6/1; others ");
}

TEST(VmNeeds, MemoryOfTwoNodesIsTwoCellsWithTheirCpus) {
    EXPECT_EQ(shape({{8192, 4096}, true, 2, {}, true, 0}, "2-3,10-11,6-7,14-15"),
              "12288M/2: 8192@0x4 4096@2x4; 8: 2 10 3 11 6 14 7 15; 2/2/2; others "
              "0-1,4-5,8-9,12-13");
    EXPECT_EQ(shape({{8192, 4096}, true, 2, {}, true, 0}, "3,11,6-7,14-15"),
              "12288M/2: 8192@0x2 4096@2x4; 6: 3 11 6 14 7 15; 1/3/2; others 0-2,4-5,8-10,12-13");
    EXPECT_EQ(shape({{8192, 4096}, true, 2, {}, true, 0}, "2-3"),
              "12288M/2: 8192@0x2 4096@2x0; 2: 2 3; 1/2/1; others 0-1,4-15");
    EXPECT_EQ(shape({{8192, 4096}, true, 2, {}, false, 4}, ""),
              "12288M/2: 8192@0x2 4096@2x2; 4:; 2/2/1; others ");
}

TEST(VmNeeds, MemoryOfOneNodeIsOneCell) {
    EXPECT_EQ(shape({{0, 4096}, true, 2, {}, true, 0}, "2-3"),
              "4096M/2: 4096@2x2; 2: 2 3; 1/2/1; others 0-1,4-15");
}

}  // namespace
}  // namespace early_bind
