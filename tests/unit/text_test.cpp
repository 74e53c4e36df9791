// SPDX-License-Identifier: MIT
#include "core/text.hpp"

#include <gtest/gtest.h>

namespace early_bind::text {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(Text, TrimsBlanksTabsAndLineEnds) {
    EXPECT_EQ(trim(" \t a b \r\n"), "a b");
    EXPECT_EQ(trim("ab"), "ab");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsAtEverySeparator) {
    EXPECT_EQ(split("a/b//c/", '/'), (Pieces{"a", "b", "", "c", ""}));
    EXPECT_EQ(split("ab", '/'), (Pieces{"ab"}));
    EXPECT_EQ(split("", '/'), (Pieces{""}));
}

TEST(Text, ParsesHexadecimalNumbersAndNothingElse) {
    EXPECT_EQ(parse_hex<std::uint16_t>("0"), 0);
    EXPECT_EQ(parse_hex<std::uint16_t>("10de"), 0x10de);
    EXPECT_EQ(parse_hex<std::uint16_t>("FFFF"), 0xffff);
    for (const char* text : {"", "10000", "0x10", "-1", "+1", " 1", "1 ", "1g"}) {
        EXPECT_FALSE(parse_hex<std::uint16_t>(text)) << text;
    }
}

TEST(Text, MakesControlCharactersBlanks) {
    EXPECT_EQ(printable("a\nb\x1b[31mc\x7f"
                        "d\te"),
              "a b [31mc d e");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a b");
    EXPECT_EQ(printable("Gr\xc3\xbc\xc3\x9f"), "Gr\xc3\xbc\xc3\x9f");
}

TEST(Text, QuotesForJson) {
    EXPECT_EQ(json_string("plain"), R"("plain")");
    EXPECT_EQ(json_string(R"(a "b" \c)"), R"("a \"b\" \\c")");
    EXPECT_EQ(json_string("a\n\x01"), R"("a\u000a\u0001")");
    EXPECT_EQ(json_string(""), R"("")");
}

TEST(Text, JoinsWordsAsPeopleDo) {
    EXPECT_EQ(join_words({}), "");
    EXPECT_EQ(join_words({"a"}), "a");
    EXPECT_EQ(join_words({"a", "b"}), "a and b");
    EXPECT_EQ(join_words({"a", "b", "c"}), "a, b and c");
}

TEST(Text, ComputesTheChecksumOfZlib) {
    EXPECT_EQ(crc32(""), 0U);
    EXPECT_EQ(crc32("123456789"), 0xcbf43926U);  // the check value of every CRC catalogue
}

}  // namespace
}  // namespace early_bind::text
