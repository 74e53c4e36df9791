// SPDX-License-Identifier: MIT
#include "grub-gen/config.hpp"

#include <gtest/gtest.h>

#include "grub-gen/suggestion.hpp"

namespace early_bind {
namespace {

std::string error_of(std::string_view text) {
    const auto config = parse_config(text);
    return config ? "no error" : config.error().what;
}

TEST(Config, EmptyTextSaysNothing) {
    for (const char* text : {"", "\n\n", "# only a comment\n", "\xef\xbb\xbf# with a mark\n"}) {
        const auto config = parse_config(text);
        ASSERT_TRUE(config) << config.error().what;
        EXPECT_TRUE(config->host_only.empty());
        EXPECT_TRUE(config->statics.empty());
        EXPECT_TRUE(config->profiles.empty());
    }
}

TEST(Config, ReadsEverything) {
    const auto config = parse_config(
        "host_only = [\"0000:01:00.0\"]\n"
        "static = [\n"
        "  \"8086:1533\",  # the second NIC\n"
        "  \"pci0000:00/1b.0/00.0\",\n"
        "]\n"
        "[profile.zeta]\n"
        "arguments = [\"mitigations=off\", \"nosmt\"]\n"
        "[profile.\"keep-nvidia-2230-01.1-00.0\"]\n"
        "[profile.alpha]\n"
        "arguments = []\n");
    ASSERT_TRUE(config) << config.error().what;
    ASSERT_EQ(config->host_only.size(), 1U);
    EXPECT_EQ(config->host_only[0].text, "0000:01:00.0");
    EXPECT_EQ(config->host_only[0].position.line, 1U);
    EXPECT_EQ(config->host_only[0].position.column, 14U);
    ASSERT_EQ(config->statics.size(), 2U);
    EXPECT_EQ(config->statics[1].text, "pci0000:00/1b.0/00.0");
    EXPECT_EQ(config->statics[1].position.line, 4U);
    EXPECT_EQ(config->statics[1].position.column, 3U);
    ASSERT_EQ(config->profiles.size(), 3U);
    EXPECT_EQ(config->profiles[0].name, "zeta");
    EXPECT_EQ(config->profiles[0].arguments,
              (std::vector<std::string>{"mitigations=off", "nosmt"}));
    EXPECT_EQ(config->profiles[1].name, "keep-nvidia-2230-01.1-00.0");
    EXPECT_EQ(config->profiles[2].name, "alpha");
    EXPECT_EQ(config->find("alpha"), &config->profiles[2]);
    EXPECT_EQ(config->find("beta"), nullptr);
}

TEST(Config, ReadsTheOptionsOfTheBoot) {
    const auto config = parse_config(
        "framebuffer = \"keep\"\n"
        "deadline = 20\n"
        "[profile.a]\n"
        "framebuffer = \"release\"\n"
        "disable_idle_d3 = true\n"
        "disable_vga = true\n"
        "d3cold_allowed = false\n"
        "[profile.b]\n");
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_EQ(config->screen, Screen::keep);
    EXPECT_EQ(config->deadline, 20U);
    const auto& a = *config->find("a");
    EXPECT_EQ(a.screen, Screen::release);
    EXPECT_TRUE(a.disable_idle_d3);
    EXPECT_TRUE(a.disable_vga);
    EXPECT_EQ(a.d3cold_allowed, false);
    const auto& b = *config->find("b");
    EXPECT_EQ(b.screen, std::nullopt);
    EXPECT_FALSE(b.disable_idle_d3);
    EXPECT_FALSE(b.disable_vga);
    EXPECT_EQ(b.d3cold_allowed, std::nullopt);
}

TEST(Config, TheOptionsOfTheBootAreChecked) {
    EXPECT_EQ(error_of("framebuffer = true\n"),
              "line 1, column 15: `framebuffer` must be \"keep\", \"release\" or \"none\"");
    for (const char* value : {"0", "601", "-1", "1.5", "\"10\""}) {
        EXPECT_EQ(error_of(std::string("deadline = ") + value + "\n"),
                  "line 1, column 12: `deadline` must be a whole number of seconds, 1 to 600")
            << value;
    }
    EXPECT_EQ(error_of("[profile.a]\ndisable_vga = 1\n"),
              "line 2, column 15: `disable_vga` must be true or false");
    EXPECT_EQ(error_of("[profile.a]\nd3cold_allowed = \"no\"\n"),
              "line 2, column 18: `d3cold_allowed` must be true or false");
    EXPECT_EQ(error_of("[profile.a]\ndisable_idle_d3 = \"yes\"\n"),
              "line 2, column 19: `disable_idle_d3` must be true or false");
}

TEST(Config, ReadsRomFiles) {
    const auto config = parse_config(
        "[rom]\n"
        "\"01:00.0\" = \"/usr/share/vgabios/a b.rom\"\n"
        "'RTX 4090' = \"/b.rom\"\n");
    ASSERT_TRUE(config) << config.error().what;
    ASSERT_EQ(config->roms.size(), 2U);
    EXPECT_EQ(config->roms[0].device.text, "01:00.0");
    EXPECT_EQ(config->roms[0].device.position.line, 2U);
    EXPECT_EQ(config->roms[0].file, "/usr/share/vgabios/a b.rom");
    EXPECT_EQ(config->roms[1].device.text, "RTX 4090");
}

TEST(Config, RomFilesAreWholePaths) {
    for (const char* value : {"1", "\"\"", "\"/\"", "\"a.rom\"", "\"/a/\"", "\"/a\\nb\"", "[]"}) {
        EXPECT_EQ(error_of(std::string("[rom]\nx = ") + value + "\n"),
                  "line 2, column 5: the ROM of `x` must be the whole path of a file, such as "
                  "\"/usr/share/vgabios/card.rom\"")
            << value;
    }
    EXPECT_EQ(error_of("rom = \"/a.rom\"\n"),
              "line 1, column 7: `rom` must be a table of devices with their files, such as [rom] "
              "and \"01:00.0\" = \"/usr/share/vgabios/card.rom\" below it");
    EXPECT_EQ(error_of("[rom]\nradeon.6800 = \"/a.rom\"\n"),
              "line 2, column 1: a device with a dot in it needs quotes: \"01:00.0\" = ...");
}

TEST(Config, UnknownKeysAreErrorsWithASuggestion) {
    EXPECT_EQ(error_of("\n\nhostonly = []\n"),
              "line 3, column 1: unknown key `hostonly`; did you mean `host_only`?");
    EXPECT_EQ(error_of("Static = []\n"),
              "line 1, column 1: unknown key `Static`; did you mean `static`?");
    EXPECT_EQ(error_of("static = []\n[profiles.a]\n"),
              "line 2, column 2: unknown key `profiles`; did you mean `profile`?");
    EXPECT_EQ(error_of("colour = 3\n"), "line 1, column 1: unknown key `colour`");
    EXPECT_EQ(error_of("[profile.pass-all]\nargument = []\n"),
              "line 2, column 1: unknown key `argument`; did you mean `arguments`?");
    EXPECT_EQ(error_of("\"a\\u001bb\" = 1\n"), "line 1, column 1: unknown key `a b`");
}

TEST(Config, TheFirstErrorOfTheFileIsReported) {
    EXPECT_EQ(error_of("zzz = 1\naaa = 1\n"), "line 1, column 1: unknown key `zzz`");
}

TEST(Config, WrongTypes) {
    EXPECT_EQ(error_of("static = \"8086:1533\"\n"),
              "line 1, column 10: `static` must be a list of strings, such as "
              "[\"0000:01:00.0\"]");
    EXPECT_EQ(error_of("host_only = [\"a\", 3]\n"),
              "line 1, column 19: `host_only` takes strings only, such as [\"0000:01:00.0\"]");
    EXPECT_EQ(error_of("profile = 1\n"),
              "line 1, column 11: `profile` must be a table for each profile, such as "
              "[profile.pass-all]");
    EXPECT_EQ(error_of("[[profile]]\narguments = []\n"),
              "line 1, column 1: `profile` must be a table for each profile, such as "
              "[profile.pass-all]");
    EXPECT_EQ(error_of("[profile]\npass-all = \"x\"\n"),
              "line 2, column 12: the profile pass-all must be a table: [profile.pass-all]");
    EXPECT_EQ(error_of("[profile.pass-all]\narguments = \"a=b\"\n"),
              "line 2, column 13: `arguments` must be a list of strings, such as "
              "[\"mitigations=off\"]");
}

TEST(Config, ProfileNames) {
    EXPECT_EQ(error_of("[profile.Keep]\n"),
              "line 1, column 10: `Keep` cannot be a profile's name: it takes 1 to 64 of a-z, 0-9, "
              "`.`, `_` and `-`, and starts with a letter or digit");
    EXPECT_EQ(error_of("[profile.\"\"]\n"),
              "line 1, column 10: `` cannot be a profile's name: it takes 1 to 64 of a-z, 0-9, "
              "`.`, `_` and `-`, and starts with a letter or digit");
    EXPECT_EQ(error_of("[profile.keep-nvidia-2230-01.1-00.0]\narguments = []\n"),
              "line 1, column 30: a profile's name with a dot in it needs quotes: "
              "[profile.\"keep-nvidia-2230-01.1-00.0\"]");
    EXPECT_EQ(error_of("[profile.a.arguments]\n"),
              "line 1, column 1: `arguments` must be a list of strings, such as "
              "[\"mitigations=off\"]");
}

TEST(Config, ProfilesMustExist) {
    const auto config = parse_config("[profile.pass-al]\n[profile.other]\n");
    ASSERT_TRUE(config);
    const auto near = check_profile_names(*config, {"keep-nvidia-2684", "pass-all"});
    ASSERT_FALSE(near);
    EXPECT_EQ(near.error().what,
              "line 1, column 10: this machine has no profile `pass-al`; did you mean `pass-all`?");
    const auto far = check_profile_names(*config, {"pass-al", "keep-nvidia-2684"});
    ASSERT_FALSE(far);
    EXPECT_EQ(far.error().what,
              "line 2, column 10: this machine has no profile `other`; `grub-gen scan` lists them, "
              "and `keep` or `pass` makes one of your own");
    EXPECT_TRUE(check_profile_names(*config, {"pass-al", "other"}));
}

TEST(Config, ReadsAProfileOfOnesOwn) {
    const auto config = parse_config(
        "[profile.two]\n"
        "keep = [\"rtx\", \"01:00.0\"]\n"
        "devices = [\"8086:1533\"]\n"
        "title = \"Two for me\"\n"
        "order = -1\n"
        "hidden = true\n"
        "[profile.pass-all]\n"
        "name = \"server\"\n"
        "enabled = false\n");
    ASSERT_TRUE(config) << config.error().what;
    const auto& two = *config->find("two");
    ASSERT_EQ(two.keep.value().size(), 2U);
    EXPECT_EQ(two.keep->at(0).text, "rtx");
    EXPECT_FALSE(two.pass);
    EXPECT_EQ(two.devices.at(0).text, "8086:1533");
    EXPECT_EQ(two.title, "Two for me");
    EXPECT_EQ(two.order, -1);
    EXPECT_TRUE(two.hidden);
    EXPECT_TRUE(two.enabled);
    EXPECT_EQ(config->find("pass-all"), nullptr);
    EXPECT_EQ(config->find("server")->name, "pass-all");
    EXPECT_FALSE(config->find("server")->enabled);
    EXPECT_TRUE(check_profile_names(*config, {"pass-all"}));
}

TEST(Config, ReadsWhatAProfileAsksOfTheMachine) {
    const auto config = parse_config(
        "[profile.a]\n"
        "memory = \"16G\"\n"
        "pages = \"2M\"\n"
        "cpus = \"4-5,7\"\n"
        "zram = \"512M\"\n"
        "zram_algorithm = \"zstd\"\n"
        "zswap = true\n"
        "zswap_compressor = \"lz4\"\n"
        "zswap_max_pool_percent = 20\n"
        "[profile.b]\n"
        "memory = [\"8G\", \"0G\"]\n"
        "zram = false\n");
    ASSERT_TRUE(config) << config.error().what;
    const auto& a = config->find("a")->resources;
    EXPECT_EQ(a.memory->mebibytes, std::vector<std::uint64_t>{16384});
    EXPECT_FALSE(a.memory->per_node);
    EXPECT_EQ(a.page_mebibytes, 2U);
    EXPECT_EQ(a.cpus->cpus, (CpuList{4, 5, 7}));
    EXPECT_EQ(a.zram->mebibytes, 512U);
    EXPECT_EQ(a.zram_algorithm, "zstd");
    EXPECT_EQ(a.zswap, true);
    EXPECT_EQ(a.zswap_compressor, "lz4");
    EXPECT_EQ(a.zswap_max_pool_percent, 20U);
    const auto& b = config->find("b")->resources;
    EXPECT_EQ(b.memory->mebibytes, (std::vector<std::uint64_t>{8192, 0}));
    EXPECT_TRUE(b.memory->per_node);
    EXPECT_FALSE(b.zram->on);
}

TEST(Config, WhatAProfileSaysIsChecked) {
    const std::string memory =
        "line 2, column 10: `memory` must be a size such as \"16G\", or one for each NUMA node "
        "such "
        "as [\"8G\", \"8G\"]";
    for (const char* value : {"16", "\"16\"", "\"16g\"", "\"G\"", "\"-1G\"", "\"0G\"", "[]",
                              "[\"8G\", 1]", "\"99999999999T\"", "true"}) {
        EXPECT_EQ(error_of(std::string("[profile.a]\nmemory = ") + value + "\n"), memory) << value;
    }
    EXPECT_EQ(error_of("[profile.a]\npages = \"4K\"\n"),
              "line 2, column 9: `pages` must be \"2M\" or \"1G\"");
    for (const char* value : {"\"\"", "\"4-\"", "\"7-4\"", "\"a\"", "\"9999\"", "4"}) {
        EXPECT_EQ(error_of(std::string("[profile.a]\ncpus = ") + value + "\n"),
                  "line 2, column 8: `cpus` must be a list of CPUs, such as \"4-7,12-15\"")
            << value;
    }
    EXPECT_EQ(error_of("[profile.a]\nzram = 4\n"),
              "line 2, column 8: `zram` must be a size such as \"4G\", true or false");
    EXPECT_EQ(error_of("[profile.a]\nzram_algorithm = \"z std\"\n"),
              "line 2, column 18: `zram_algorithm` must be the kernel's name of a compression "
              "algorithm, such as \"zstd\"");
    EXPECT_EQ(error_of("[profile.a]\nzswap_max_pool_percent = 101\n"),
              "line 2, column 26: `zswap_max_pool_percent` must be a whole number, 1 to 100");
    EXPECT_EQ(error_of("[profile.a]\ntitle = \"a\\nb\"\n"),
              "line 2, column 9: `title` must be one line of text, at most 200 bytes");
    EXPECT_EQ(error_of("[profile.a]\norder = \"first\"\n"),
              "line 2, column 9: `order` must be a whole number");
    EXPECT_EQ(error_of("[profile.a]\nname = \"A b\"\n"),
              "line 2, column 8: `A b` cannot be a profile's name: it takes 1 to 64 of a-z, 0-9, "
              "`.`, `_` and `-`, and starts with a letter or digit");
    EXPECT_EQ(
        error_of("[profile.a]\nkeep = []\npass = []\n"),
        "line 1, column 10: the profile a has both `keep` and `pass`: one of them says it all");
}

TEST(Config, ProfilesOfOnesOwnHaveNamesOfTheirOwn) {
    const auto taken = parse_config("[profile.pass-all]\nkeep = [\"a\"]\n");
    EXPECT_EQ(
        check_profile_names(*taken, {"pass-all"}).error().what,
        "line 1, column 10: the profile `pass-all` is made by grub-gen and keeps what its name "
        "says; give `keep` and `pass` to one of another name");
    const auto twice =
        parse_config("[profile.pass-all]\nname = \"two\"\n[profile.two]\nkeep = []\n");
    EXPECT_EQ(check_profile_names(*twice, {"pass-all"}).error().what,
              "line 2, column 8: there is a profile `two` already");
}

TEST(Config, ArgumentsMustBeWordsThatReachTheKernel) {
    EXPECT_EQ(error_of("[profile.a]\narguments = [\"a=b\", \"c d\"]\n"),
              "line 2, column 21: the argument `c d` cannot be used: it has a blank; give each "
              "argument on its own");
    EXPECT_EQ(error_of("[profile.a]\narguments = [\"\"]\n"),
              "line 2, column 14: the argument `` cannot be used: it is empty");
    EXPECT_EQ(error_of("[profile.a]\narguments = [\"early-bind.profile=pass-all\"]\n"),
              "line 2, column 14: the argument `early-bind.profile=pass-all` cannot be used: every "
              "entry has its own");
}

TEST(Config, SyntaxErrorsCarryTheirPlace) {
    EXPECT_EQ(error_of("static = [\"a\"\nhost_only = []\n"),
              "line 2, column 1: cannot read this array: expected comma or closing ']', saw 'h'");
    EXPECT_EQ(error_of("static = \n"),
              "line 1, column 10: cannot read this key-value pair: expected value, saw '\\n'");
    EXPECT_EQ(error_of("static = []\nstatic = []\n"),
              "line 2, column 10: cannot read this key-value pair: cannot redefine existing array "
              "'static'");
    EXPECT_EQ(error_of("\xff = 1\n"),
              "line 1, column 1: cannot read this: Encountered invalid utf-8 sequence");
}

/// What toml++ 3.3 takes to be impossible, see grub-gen/toml.hpp.
TEST(Config, TextInOtherScripts) {
    EXPECT_EQ(error_of("# \xc3\xbc\nstatic = [\n  # f\xc3\xbcr \xd0\x96\n]\n"), "no error");
    EXPECT_EQ(error_of("\xc3\xbc = 1\n"),
              "line 1, column 1: cannot read this root table: expected keys, tables, whitespace or "
              "comments, saw '\xc3\xbc'");
    EXPECT_EQ(
        error_of("static = [] \xc3\xbc\n"),
        "line 1, column 13: cannot read this key-value pair: expected a comment or whitespace, "
        "saw '\xc3\xbc'");
}

TEST(Config, KeysThatBeginBadly) {
    EXPECT_EQ(error_of("[[#a]]\n"),
              "line 1, column 3: cannot read this key: expected bare key starting character or "
              "string delimiter, saw '#'");
    EXPECT_EQ(error_of("[=]\n"),
              "line 1, column 2: cannot read this key: expected bare key starting character or "
              "string delimiter, saw '='");
}

TEST(Config, NoTextMakesItCrash) {
    EXPECT_NE(error_of(std::string("static = [\"\0\"]", 14)), "no error");
    EXPECT_NE(error_of("static = " + std::string(100'000, '[')), "no error");
    EXPECT_NE(error_of(std::string(100'000, 'x') + " = 1"), "no error");
    EXPECT_NE(error_of("[profile." + std::string(300, 'a') + "]"), "no error");
}

TEST(Suggestion, IsTheNearestWordAndNotAnyWord) {
    EXPECT_EQ(nearest("staitc", {"host_only", "static"}), "static");
    EXPECT_EQ(nearest("HOST-ONLY", {"host_only", "static"}), "host_only");
    EXPECT_EQ(nearest("memory", {"host_only", "static"}), "");
    EXPECT_EQ(nearest("", {"host_only"}), "");
    EXPECT_EQ(nearest("keep-b", {"keep-a", "keep-c"}), "keep-a");
    EXPECT_EQ(did_you_mean("satic", {"static"}), "; did you mean `static`?");
    EXPECT_EQ(did_you_mean("satic", {}), "");
}

}  // namespace
}  // namespace early_bind
