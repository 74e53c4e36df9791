// SPDX-License-Identifier: MIT
#include "grub-gen/record/recording.hpp"

#include <gtest/gtest.h>

#include "tests/support/recordings.hpp"

namespace early_bind {
namespace {

using pci::Address;
using test::full_recording;

std::string fault(std::string_view text) {
    const auto recording = parse_recording(text);
    return recording ? "no fault" : recording.error().what;
}

/// The fault of a recording with this text after the two keys that must be there.
std::string fault_with(const std::string& more) {
    return fault(R"({"iommu": "none", "devices": [)" + more + "}");
}

TEST(Recording, ComesBackAsItWasWritten) {
    const auto recording = full_recording();
    const auto read = parse_recording(render_recording(recording));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, recording);
}

TEST(Recording, OneLineForEachFunction) {
    Recording recording;
    recording.kernel = "6.1.0-9-amd64";
    RecordedFunction function;
    function.address = {0, 1, 0, 0};
    function.ids = {0x10de, 0x1e07, 0x1462, 0x3710};
    function.class_code.value = 0x030000;
    function.revision = 0xa1;
    function.boot_vga = true;
    recording.functions = {function};
    EXPECT_EQ(
        render_recording(recording),
        "{\n \"schema\": 1,\n \"source\": \"grub-gen record\",\n \"kernel\": \"6.1.0-9-amd64\",\n"
        " \"cmdline\": \"\",\n \"firmware\": [],\n \"iommu\": \"none\",\n \"devices\": [\n"
        "  {\"slot\":\"0000:01:00.0\",\"class\":\"0x030000\",\"vendor\":\"0x10de\","
        "\"device\":\"0x1e07\",\"subsystem_vendor\":\"0x1462\",\"subsystem_device\":\"0x3710\","
        "\"revision\":\"0xa1\",\"driver\":null,\"iommu_group\":null,\"boot_vga\":1,"
        "\"parent\":null,\"label\":\"\"}\n ]\n}\n");
}

TEST(Recording, TakesWhatPeopleWroteByHand) {
    const auto read = parse_recording(R"({
        "source": "a forum", "notes": "", "fragment": true, "inferred": [], "iommu": "none",
        "devices": [{"slot": "0000:01:00.0", "class": "0x030000", "vendor": "0x10de",
                     "device": "0x1e07", "subsystem_vendor": null, "revision": null,
                     "driver": null, "iommu_group": null, "boot_vga": null, "parent": null},
                    {"slot": "0000:00:01.0", "parent": null}]})");
    ASSERT_TRUE(read) << read.error().what;
    ASSERT_EQ(read->functions.size(), 2U);
    EXPECT_EQ(read->functions[0].address, (Address{0, 0, 1, 0})) << "sorted";
    EXPECT_EQ(read->functions[1].ids, (pci::Ids{0x10de, 0x1e07, 0, 0}));
    EXPECT_EQ(read->functions[1].boot_vga, std::nullopt);
}

TEST(Recording, SaysWhatIsWrong) {
    EXPECT_EQ(fault(""), "line 1, column 1 is not JSON");
    EXPECT_EQ(fault("{\n \"iommu\": nope\n}"), "line 2, column 12 is not JSON");
    EXPECT_EQ(fault("{\"iommu\": \"no"), "line 1, column 14 is not JSON");
    EXPECT_EQ(fault("{\"iommu\": 1e999}"), "it holds a number that is too large");
    EXPECT_EQ(fault("[]"), "it is no JSON object");
    EXPECT_EQ(fault("{}"), "it has no list `devices`");
    EXPECT_EQ(fault(R"({"devices": {}})"), "it has no list `devices`");
    EXPECT_EQ(fault(R"({"devices": []})"),
              "iommu is none of \"none\", \"intel\", \"amd\", \"arm-smmu\", \"other\"");
    EXPECT_EQ(fault(R"({"schema": 2, "devices": []})"), "schema is no number from 0 to 1");
    EXPECT_EQ(fault(R"({"schema": 0, "devices": []})"), "schema is not 1");
    EXPECT_EQ(fault_with("1]"), "devices[0] is no object");
    EXPECT_EQ(fault_with("{}]"), "devices[0] has no slot");
    EXPECT_EQ(fault_with(R"({"slot": "1:0.0"}])"), "devices[0].slot is no PCI address");
    EXPECT_EQ(fault_with(R"({"slot": 7}])"), "devices[0].slot is no text");
    const std::string one = R"({"slot": "0000:01:00.0")";
    EXPECT_EQ(fault_with(one + R"(, "vendor": "10de"}])"),
              "devices[0].vendor is no hexadecimal number up to 0xffff");
    EXPECT_EQ(fault_with(one + R"(, "class": "0x1000000"}])"),
              "devices[0].class is no hexadecimal number up to 0xffffff");
    EXPECT_EQ(fault_with(one + R"(, "iommu_group": -1}])"),
              "devices[0].iommu_group is no number from 0 to 2147483647");
    EXPECT_EQ(fault_with(one + R"(, "boot_vga": 2}])"),
              "devices[0].boot_vga is no number from 0 to 1");
    EXPECT_EQ(fault_with(one + R"(, "connectors": {"a/b": "connected"}}])"),
              "devices[0].connectors.a/b is no plain name");
    EXPECT_EQ(fault_with(one + "}," + one + "}]"), "0000:01:00.0 is there twice");
    EXPECT_EQ(fault_with(R"(], "memory": [])"), "memory is no object");
    EXPECT_EQ(fault_with(R"(], "memory": {"total_kib": "much"})"),
              "memory.total_kib is no number from 0 to 18014398509481983");
    EXPECT_EQ(fault_with(R"(], "cpus": {"online": "0-"})"),
              "cpus.online is no list of CPUs such as \"0-3,8\"");
    EXPECT_EQ(fault_with(R"(], "cpus": {"threads": ["0", "x"]})"),
              "cpus.threads[1] is no list of CPUs such as \"0-3,8\"");
    EXPECT_EQ(fault_with(R"(], "root_bus_parent": {"x": "0000:00:00.0"})"),
              "root_bus_parent.x is no PCI bus");
    EXPECT_EQ(fault_with(R"(], "virtual_groups": {"01": {"name": "x"}})"),
              "virtual_groups.01 is no IOMMU group");
    EXPECT_EQ(fault_with(R"(], "virtual_groups": {"1": {}})"), "virtual_groups.1.name is missing");
    EXPECT_EQ(fault_with(R"(], "carriers": {"0000:01:00.0": ["/home/rose"]})"),
              "carriers.0000:01:00.0[0] is no mount point of a system, `other` or `swap`");
    EXPECT_EQ(fault_with(R"(], "carriers": {"0000:01:00.0": ["/", "swap"]})"),
              "0000:01:00.0 carries / and swap and is not there");
    EXPECT_EQ(fault_with(R"(], "framebuffers": [{"name": "efi-framebuffer.0"}])"),
              "framebuffers[0].driver is missing");
}

