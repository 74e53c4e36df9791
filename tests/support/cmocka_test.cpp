// SPDX-License-Identifier: MIT
// Runs cmocka_sample, half of whose tests fail on purpose, and compares all that it prints.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include "tests/support/cmocka_output.hpp"

namespace early_bind::testing {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// Output in a form that compares: times are the one part that differs from run to run, and the
/// sample's "[  SKIPPED ]" in the report of a failure would make CTest call that test skipped.
std::string comparable(const std::string& text) {
    const auto timeless =
        std::regex_replace(text, std::regex(R"(time="\d+\.\d{3}")"), R"(time="T")");
    return std::regex_replace(timeless, std::regex(R"(\[  SKIPPED \])"), "[ *SKIPPED ]");
}

std::string expected(const std::string& name) {
    return comparable(read(fs::path(CMOCKA_EXPECTED) / name));
}

/// The tests whose messages every version of libcmocka words alike.
const std::string stable =
    "Plain.*:sample.passes:sample.has_state:sample.is_skipped:sample.fails:sample.wrong_argument:"
    "sample.markup_in_message:with_fixture.*:broken_setup.*:broken_teardown.*";

struct Child {
    int status = -1;
    std::string out;
    std::string err;
};

class CmockaSample : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string path = fs::temp_directory_path() / "cmocka-test-XXXXXX";
        ASSERT_NE(mkdtemp(path.data()), nullptr);
        directory = path;
    }
    void TearDown() override { fs::remove_all(directory); }

    /// Runs the sample in `directory` with nothing but `environment` ("NAME=VALUE ...") set.
    [[nodiscard]] Child run(const std::string& environment, const std::string& filter) const {
        const std::string command = "cd '" + directory.string() + "' && env -i " + environment +
                                    " '" CMOCKA_SAMPLE "' '--gtest_filter=" + filter +
                                    "' >out 2>err";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, comparable(read(directory / "out")),
                comparable(read(directory / "err"))};
    }

    fs::path directory;
};

TEST(CmockaFormats, are_named_in_any_case_and_separated_by_commas) {
    const auto formats = parse_cmocka_formats("tap,Xml");
    ASSERT_TRUE(formats);
    EXPECT_TRUE(formats->tap);
    EXPECT_TRUE(formats->xml);
    EXPECT_FALSE(formats->standard);
    EXPECT_FALSE(formats->subunit);
}

TEST(CmockaFormats, standard_has_two_names) {
    EXPECT_TRUE(parse_cmocka_formats("stdout")->standard);
    EXPECT_TRUE(parse_cmocka_formats("STANDARD")->standard);
}

TEST(CmockaFormats, unknown_names_are_passed_over) {
    EXPECT_FALSE(parse_cmocka_formats(""));
    EXPECT_FALSE(parse_cmocka_formats("junit"));
    EXPECT_FALSE(parse_cmocka_formats(","));
    EXPECT_TRUE(parse_cmocka_formats("junit,,SUBUNIT")->subunit);
}

class CmockaFormat : public CmockaSample, public ::testing::WithParamInterface<const char*> {};

TEST_P(CmockaFormat, is_what_cmocka_prints) {
    const std::string format = GetParam();
    const auto result = run("CMOCKA_MESSAGE_OUTPUT=" + format, stable);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.out, expected(format + ".out"));
    EXPECT_EQ(result.err, expected(format + ".err"));
}

INSTANTIATE_TEST_SUITE_P(All, CmockaFormat, ::testing::Values("tap", "xml", "subunit", "stdout"),
                         [](const auto& format) { return std::string(format.param); });

TEST_F(CmockaSample, two_formats_at_once) {
    const auto result = run("CMOCKA_MESSAGE_OUTPUT=TAP,XML CMOCKA_XML_FILE=result.xml", stable);
    EXPECT_EQ(result.out, expected("tap.out"));
    EXPECT_EQ(result.err, expected("tap.err"));
    EXPECT_EQ(comparable(read(directory / "result.xml")), expected("xml.out"));
}

TEST_F(CmockaSample, prints_as_googletest_does_when_not_asked) {
    const auto result = run("", "with_fixture.state_is_group_state");
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.out.find("[ RUN      ] with_fixture.state_is_group_state\n"),
              std::string::npos);
    EXPECT_EQ(result.err, "");
}

TEST_F(CmockaSample, one_xml_file_for_each_group) {
    const auto result =
        run("CMOCKA_MESSAGE_OUTPUT=XML CMOCKA_XML_FILE=%g.xml", "Plain.passes:with_fixture.*");
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(comparable(read(directory / "Plain.xml")),
              R"(<?xml version="1.0" encoding="UTF-8" ?>
<testsuites>
  <testsuite name="Plain" time="T" tests="1" failures="0" errors="0" skipped="0" >
    <testcase name="passes" time="T" >
    </testcase>
  </testsuite>
</testsuites>
)");
    EXPECT_EQ(comparable(read(directory / "with_fixture.xml")),
              R"(<?xml version="1.0" encoding="UTF-8" ?>
<testsuites>
  <testsuite name="with_fixture" time="T" tests="2" failures="0" errors="0" skipped="1" >
    <testcase name="state_is_group_state" time="T" >
    </testcase>
    <testcase name="is_skipped" time="T" >
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST_F(CmockaSample, xml_file_that_exists_is_left_alone) {
    std::ofstream(directory / "result.xml") << "mine\n";
    const auto result = run("CMOCKA_MESSAGE_OUTPUT=XML CMOCKA_XML_FILE=result.xml", stable);
    EXPECT_EQ(read(directory / "result.xml"), "mine\n");
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find("<testsuite name=\"sample\""), std::string::npos);
}

/// A test that fails, and what its message has to say.
struct Failing {
    const char* test;
    const char* place;
    const char* message;

    // GoogleTest asks for it under this name.
    friend void PrintTo(const Failing& failing, std::ostream* out) { *out << failing.test; }
};

class CmockaFailure : public CmockaSample, public ::testing::WithParamInterface<Failing> {};

TEST_P(CmockaFailure, is_a_googletest_failure) {
    const auto& failing = GetParam();
    const auto result = run("", std::string("sample.") + failing.test);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.out.find(std::string(failing.place) + ": Failure\n"), std::string::npos)
        << result.out;
    EXPECT_NE(result.out.find(failing.message), std::string::npos) << result.out;
    EXPECT_NE(result.out.find(" 1 FAILED TEST\n"), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, CmockaFailure,
    ::testing::Values(
        Failing{"fails", "sample.c:142", "\"left\" != \"right\"\n"},
        Failing{"wrong_argument", "sample.c:15",
                "sample.c:152: note: Expected parameter declared here\n"},
        Failing{"mock_without_value", "sample.c:31",
                "sample.c:31: error: Could not get value to mock function unused_value\n"},
        Failing{"unconsumed_value", "sample.c:172", "remaining item was declared here"},
        Failing{"unchecked_expectation", "sample.c:182", "remaining item was declared here"},
        Failing{"never_called", "sample.c:192", "remaining item was declared here"},
        Failing{"markup_in_message", "sample.c:202", "ERROR: a <b> & ]]></failure> \"c\"\n"},
        Failing{"leaks", "sample.c:213", "sample.c:212: note: block "}),
    [](const auto& failing) { return std::string(failing.param.test); });

}  // namespace
}  // namespace early_bind::testing
