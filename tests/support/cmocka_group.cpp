// SPDX-License-Identifier: MIT
//
// Runs the tests of CMocka groups as GoogleTest cases.
//
// Each case hands libcmocka a group of exactly one test and asks for the result in CMocka's XML,
// its one output that a program can read without guessing; verdict and message become a GoogleTest
// result. Group fixtures run in GoogleTest's set-up and tear-down of the test suite, again as a
// group of one, so that asserts work in them.
//
// One thing differs from CMocka: a group set-up must not leave test_malloc() blocks behind (that is
// code compiled with UNIT_TESTING), since libcmocka looks for leaks at the end of every group.

#include "tests/support/cmocka_group.hpp"

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/cmocka_group.h"

namespace early_bind::testing {
namespace {

using Group = early_bind_cmocka_group;

struct RegisteredGroup {
    const Group* group = nullptr;
    void* state = nullptr;  // what the group's set-up left for its tests
};

/// Filled by constructors of other files, hence made on first use.
std::vector<RegisteredGroup>& groups() {
    static std::vector<RegisteredGroup> all;
    return all;
}

enum class Verdict { passed, failed, skipped };

struct Outcome {
    Verdict verdict = Verdict::passed;
    std::string message;
};

/// An environment variable set for the lifetime of the object.
class ScopedVariable {
  public:
    ScopedVariable(const char* name, const char* value) : name_(name) {
        if (const char* old = std::getenv(name)) {
            old_ = old;
        }
        setenv(name, value, 1);
    }
    ~ScopedVariable() {
        if (old_) {
            setenv(name_, old_->c_str(), 1);
        } else {
            unsetenv(name_);
        }
    }
    ScopedVariable(const ScopedVariable&) = delete;
    ScopedVariable& operator=(const ScopedVariable&) = delete;

  private:
    const char* name_;
    std::optional<std::string> old_;
};

/// A directory for CMocka's result file, which must not exist yet when CMocka writes it.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string path = std::filesystem::temp_directory_path() / "early-bind-cmocka-XXXXXX";
        if (mkdtemp(path.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory like " + path);
        }
        path_ = path;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

constexpr std::string_view setup_failed = "Test setup failed";
constexpr std::string_view teardown_failed = "Test teardown failed";

/// Reads CMocka's XML about one test. The message is verbatim between the first CDATA mark and the
/// last: CMocka escapes nothing.
Outcome parse_result(const std::string& xml) {
    static constexpr std::string_view open = "<failure><![CDATA[";
    static constexpr std::string_view close = "]]></failure>";
    if (xml.find("<testcase ") == std::string::npos) {
        return {Verdict::failed, "libcmocka left no result"};
    }
    const auto begin = xml.find(open);
    const auto end = xml.rfind(close);
    if (begin != std::string::npos && end != std::string::npos) {
        const auto from = begin + open.size();
        auto message = xml.substr(from, end - from);
        // libcmocka puts these behind the assert's text without a line break.
        for (const auto note : {setup_failed, teardown_failed}) {
            const auto at = message.rfind(note);
            if (at != std::string::npos && at > 0 && message[at - 1] != '\n') {
                message.insert(at, 1, '\n');
            }
        }
        return {Verdict::failed, message};
    }
    if (xml.find("<failure ") != std::string::npos) {
        return {Verdict::failed, "libcmocka gives no reason"};
    }
    if (xml.find("      <skipped/>\n") != std::string::npos) {
        return {Verdict::skipped, ""};
    }
    return {};
}

/// The fixtures of the test that runs; C function pointers carry no state.
const CMUnitTest* running = nullptr;

int run_setup(void** state) {
    return running->setup_func != nullptr ? running->setup_func(state) : 0;
}

int run_teardown(void** state) {
    return running->teardown_func != nullptr ? running->teardown_func(state) : 0;
}

/// Runs one test under libcmocka.
Outcome run(const CMUnitTest& test) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "result.xml";
    running = &test;
    // A set-up and a tear-down are always there, because the tear-down is where libcmocka finds,
    // reports and frees what a failing test left allocated; at the end of the group it would exit.
    const CMUnitTest alone[] = {
        {test.name, test.test_func, run_setup, run_teardown, test.initial_state}};
    {
        // Both ways to ask: libcmocka 1.1.5 reads the variable at every turn, later ones once.
        const ScopedVariable output("CMOCKA_MESSAGE_OUTPUT", "XML");
        const ScopedVariable xml_file("CMOCKA_XML_FILE", file.c_str());
        cmocka_set_message_output(CM_OUTPUT_XML);
        _cmocka_run_group_tests(test.name, alone, 1, nullptr, nullptr);
    }
    running = nullptr;
    std::ostringstream xml;
    xml << std::ifstream(file).rdbuf();
    return parse_result(xml.str());
}

/// Where a message says that it happened: the first line that reads "FILE:LINE: error: ...", else
/// the first "FILE:LINE: note: ...", which is where a value that was left over comes from. A
/// message about a signal names no place.
struct Place {
    std::string file;
    int line;
};

std::optional<Place> place_of(const std::string& message) {
    for (const std::string_view kind : {": error: ", ": note: "}) {
        std::istringstream lines(message);
        for (std::string line; std::getline(lines, line);) {
            const auto mark = line.find(kind);
            const auto colon = mark == std::string::npos ? mark : line.rfind(':', mark - 1);
            if (colon != std::string::npos && colon + 1 < mark &&
                line.find_first_not_of("0123456789", colon + 1) == mark) {
                const auto number = line.substr(colon + 1, mark - colon - 1);
                return Place{line.substr(0, colon), std::stoi(number)};
            }
        }
    }
    return std::nullopt;
}

void report(const Outcome& outcome) {
    switch (outcome.verdict) {
        case Verdict::passed:
            return;
        case Verdict::skipped:
            GTEST_SKIP() << "by the test itself";
        case Verdict::failed: {
            const auto place = place_of(outcome.message);
            ADD_FAILURE_AT(place ? place->file.c_str() : nullptr, place ? place->line : -1)
                << outcome.message;
        }
    }
}

RegisteredGroup& current_group() {
    const std::string_view name = ::testing::UnitTest::GetInstance()->current_test_suite()->name();
    for (auto& registered : groups()) {
        if (registered.group->name == name) {
            return registered;
        }
    }
    throw std::logic_error("no such CMocka group: " + std::string(name));
}

/// The group fixture that runs, and the state of its group.
CMFixtureFunction group_fixture = nullptr;
RegisteredGroup* fixture_group = nullptr;

int run_group_fixture(void** /*state*/) {
    return group_fixture(&fixture_group->state);
}

/// Runs a group's set-up or tear-down as the set-up of a test that does nothing.
void run_fixture_of_group(RegisteredGroup& registered, CMFixtureFunction fixture,
                          const char* name) {
    if (fixture == nullptr) {
        return;
    }
    group_fixture = fixture;
    fixture_group = &registered;
    const CMUnitTest test{name, nullptr, run_group_fixture, nullptr, nullptr};
    auto outcome = run(test);
    if (outcome.verdict == Verdict::failed) {
        // libcmocka took it for the set-up of a test.
        auto& message = outcome.message;
        if (const auto at = message.find(setup_failed); at != std::string::npos) {
            message.replace(at, setup_failed.size(), name + std::string(" failed"));
        }
    }
    report(outcome);
}

class CmockaTest : public ::testing::Test {
  public:
    CmockaTest(const RegisteredGroup& registered, const CMUnitTest& test)
        : registered_(registered), test_(test) {}

