// SPDX-License-Identifier: MIT
#include "core/profile/boot_table.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "core/text.hpp"

namespace early_bind {
namespace {

// Two cards, a static NIC, a guarded disk, two profiles: each kind of record at least once.
constexpr const char* kBody =
    "early-bind-table 1\n"
    "gpu NVIDIA GeForce RTX 4090\n"
    "function pci0000:00/01.0/00.0 10de:2684 1043:889a 030000 0000:01:00.0\n"
    "function pci0000:00/01.0/00.1 10de:22ba 1043:889a 040300 0000:01:00.1\n"
    "gpu AMD Radeon RX 6900 XT\n"
    "function pci0000:00/03.1/00.0/00.0/00.0 1002:73bf 1da2:440f 030000 0000:0b:00.0\n"
    "static pci0000:00/1c.0/00.0 8086:1533 8086:0001 020000 0000:04:00.0\n"
    "guarded pci0000:00/0e.0/pci10000:e0/06.0/00.0 144d:a808 144d:a801 010802 10000:e1:00.0\n"
    "profile keep-amd-73bf ok\n"
    "keep 1\n"
    "pass 0\n"
    "argument mitigations=off\n"
    "argument console=ttyS0,115200n8\n"
    "framebuffer keep\n"
    "d3cold_allowed 0\n"
    "profile pass-all no-group\n"
    "pass 0\n"
    "pass 1\n"
    "deadline 20\n";

std::string sealed(const std::string& body) {
    return body + fmt::format("revision {:08x}\n", text::crc32(body));
}

std::string error_of(const std::string& text) {
    const auto table = parse_boot_table(text);
    return table ? "none" : table.error().what;
}

/// The error of a table whose checksum is right: what is wrong is the content.
std::string content_error(const std::string& lines) {
    return error_of(sealed("early-bind-table 1\n" + lines));
}

constexpr const char* kGpu =
    "gpu A\nfunction pci0000:00/01.0/00.0 10de:2684 1043:889a 030000 0000:01:00.0\n";

TEST(BootTable, IsReadRecordByRecord) {
    const auto table = parse_boot_table(sealed(kBody));
    ASSERT_TRUE(table) << table.error().what;
    ASSERT_EQ(table->gpus.size(), 2U);
    EXPECT_EQ(table->gpus[0].name, "NVIDIA GeForce RTX 4090");
    ASSERT_EQ(table->gpus[0].functions.size(), 2U);
    EXPECT_EQ(to_string(table->gpus[0].functions[1].identity),
              "pci0000:00/01.0/00.1 10de:22ba 1043:889a 040300");
    EXPECT_EQ(to_string(table->gpus[0].functions[1].address), "0000:01:00.1");
    ASSERT_EQ(table->statics.size(), 1U);
    EXPECT_EQ(to_string(table->statics[0].address), "0000:04:00.0");
    ASSERT_EQ(table->guarded.size(), 1U);
    EXPECT_EQ(to_string(table->guarded[0].address), "10000:e1:00.0");
    ASSERT_EQ(table->profiles.size(), 2U);
    const auto* profile = table->find("keep-amd-73bf");
    ASSERT_EQ(profile, &table->profiles[0]);
    EXPECT_EQ(profile->status, Status::ok);
    EXPECT_EQ(profile->keep, std::vector<std::size_t>{1});
    EXPECT_EQ(profile->pass, std::vector<std::size_t>{0});
    EXPECT_EQ(profile->arguments,
              (std::vector<std::string>{"mitigations=off", "console=ttyS0,115200n8"}));
    EXPECT_TRUE(profile->keep_framebuffer);
    EXPECT_EQ(profile->d3cold_allowed, false);
    EXPECT_EQ(table->profiles[1].status, Status::no_group);
    EXPECT_FALSE(table->profiles[1].keep_framebuffer);
    EXPECT_EQ(table->profiles[1].d3cold_allowed, std::nullopt);
    EXPECT_EQ(table->deadline, 20U);
    EXPECT_EQ(table->find("keep"), nullptr);
    EXPECT_EQ(table->revision, fmt::format("{:08x}", text::crc32(kBody)));
}

TEST(BootTable, IsWrittenAsItWasRead) {
    auto table = parse_boot_table(sealed(kBody)).value();
    const auto revision = table.revision;
    table.revision.clear();
    EXPECT_EQ(render_boot_table(table), sealed(kBody));
    EXPECT_EQ(table.revision, revision);
}

TEST(BootTable, AnEmptyOneIsATable) {
    BootTable table;
    const auto text = render_boot_table(table);
    EXPECT_EQ(text, sealed("early-bind-table 1\n"));
    EXPECT_EQ(parse_boot_table(text)->revision, table.revision);
}

TEST(BootTable, OtherContentHasAnotherRevision) {
    BootTable one;
    BootTable other;
    one.profiles.push_back({"a", Status::ok, {}, {}, {"quiet"}});
    other.profiles.push_back({"a", Status::ok, {}, {}, {"quiet2"}});
    (void)render_boot_table(one);
    (void)render_boot_table(other);
    EXPECT_NE(one.revision, other.revision);
}

TEST(BootTable, TheOptionsOfTheBootAreChecked) {
    for (const char* text : {"", "0", "601", "-1", "ten", "10 "}) {
        EXPECT_EQ(content_error(std::string("deadline ") + text + "\n"),
                  "line 2: `deadline` needs a number of seconds, 1 to 600")
            << text;
    }
    const std::string profile = "profile a ok\n";
    EXPECT_EQ(content_error(profile + "framebuffer release\n"),
              "line 3: `framebuffer` needs `keep`");
    EXPECT_EQ(content_error(profile + "d3cold_allowed yes\n"),
              "line 3: `d3cold_allowed` needs 0 or 1");
    EXPECT_EQ(content_error("framebuffer keep\n"), "line 2: `framebuffer` before any `profile`");
}

TEST(BootTable, WhatAProfileSaysBesidesGpusComesBack) {
    BootTable table;
    table.devices.push_back(
        {pci::parse_identity("pci0000:00/1c.0/00.0 8086:1533 8086:0001 020000").value(),
         pci::parse_address("0000:03:00.0").value()});
    TableProfile profile;
    profile.name = "a";
    profile.devices = {0};
    profile.title = "For the VM";
    profile.hidden = true;
    profile.zram = Zram{4096, "zstd"};
    table.profiles.push_back(profile);
    profile.name = "b";
    profile.zram = Zram{512, ""};
    table.profiles.push_back(profile);
    const auto text = render_boot_table(table);
    EXPECT_EQ(text, sealed("early-bind-table 1\n"
                           "device pci0000:00/1c.0/00.0 8086:1533 8086:0001 020000 0000:03:00.0\n"
                           "profile a ok\nalso 0\ntitle For the VM\nhidden\nzram 4096 zstd\n"
                           "profile b ok\nalso 0\ntitle For the VM\nhidden\nzram 512\n"));
    const auto read = parse_boot_table(text);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->devices.size(), 1U);
    const auto& a = read->profiles[0];
    EXPECT_EQ(a.devices, std::vector<std::size_t>{0});
    EXPECT_EQ(a.title, "For the VM");
    EXPECT_TRUE(a.hidden);
    EXPECT_EQ(a.zram->mebibytes, 4096U);
    EXPECT_EQ(a.zram->algorithm, "zstd");
    EXPECT_EQ(read->profiles[1].zram->algorithm, "");
}

TEST(BootTable, WhatAProfileSaysBesidesGpusIsChecked) {
    const std::string profile = "profile a ok\n";
    EXPECT_EQ(content_error(profile + "also 0\n"),
              "line 3: `also` needs the number of a device, 0 to 0");
    EXPECT_EQ(content_error(profile + "title\n"), "line 3: `title` needs a text");
    EXPECT_EQ(content_error(profile + "hidden yes\n"), "line 3: `hidden` stands alone");
    for (const char* zram : {"", "0", "4G", "4096 ZSTD", "4096 zstd fast", "-1", "4096 "}) {
        EXPECT_EQ(content_error(profile + "zram " + zram + "\n"),
                  "line 3: `zram` needs a size in MiB and may have an algorithm")
            << zram;
    }
    EXPECT_EQ(content_error("also 0\n"), "line 2: `also` before any `profile`");
}

TEST(BootTable, ALineBreakInANameCannotForgeARecord) {
    BootTable table;
    table.gpus.push_back({"Card\nprofile forged ok", {}});
    table.gpus[0].functions.push_back(
        {pci::parse_identity("pci0000:00/01.0/00.0 10de:2684 1043:889a 030000").value(),
         pci::parse_address("0000:01:00.0").value()});
    table.profiles.push_back({"a", Status::ok, {}, {}, {"x\npass 0"}});
    const auto read = parse_boot_table(render_boot_table(table)).value();
    EXPECT_EQ(read.gpus[0].name, "Card profile forged ok");
    ASSERT_EQ(read.profiles.size(), 1U);
    EXPECT_EQ(read.profiles[0].arguments, std::vector<std::string>{"x pass 0"});
}

TEST(BootTable, CutAnywhereItIsRefused) {
    const auto whole = sealed(kBody);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(parse_boot_table(whole.substr(0, length))) << length;
    }
}

