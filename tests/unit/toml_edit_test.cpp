// SPDX-License-Identifier: MIT
#include "grub-gen/toml_edit.hpp"

#include <gtest/gtest.h>

namespace early_bind::toml_edit {
namespace {

std::string text_or_error(const Result<std::string>& result) {
    return result ? *result : "error: " + result.error().what;
}

std::string set(std::string_view text, const TablePath& table, std::string_view key,
                std::string_view value, std::string_view comment = {}) {
    return text_or_error(set_key(text, table, key, value, comment));
}

std::string add(std::string_view text, std::string_view item, std::string_view comment = {}) {
    return text_or_error(add_to_list(text, {}, "static", item, comment));
}

std::string drop(std::string_view text, const TablePath& table, std::string_view key) {
    return text_or_error(remove_key(text, table, key));
}

TEST(TomlEdit, AMissingFileGetsItsFirstKey) {
    EXPECT_EQ(set("", {}, "deadline", "20"), "deadline = 20\n");
    EXPECT_EQ(set("", {}, "deadline", "20", "Seconds\n\nin all"),
              "# Seconds\n#\n# in all\ndeadline = 20\n");
    EXPECT_EQ(set("", {"profile", "pass-all"}, "disable_vga", "true", "why"),
              "[profile.pass-all]\n# why\ndisable_vga = true\n");
    EXPECT_EQ(set("\n\n", {}, "deadline", "20"), "\n\ndeadline = 20\n");
    EXPECT_EQ(set("\xef\xbb\xbf", {}, "deadline", "20"),
              "\xef\xbb\xbf"
              "deadline = 20\n");
}

TEST(TomlEdit, AValueIsReplacedInItsPlace) {
    EXPECT_EQ(
        set("# top\ndeadline = 20   # slow disks\n\n[profile.a]\n", {}, "deadline", "30", "x"),
        "# top\ndeadline = 30   # slow disks\n\n[profile.a]\n");
    EXPECT_EQ(set("  deadline=20", {}, "deadline", "30"), "  deadline=30");
    EXPECT_EQ(set("static = [ # two\n  \"a\", # [one]\n  'b',\n] # end\n", {}, "static", "[]"),
              "static = [] # end\n");
    EXPECT_EQ(set("a = \"\"\"x # ]\n\\\"\"\"\"\" # c\nb = 1\n", {}, "a", "2"),
              "a = 2 # c\nb = 1\n");
    EXPECT_EQ(set("a = '''x'''''\nb = 'c:\\'\n", {}, "b", "2"), "a = '''x'''''\nb = 2\n");
    EXPECT_EQ(set("a = { b = 1 } # c\n", {}, "a", "2"), "a = 2 # c\n");
    EXPECT_EQ(set("\"dead\\u006cine\" = 1\n", {}, "deadline", "2"), "\"dead\\u006cine\" = 2\n");
}

TEST(TomlEdit, ANewKeyOfTheRootGoesBehindTheLastOne) {
    EXPECT_EQ(set("# top\nframebuffer = \"keep\"  # why\n\n# about a\n[profile.a]\nx = 1\n", {},
                  "deadline", "20", "Seconds"),
              "# top\nframebuffer = \"keep\"  # why\n# Seconds\ndeadline = 20\n\n# about a\n"
              "[profile.a]\nx = 1\n");
    EXPECT_EQ(set("static = [\n  \"a\",\n]", {}, "deadline", "20"),
              "static = [\n  \"a\",\n]\ndeadline = 20\n");
    EXPECT_EQ(set("  a = 1\n", {}, "b", "2", "two"), "  a = 1\n  # two\n  b = 2\n");
}

TEST(TomlEdit, AFirstKeyOfTheRootGoesBeforeTheFirstTableAndItsComment) {
    EXPECT_EQ(set("[profile.a]\nx = 1\n", {}, "b", "2"), "b = 2\n\n[profile.a]\nx = 1\n");
    EXPECT_EQ(set("# the file\n\n# about a\n# and more\n[profile.a]\n", {}, "b", "2"),
              "# the file\n\nb = 2\n\n# about a\n# and more\n[profile.a]\n");
    EXPECT_EQ(set("# the file\n[profile.a]\n", {}, "b", "2"), "# the file\nb = 2\n\n[profile.a]\n");
    EXPECT_EQ(set("# the file", {}, "b", "2"), "# the file\nb = 2\n");
}

TEST(TomlEdit, ANewKeyOfATableGoesBehindItsLastOne) {
    const char* text = "[profile.a]\n  x = 1\n\n[profile.\"b.c\"] # dots\n# nothing yet\n";
    EXPECT_EQ(set(text, {"profile", "a"}, "y", "2"),
              "[profile.a]\n  x = 1\n  y = 2\n\n[profile.\"b.c\"] # dots\n# nothing yet\n");
    EXPECT_EQ(set(text, {"profile", "b.c"}, "y", "2"),
              "[profile.a]\n  x = 1\n\n[profile.\"b.c\"] # dots\ny = 2\n# nothing yet\n");
    EXPECT_EQ(set("[a.b]\nx = 1\n[a]\ny = 1\n[a.c]\n", {"a"}, "z", "2"),
              "[a.b]\nx = 1\n[a]\ny = 1\nz = 2\n[a.c]\n");
}

TEST(TomlEdit, ANewTableGoesToTheEnd) {
    EXPECT_EQ(set("a = 1", {"profile", "keep-10de-01.1"}, "x", "true"),
              "a = 1\n\n[profile.\"keep-10de-01.1\"]\nx = true\n");
    EXPECT_EQ(set("[profile.a]\nx = 1\n", {"profile"}, "y", "2"),
              "[profile.a]\nx = 1\n\n[profile]\ny = 2\n");
    EXPECT_EQ(set("profile.a.x = 1\n", {"profile", "b"}, "x", "2"),
              "profile.a.x = 1\n\n[profile.b]\nx = 2\n");
}

TEST(TomlEdit, DottedKeysStayDotted) {
    EXPECT_EQ(set("profile.a.x = 1 # one\nb = 2\n", {"profile", "a"}, "y", "3"),
              "profile.a.x = 1 # one\nprofile.a.y = 3\nb = 2\n");
    EXPECT_EQ(set("[profile]\n'a.b'.x = 1\n", {"profile", "a.b"}, "y", "3"),
              "[profile]\n'a.b'.x = 1\n\"a.b\".y = 3\n");
    EXPECT_EQ(set("profile . a . x = 1\n", {"profile", "a"}, "x", "3"), "profile . a . x = 3\n");
}

TEST(TomlEdit, EndsOfLinesStay) {
    EXPECT_EQ(set("# top\r\na = 1\r\n[t]\r\n", {}, "b", "2", "c"),
              "# top\r\na = 1\r\n# c\r\nb = 2\r\n[t]\r\n");
    EXPECT_EQ(set("a = 1\r\n", {}, "a", "2"), "a = 2\r\n");
    EXPECT_EQ(add("static = [\r\n  \"a\" # one\r\n]\r\n", "\"b\"", "two"),
              "static = [\r\n  \"a\", # one\r\n  \"b\",  # two\r\n]\r\n");
}

TEST(TomlEdit, WhatCannotBeEditedIsAnErrorWithItsPlace) {
    EXPECT_EQ(set("b = 1\nprofile.a = { x = 1 }\n", {"profile", "a"}, "y", "2"),
              "error: line 2, column 1: `profile.a` is an inline table, and those are not edited; "
              "write it as a table with a header");
    EXPECT_EQ(set("profile = 1\n", {"profile", "a"}, "y", "2"),
              "error: line 1, column 1: `profile` is no table");
    EXPECT_EQ(set("[[profile]]\nx = 1\n[profile.a]\n", {"profile", "a"}, "y", "2"),
              "error: line 1, column 1: `profile` is a list of tables, and those are not edited");
    EXPECT_EQ(set("\n  [profile.a]\n", {}, "profile", "2"),
              "error: line 2, column 3: `profile.a` makes a table of what shall be a key");
    EXPECT_EQ(set("[static]\n", {}, "static", "[]"),
              "error: line 1, column 1: `static` makes a table of what shall be a key");
    EXPECT_EQ(set("static.a = 1\n", {}, "static", "[]"),
              "error: line 1, column 1: `static.a` makes a table of what shall be a key");
    EXPECT_EQ(set("a = \n", {}, "b", "2"),
              "error: line 1, column 5: cannot read this: Error while parsing key-value pair: "
              "expected value, saw '\\n'");
    EXPECT_EQ(set("", {}, "b", "2\nc = 3"), "error: `2 c = 3` is no TOML value");
    EXPECT_EQ(set("", {}, "b", ""), "error: `` is no TOML value");
    EXPECT_EQ(add("", "\"a\"]#"), "error: `\"a\"]#` is no TOML value");
}

TEST(TomlEdit, KeysOfListsOfTablesAreNotOurs) {
    EXPECT_EQ(set("[[x]]\na = 1\n[[x]]\na = 2\n", {}, "a", "3"),
              "a = 3\n\n[[x]]\na = 1\n[[x]]\na = 2\n");
}

TEST(TomlEdit, AListIsMade) {
    EXPECT_EQ(add("", "\"a\""), "static = [\"a\"]\n");
    EXPECT_EQ(add("b = 1\n[t]\n", "\"a\"", "a NIC"),
              "b = 1\nstatic = [\n    \"a\",  # a NIC\n]\n[t]\n");
    EXPECT_EQ(text_or_error(add_to_list("", {"profile", "p"}, "arguments", "\"a=b\"")),
              "[profile.p]\narguments = [\"a=b\"]\n");
}

TEST(TomlEdit, AListOfOneLineGrows) {
    EXPECT_EQ(add("static = [] # none\n", "\"a\""), "static = [\"a\"] # none\n");
    EXPECT_EQ(add("static = [ ]\n", "\"a\""), "static = [\"a\" ]\n");
    EXPECT_EQ(add("static = [\"x\"] # c\n", "\"a\""), "static = [\"x\", \"a\"] # c\n");
    EXPECT_EQ(add("static = [ \"x\", ]\n", "\"a\""), "static = [ \"x\", \"a\" ]\n");
    EXPECT_EQ(add("static = ['x,]#', [\"y\"]]\n", "\"a\""), "static = ['x,]#', [\"y\"], \"a\"]\n");
}

TEST(TomlEdit, AListOfOneLineGetsLinesForComments) {
    EXPECT_EQ(add("static = []\n", "\"a\"", "one"), "static = [\n    \"a\",  # one\n]\n");
    EXPECT_EQ(add("  static = [\"x\"] # c\n", "\"a\"", "one"),
              "  static = [\"x\",\n      \"a\",  # one\n  ] # c\n");
    EXPECT_EQ(add("static = [\"x\",]\n", "\"a\"", "two\nlines"),
              "static = [\"x\",\n    \"a\",  # two lines\n]\n");
}

TEST(TomlEdit, AListOfSeveralLinesGrows) {
    EXPECT_EQ(add("static = [\n  \"x\",  # one, two\n  # \"y\",\n]\nb = 1\n", "\"a\"", "three"),
              "static = [\n  \"x\",  # one, two\n  \"a\",  # three\n  # \"y\",\n]\nb = 1\n");
    EXPECT_EQ(add("static = [\n\t\"x\"  # one\n]\n", "\"a\""),
              "static = [\n\t\"x\",  # one\n\t\"a\",\n]\n");
    EXPECT_EQ(add("static = [\n  # none\n]\n", "\"a\""), "static = [\n    \"a\",\n  # none\n]\n");
    EXPECT_EQ(add("static = [\"x\",\n  \"y\"]\n", "\"a\""),
              "static = [\"x\",\n  \"y\",\n  \"a\",\n]\n");
    EXPECT_EQ(add("static = [\n  \"x\"\n  , # comma\n]\n", "\"a\""),
              "static = [\n  \"x\"\n  , # comma\n  \"a\",\n]\n");
}

TEST(TomlEdit, AnItemIsAddedOnce) {
    const char* text = "static = ['a', \"b\"] # c\n";
    EXPECT_EQ(add(text, "\"a\"", "again"), text);
    EXPECT_EQ(add("static = [1]\n", "\"1\""), "static = [1, \"1\"]\n");
}

TEST(TomlEdit, WhatIsNoListIsAnError) {
    EXPECT_EQ(add("deadline = 1\nstatic = \"a\"\n", "\"b\""),
              "error: line 2, column 10: `static` is no list");
    EXPECT_EQ(add("[static]\n", "\"b\""),
              "error: line 1, column 1: `static` makes a table of what shall be a key");
}

TEST(TomlEdit, AKeyIsTakenAway) {
    EXPECT_EQ(drop("a = 1\nb = [\n  1, # x\n] # y\n\n# c's\nc = 2", {}, "b"),
              "a = 1\n\n# c's\nc = 2");
    EXPECT_EQ(drop("a = 1\r\nb = 2\r\n", {}, "b"), "a = 1\r\n");
    EXPECT_EQ(drop("[profile.a]\nx = 1\ny = 2\n", {"profile", "a"}, "x"), "[profile.a]\ny = 2\n");
    EXPECT_EQ(drop("[profile.a]\nx = 1\n", {"profile", "a"}, "x"), "[profile.a]\n");
    EXPECT_EQ(drop("profile.a.x = 1\nb = 1\n", {"profile", "a"}, "x"), "b = 1\n");
    EXPECT_EQ(drop("a = 1\n", {}, "b"), "a = 1\n");
    EXPECT_EQ(drop("a = 1\n", {"profile", "a"}, "b"), "a = 1\n");
    EXPECT_EQ(drop("profile = { a = 1 }\n", {"profile"}, "a"),
              "error: line 1, column 1: `profile` is an inline table, and those are not edited; "
              "write it as a table with a header");
    EXPECT_EQ(drop("[profile.a]\n", {"profile"}, "a"),
              "error: line 1, column 1: `profile.a` makes a table of what shall be a key");
}

TEST(TomlEdit, Strings) {
    EXPECT_EQ(quoted("a\"b\\c\td\x7f\xc3\xbc"), "\"a\\\"b\\\\c\\u0009d\\u007f\xc3\xbc\"");
}

/// Two edits after each other on a file with everything in it.
TEST(TomlEdit, AFileLivesOn) {
    const std::string text =
        "# kept by hand\n"
        "host_only = ['0000:01:00.0']  # the office card\n"
        "\n"
        "static = [\n"
        "    \"8086:1533\",  # NIC [second]\n"
        "]\n"
        "\n"
        "# games\n"
        "[profile.\"keep-10de-01.1\"]\n"
        "arguments = [\"a=b\"]\n"
        "\n"
        "[profile.pass-all]   # servers\n";
    auto once = add_to_list(text, {}, "static", "\"1912:0014\"", "USB");
    ASSERT_TRUE(once) << once.error().what;
    auto twice = set_key(*once, {"profile", "keep-10de-01.1"}, "disable_vga", "true");
    ASSERT_TRUE(twice) << twice.error().what;
    std::string expected = text;
    expected.insert(expected.find("]\n\n# games"), "    \"1912:0014\",  # USB\n");
    expected.insert(expected.find("\n[profile.pass-all]"), "disable_vga = true\n");
    EXPECT_EQ(*twice, expected);
    EXPECT_EQ(drop(*twice, {"profile", "keep-10de-01.1"}, "disable_vga"), *once);
}

/// Broken and odd texts: no crash, and never a text that means something else.
TEST(TomlEdit, OddTexts) {
    for (const char* text : {"static = [", "static = ['", "[", "[[", "\"", "'''", "a", "a = \"\\",
                             "=", "[profile.\"a", "a = [1]]", "\xff", "a = {b = [1, {c = 2}]} x"}) {
        EXPECT_FALSE(add_to_list(text, {}, "static", "\"a\"")) << text;
        EXPECT_FALSE(set_key(text, {"x"}, "y", "1")) << text;
    }
}

}  // namespace
}  // namespace early_bind::toml_edit