TEST(Recording, NamesOfFilesStayNames) {
    const std::string one = R"({"slot": "0000:01:00.0", "driver": )";
    for (const char* name : {R"("..")", R"(".")", R"("a/b")", R"("/etc/passwd")"}) {
        EXPECT_EQ(fault_with(one + name + "}]"), "devices[0].driver is no plain name") << name;
    }
    EXPECT_EQ(fault_with(R"(], "firmware": ["../x"])"), "firmware[0] is no plain name");
    EXPECT_EQ(fault_with(R"(], "virtual_groups": {"1": {"name": "../x"}})"),
              "virtual_groups.1.name is no plain name");
}

TEST(Recording, EverythingHangsBelowSomething) {
    const auto at = [](const std::string& slot, const std::string& more) {
        return R"({"slot": ")" + slot + "\", " + more + "}";
    };
    EXPECT_EQ(fault_with(at("0000:01:00.0", R"("parent": "0000:00:01.0")") + "]"),
              "0000:01:00.0 is below 0000:00:01.0, which is not there");
    EXPECT_EQ(fault_with(at("0000:01:00.0", R"("parent": "0000:01:00.0")") + "]"),
              "0000:01:00.0 is below itself");
    EXPECT_EQ(fault_with(at("0000:01:00.0", R"("parent": "0000:02:00.0")") + "," +
                         at("0000:02:00.0", R"("parent": "0000:01:00.0")") + "]"),
              "0000:01:00.0 is below itself");
    EXPECT_EQ(fault_with(at("0000:01:00.0", R"("physfn": "0000:02:00.0")") + "]"),
              "0000:01:00.0 is virtual below 0000:02:00.0, which is not there");
    EXPECT_EQ(fault_with(R"(], "virtual_groups": {"1": {"name": "x", "parent": "0000:02:00.0"}})"),
              "IOMMU group 1 is below 0000:02:00.0, which is not there");
    EXPECT_EQ(fault_with(at("0000:01:00.0", R"("parent": null)") +
                         R"(], "root_bus_parent": {"0000:01": "0000:01:00.0"})"),
              "0000:01:00.0 is below itself");
}

TEST(Recording, PathsAreThoseOfTheKernel) {
    const auto paths = device_paths(full_recording());
    ASSERT_TRUE(paths) << paths.error().what;
    EXPECT_EQ(paths->at({0x10000, 0xe1, 0, 0}),
              "sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0");
    EXPECT_EQ(paths->at({0, 0x51, 0, 4}), "sys/devices/pci0000:50/0000:50:01.2/0000:51:00.4");
}

TEST(Recording, AChainOfAnyLengthIsNoTrouble) {
    std::string devices;
    for (int i = 0; i < 20000; ++i) {
        char text[96];
        std::snprintf(text, sizeof text, R"(%s{"slot": "%08x:00:00.0", "parent": "%08x:00:00.0"})",
                      i == 0 ? "" : ",", 0x10000 + i, 0x10000 + i + 1);
        devices += text;
    }
    EXPECT_TRUE(fault_with(devices + "]").ends_with("which is not there"));
    EXPECT_TRUE(fault_with(devices + R"(,{"slot": "00014e20:00:00.0"}])")
                    .ends_with("is below too many bridges"));
}

TEST(Recording, NoTextBringsItDown) {
    const std::string whole = render_recording(full_recording());
    for (std::size_t length = 0; length + 1 < whole.size(); length += 3) {
        EXPECT_FALSE(parse_recording(whole.substr(0, length))) << length;
    }
    constexpr std::string_view kBytes("\0\xff\"{9-/", 7);
    int refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string other = whole;
        other[at] = kBytes[at % kBytes.size()];
        const auto read = parse_recording(other);
        refused += read ? 0 : 1;
        EXPECT_TRUE(read || !read.error().what.empty());
    }
    EXPECT_GT(refused, 1000);
    EXPECT_EQ(fault(std::string(200000, '[')), "line 1, column 200001 is not JSON");
}

}  // namespace
}  // namespace early_bind