TEST(BootTable, WithAnySingleByteChangedItIsRefused) {
    const auto whole = sealed(kBody);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (const int flip : {0x01, 0x20, 0x80, whole[i] ^ '\n', whole[i] ^ ' ', whole[i] ^ 0}) {
            auto damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ flip);
            if (damaged != whole) {
                EXPECT_FALSE(parse_boot_table(damaged)) << "byte " << i << " flipped by " << flip;
            }
        }
    }
}

TEST(BootTable, WithALineLostOrDoubledItIsRefused) {
    const auto whole = sealed(kBody);
    for (std::size_t start = 0; start < whole.size(); start = whole.find('\n', start) + 1) {
        const auto line = whole.substr(start, whole.find('\n', start) + 1 - start);
        auto lost = whole;
        EXPECT_FALSE(parse_boot_table(lost.erase(start, line.size()))) << line;
        auto doubled = whole;
        EXPECT_FALSE(parse_boot_table(doubled.insert(start, line))) << line;
    }
}

TEST(BootTable, SaysWhereItIsCutOff) {
    EXPECT_EQ(error_of(""), "line 1: expected `early-bind-table 1`");
    EXPECT_EQ(error_of("early-bind-table 1\n"), "line 1: no revision line, the file is cut off");
    EXPECT_EQ(error_of(kBody), "line 19: no revision line, the file is cut off");
    EXPECT_EQ(error_of("early-bind-table 1\ngpu A"),
              "line 2: the line does not end, the file is cut off");
}

