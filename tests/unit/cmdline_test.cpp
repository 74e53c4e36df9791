// SPDX-License-Identifier: MIT
#include "core/cmdline/cmdline.hpp"

#include <gtest/gtest.h>

#include <random>

namespace early_bind {
namespace {

/// The words as "<key>" or "<key>=<value>", to see what belongs to which.
std::string words(std::string_view text) {
    std::string out;
    for (const auto& argument : parse_command_line(text)) {
        out += "<" + argument.key + ">";
        out += argument.value ? "=<" + *argument.value + ">" : "";
    }
    return out;
}

TEST(CommandLine, IsCutAsTheKernelCutsIt) {
    struct Case {
        const char* text;
        const char* words;
    };
    for (const auto& [text, expected] : {
             Case{"", ""},
             Case{"  \t\n ", ""},
             Case{"ro quiet", "<ro><quiet>"},
             Case{"  ro\t\tquiet \n", "<ro><quiet>"},
             Case{"root=/dev/sda1", "<root>=</dev/sda1>"},
             Case{"root=UUID=1234", "<root>=<UUID=1234>"},
             Case{"key=", "<key>=<>"},
             Case{R"(dyndbg="file a.c +p; file b.c +p" ro)",
                  "<dyndbg>=<file a.c +p; file b.c +p><ro>"},
             Case{R"("dyndbg=file a.c +p" ro)", "<dyndbg>=<file a.c +p><ro>"},
             Case{R"(key="" ro)", "<key>=<><ro>"},
             Case{R"("two words" ro)", "<two words><ro>"},
             Case{R"(a"b c"d)", "<a\"b c\"d>"},
             Case{R"(key=a"b c")", "<key>=<a\"b c\">"},
             Case{R"(key="never closed ro)", "<key>=<never closed ro>"},
             Case{R"(")", "<>"},
             Case{R"(key=")", "<key>=<>"},
         }) {
        EXPECT_EQ(words(text), expected) << text;
    }
}

TEST(CommandLine, ALoneDoubleDashEndsTheKernelsPart) {
    EXPECT_EQ(words("ro -- early-bind.off"), "<ro>");
    EXPECT_EQ(words("ro --"), "<ro>");
    EXPECT_EQ(words("-- ro"), "");
    EXPECT_EQ(words("ro --x a--b --= y"), "<ro><--x><a--b><-->=<><y>");
}

TEST(CommandLine, DashAndUnderscoreAreTheSame) {
    EXPECT_TRUE(same_key("early-bind.dry-run", "early_bind.dry_run"));
    EXPECT_TRUE(same_key("", ""));
    EXPECT_FALSE(same_key("early-bind", "early.bind"));
    EXPECT_FALSE(same_key("early-bind", "early-bind2"));
    EXPECT_FALSE(same_key("Off", "off"));
}

TEST(CommandLine, TheLastWordOfAKeyCounts) {
    const auto arguments = parse_command_line("a=1 b-c=2 a=3 b_c=4 d e=5 e");
    EXPECT_EQ(last_value(arguments, "a"), "3");
    EXPECT_EQ(last_value(arguments, "b-c"), "4");
    EXPECT_EQ(last_value(arguments, "d"), std::nullopt);
    EXPECT_EQ(last_value(arguments, "e"), std::nullopt) << "the last one has no value";
    EXPECT_EQ(last_value(arguments, "f"), std::nullopt);
}

TEST(Tokens, NothingAskedForIsNothing) {
    const auto tokens = parse_tokens("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro splash");
    EXPECT_EQ(tokens.profile, std::nullopt);
    EXPECT_EQ(tokens.revision, "");
    EXPECT_FALSE(tokens.off || tokens.dry_run || tokens.debug || tokens.quiet || tokens.repeated);
    EXPECT_TRUE(tokens.unknown.empty());
}

TEST(Tokens, AreRead) {
    const auto tokens = parse_tokens(
        "early-bind.profile=keep-amd-73bf early-bind.rev=0123abcd early-bind.dry-run "
        "early-bind.debug quiet early-bind.off");
    EXPECT_EQ(tokens.profile, "keep-amd-73bf");
    EXPECT_EQ(tokens.revision, "0123abcd");
    EXPECT_TRUE(tokens.off);
    EXPECT_TRUE(tokens.dry_run);
    EXPECT_TRUE(tokens.debug);
    EXPECT_TRUE(tokens.quiet);
}

TEST(Tokens, MayBeWrittenWithUnderscoresAndInQuotes) {
    EXPECT_EQ(parse_tokens(R"(early_bind.profile="a")").profile, "a");
    EXPECT_EQ(parse_tokens(R"("early-bind.profile=a")").profile, "a");
    EXPECT_TRUE(parse_tokens("early_bind.dry_run").dry_run);
}

TEST(Tokens, TheLastOneWins) {
    EXPECT_EQ(parse_tokens("early-bind.profile=a early-bind.profile=b").profile, "b");
    EXPECT_EQ(parse_tokens("early-bind.profile=a early-bind.profile").profile, "");
    EXPECT_FALSE(parse_tokens("early-bind.off early-bind.off=0").off);
    EXPECT_TRUE(parse_tokens("early-bind.off=0 early-bind.off").off);
}

TEST(Tokens, AGpuToKeepIsTakenAsItIs) {
    EXPECT_EQ(parse_tokens("ro").keep, std::nullopt);
    EXPECT_EQ(parse_tokens("early-bind.keep=01:00.0").keep, "01:00.0");
    EXPECT_EQ(parse_tokens("early_bind.keep=\"pci0000:00/01.0/00.0\"").keep,
              "pci0000:00/01.0/00.0");
    EXPECT_EQ(parse_tokens("early-bind.keep=a early-bind.keep=10de:2684").keep, "10de:2684");
    EXPECT_EQ(parse_tokens("early-bind.keep").keep, "");
}

TEST(Tokens, TheSameProfileTwiceIsNoRepetition) {
    EXPECT_FALSE(parse_tokens("early-bind.profile=a early-bind.profile=a").repeated);
    EXPECT_TRUE(parse_tokens("early-bind.profile=a early-bind.profile=b").repeated);
    EXPECT_TRUE(
        parse_tokens("early-bind.profile=a early-bind.profile=b early-bind.profile=a").repeated);
}

TEST(Tokens, AnEmptyProfileIsAskedForAllTheSame) {
    EXPECT_EQ(parse_tokens("early-bind.profile=").profile, "");
    EXPECT_EQ(parse_tokens("early-bind.profile").profile, "");
}

TEST(Tokens, SwitchesUnderstandARefusal) {
    for (const char* value : {"0", "n", "no", "off"}) {
        EXPECT_FALSE(parse_tokens(std::string("early-bind.off=") + value).off) << value;
    }
    for (const char* value : {"1", "y", "yes", "on", "", "anything"}) {
        EXPECT_TRUE(parse_tokens(std::string("early-bind.off=") + value).off) << value;
    }
}

TEST(Tokens, BehindTheDoubleDashTheyAreInits) {
    const auto tokens = parse_tokens("ro -- early-bind.profile=a quiet");
    EXPECT_EQ(tokens.profile, std::nullopt);
    EXPECT_FALSE(tokens.quiet);
}

TEST(Tokens, UnknownWordsOfOursAreTold) {
    const auto tokens =
        parse_tokens("early-bind.profil=a early_bind.x early-bind. early-bind early-binder.off");
    EXPECT_EQ(tokens.unknown,
              (std::vector<std::string>{"early-bind.profil", "early_bind.x", "early-bind."}));
    EXPECT_EQ(tokens.profile, std::nullopt);
}

TEST(Tokens, OtherCaseIsUnknown) {
    EXPECT_EQ(parse_tokens("early-bind.OFF").unknown, (std::vector<std::string>{"early-bind.OFF"}));
    EXPECT_TRUE(parse_tokens("EARLY-BIND.OFF").unknown.empty());
}

TEST(Tokens, GarbageBytesAskForNothing) {
    const std::string_view garbage("\xff\xfe\0\x01 \x7f=\x80 \"\0\" = == \"= \xc3", 22);
    const auto tokens = parse_tokens(garbage);
    EXPECT_EQ(tokens.profile, std::nullopt);
    EXPECT_FALSE(tokens.off);
    EXPECT_TRUE(tokens.unknown.empty());
}

TEST(Tokens, RandomBytesNeverHurtTheTokenBehindThem) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (auto left = random() % 40; left > 0; --left) {
            char c = static_cast<char>(random() % 256);
            text += c == '"' || c == '-' ? 'x' : c;  // these two may well take it in
        }
        EXPECT_EQ(parse_tokens(text + " early-bind.profile=a").profile, "a") << round;
    }
}

TEST(Tokens, AVeryLongLineIsRead) {
    EXPECT_EQ(parse_tokens(std::string(100000, 'x') + " early-bind.profile=a").profile, "a");
}

}  // namespace
}  // namespace early_bind