    static void SetUpTestSuite() {
        auto& registered = current_group();
        registered.state = nullptr;
        run_fixture_of_group(registered, registered.group->setup, "Group setup");
    }

    static void TearDownTestSuite() {
        auto& registered = current_group();
        run_fixture_of_group(registered, registered.group->teardown, "Group teardown");
    }

    void TestBody() override {
        CMUnitTest test = test_;
        if (registered_.state != nullptr) {
            test.initial_state = registered_.state;
        }
        report(run(test));
    }

  private:
    const RegisteredGroup& registered_;
    const CMUnitTest& test_;
};

}  // namespace

void register_cmocka_groups() {
    for (const auto& registered : groups()) {
        const Group& group = *registered.group;
        for (std::size_t i = 0; i < group.test_count; ++i) {
            const CMUnitTest& test = group.tests[i];
            // libcmocka passes over entries that are empty.
            if (test.name == nullptr || (test.test_func == nullptr && test.setup_func == nullptr &&
                                         test.teardown_func == nullptr)) {
                continue;
            }
            ::testing::RegisterTest(
                group.name, test.name, nullptr, nullptr, group.file, group.line,
                [&registered, &test]() -> CmockaTest* { return new CmockaTest(registered, test); });
        }
    }
}

}  // namespace early_bind::testing

extern "C" {

// One function under its old and its new name: libcmocka 1.1.5 has the first, later ones the
// second.
__attribute__((weak)) void cm_print_error(const char* format, ...);
__attribute__((weak)) void cmocka_print_error(const char* format, ...);

void early_bind_cmocka_fail(const char* file, int line, const char* format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof(text), format, arguments);  // NOLINT(clang-analyzer-valist.*)
    va_end(arguments);
    if (cmocka_print_error != nullptr) {
        cmocka_print_error("ERROR: %s\n", text);
    } else if (cm_print_error != nullptr) {
        cm_print_error("ERROR: %s\n", text);
    }
    _fail(file, line);
}

void early_bind_cmocka_add_group(const early_bind_cmocka_group* group) {
    early_bind::testing::groups().push_back({group, nullptr});
}

}  // extern "C"