TEST(BootTable, RefusesOtherHeaders) {
    for (const char* text : {"early-bind-table 2\n", "early-bind-table 10\n", "early-bind-table 1",
                             " early-bind-table 1\n", "\n",
                             "\x7f"
                             "ELF"}) {
        EXPECT_EQ(error_of(text), "line 1: expected `early-bind-table 1`") << text;
    }
}

TEST(BootTable, RefusesAWrongChecksum) {
    EXPECT_EQ(error_of("early-bind-table 1\nrevision 00000000\n"),
              fmt::format("line 2: the checksum is {:08x}, the revision line says 00000000",
                          text::crc32("early-bind-table 1\n")));
    EXPECT_EQ(error_of("early-bind-table 1\nrevision\n"),
              fmt::format("line 2: the checksum is {:08x}, the revision line says ",
                          text::crc32("early-bind-table 1\n")));
}

TEST(BootTable, AnErrorQuotesNoMoreThanALineOfTheFile) {
    EXPECT_EQ(content_error(std::string(100, 'x') + "\x1b[2J\n"),
              "line 2: unknown record `" + std::string(32, 'x') + "`");
    EXPECT_EQ(content_error("\x1b[2J\n"), "line 2: unknown record ` [2J`");
}

TEST(BootTable, RefusesTextAfterTheRevision) {
    EXPECT_EQ(error_of(sealed(kBody) + "gpu A\n"), "line 21: text after the revision");
    EXPECT_EQ(error_of(sealed(kBody) + "\n"), "line 21: text after the revision");
}

TEST(BootTable, RefusesAFileAboveTheLimit) {
    EXPECT_EQ(error_of(std::string(kBootTableLimit + 1, 'x')), "larger than 262144 bytes");
}

TEST(BootTable, RefusesMoreRecordsThanAnyMachineHas) {
    std::string lines;
    for (int i = 0; i < 4096; ++i) {
        lines += "profile p" + std::to_string(i) + " ok\n";
    }
    EXPECT_EQ(content_error(lines), "none");
    EXPECT_EQ(content_error(lines + "profile q ok\n"), "line 4098: more than 4096 records");
}

TEST(BootTable, RefusesContentThatMakesNoSense) {
    const std::string gpu = kGpu;
    struct Case {
        std::string lines;
        const char* error;
    };
    for (const auto& [lines, error] : {
             Case{"\n", "line 2: unknown record ``"},
             Case{"gpus A\n", "line 2: unknown record `gpus`"},
             Case{"gpu A\n", "the GPU A has no function"},
             Case{"function pci0000:00/01.0 10de:2684 1043:889a 030000 0000:01:00.0\n",
                  "line 2: `function` before any `gpu`"},
             Case{"static 0000:01:00.0\n",
                  "line 2: `static` needs location, ids, subsystem ids, class and address"},
             Case{"static pci0000:00/01.0 10de:2684 1043:889a 030000\n",
                  "line 2: `static` needs location, ids, subsystem ids, class and address"},
             Case{"static pci0000:00/01.0 10de:268 1043:889a 030000 0000:01:00.0\n",
                  "line 2: `static` needs location, ids, subsystem ids, class and address"},
             Case{"static pci0000:00/01.0 10de:2684 1043:889a 0300 0000:01:00.0\n",
                  "line 2: `static` needs location, ids, subsystem ids, class and address"},
             Case{"guarded  pci0000:00/01.0 10de:2684 1043:889a 030000 0000:01:00.0\n",
                  "line 2: `guarded` needs location, ids, subsystem ids, class and address"},
             Case{"guarded 01.0 10de:2684 1043:889a 030000 0000:01:00.0\n",
                  "line 2: `guarded` needs location, ids, subsystem ids, class and address"},
             Case{"profile\n", "line 2: `profile` needs a name and a status"},
             Case{"profile a\n", "line 2: `profile` needs a name and a status"},
             Case{"profile a good\n", "line 2: `profile` needs a name and a status"},
             Case{"profile A ok\n", "line 2: `profile` needs a name and a status"},
             Case{"profile a ok ok\n", "line 2: `profile` needs a name and a status"},
             Case{"profile a ok\nprofile a unsafe\n", "line 3: the profile a is there twice"},
             Case{"keep 0\n", "line 2: `keep` before any `profile`"},
             Case{"argument quiet\n", "line 2: `argument` before any `profile`"},
             Case{"profile a ok\nkeep 0\n", "line 3: `keep` needs the number of a GPU, 0 to 0"},
             Case{gpu + "profile a ok\npass 1\n",
                  "line 5: `pass` needs the number of a GPU, 0 to 0"},
             Case{gpu + "profile a ok\npass -1\n",
                  "line 5: `pass` needs the number of a GPU, 0 to 0"},
             Case{gpu + "profile a ok\npass\n", "line 5: `pass` needs the number of a GPU, 0 to 0"},
             Case{gpu + "profile a ok\nkeep 0 \n",
                  "line 5: `keep` needs the number of a GPU, 0 to 0"},
             Case{gpu + "profile a ok\nkeep 99999999999999999999999\n",
                  "line 5: `keep` needs the number of a GPU, 0 to 0"},
             Case{gpu + gpu + "profile a ok\nkeep 2\n",
                  "line 7: `keep` needs the number of a GPU, 0 to 1"},
             Case{gpu + "profile a ok\nkeep 0\npass 0\n",
                  "line 6: the profile a has the GPU 0 already"},
             Case{gpu + "profile a ok\npass 0\npass 0\n",
                  "line 6: the profile a has the GPU 0 already"},
         }) {
        EXPECT_EQ(content_error(lines), error) << lines;
    }
}

}  // namespace
}  // namespace early_bind
