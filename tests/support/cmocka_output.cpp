// SPDX-License-Identifier: MIT
//
// CMocka's output formats as a GoogleTest listener: what goes to which stream, and in which order,
// is CMocka's (src/cmocka.c, cmprintf_*).
//
// XML is stricter in two places, so that what reads CMocka's reads ours as well, and an XML parser
// too: names are escaped, and all groups that go to one place stand in one <testsuites> element
// (CMocka writes one such element per group, which is no XML document from the second group on).

#include "tests/support/cmocka_output.hpp"

#include <gtest/gtest.h>
#include <strings.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace early_bind::testing {
namespace {

enum class Ending { passed, failed, skipped };

struct TestRecord {
    std::string name;
    Ending verdict = Ending::passed;
    std::string message;
    double seconds = 0;
};

struct GroupRecord {
    std::string name;
    std::vector<TestRecord> tests;
    std::string fixture_message;  // what failed outside of the tests

    [[nodiscard]] std::size_t count(Ending verdict) const {
        std::size_t number = 0;
        for (const auto& test : tests) {
            number += test.verdict == verdict ? 1 : 0;
        }
        return number;
    }
    [[nodiscard]] std::size_t errors() const { return fixture_message.empty() ? 0 : 1; }
    [[nodiscard]] double seconds() const {
        double sum = 0;
        for (const auto& test : tests) {
            sum += test.seconds;
        }
        return sum;
    }
};

/// Prints to stdout; print_error() to stderr, with stdout's text before it where both are one file.
__attribute__((format(printf, 1, 2))) void print_message(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vprintf(format, arguments);  // NOLINT(clang-analyzer-valist.*)
    va_end(arguments);
}

__attribute__((format(printf, 1, 2))) void print_error(const char* format, ...) {
    std::fflush(stdout);
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);  // NOLINT(clang-analyzer-valist.*)
    va_end(arguments);
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string xml_attribute(std::string text) {
    text = replace_all(std::move(text), "&", "&amp;");
    text = replace_all(std::move(text), "<", "&lt;");
    text = replace_all(std::move(text), ">", "&gt;");
    return replace_all(std::move(text), "\"", "&quot;");
}

std::string xml_cdata(std::string text) {
    return replace_all(std::move(text), "]]>", "]]]]><![CDATA[>");
}

/// CMocka's message for one failure: what was wrong, then where. Tests of CMocka groups bring the
/// place in their text.
std::string failure_message(const ::testing::TestPartResult& part) {
    std::string text = part.message();
    static constexpr std::string_view heading = "Failed\n";
    if (text.starts_with(heading)) {
        text.erase(0, heading.size());
    }
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    if (part.file_name() == nullptr) {
        return text;
    }
    const auto place = std::string(part.file_name()) + ":" + std::to_string(part.line_number());
    if (text.find(place + ": error: ") == std::string::npos &&
        text.find(place + ": note: ") == std::string::npos) {
        text += (text.empty() ? "" : "\n") + place + ": error: Failure!";
    }
    return text;
}

void append_message(std::string& message, const std::string& more) {
    message += (message.empty() ? "" : "\n") + more;
}

/// The standard format marks the place of a failure.
std::string standard_message(const std::string& message) {
    static constexpr std::string_view suffix = ": error: Failure!";
    std::string marked;
    std::size_t from = 0;
    while (from <= message.size()) {
        const auto end = std::min(message.find('\n', from), message.size());
        const auto line = std::string_view(message).substr(from, end - from);
        if (line.ends_with(suffix)) {
            marked += "[   LINE   ] --- ";
        }
        marked += line;
        marked += end < message.size() ? "\n" : "";
        from = end + 1;
    }
    return marked;
}

void print_list_standard(const GroupRecord& group, Ending verdict, const char* tag) {
    print_error("[  %s] %s: %zu test(s), listed below:\n", tag, group.name.c_str(),
                group.count(verdict));
    for (const auto& test : group.tests) {
        if (test.verdict == verdict) {
            print_error("[  %s] %s\n", tag, test.name.c_str());
        }
    }
}

/// Where XML goes: one document per file, and one on each stream.
class XmlOutput {
  public:
    XmlOutput() {
        if (const char* pattern = std::getenv("CMOCKA_XML_FILE")) {
            pattern_ = pattern;
        }
    }
    ~XmlOutput() {
        for (const auto& [name, document] : documents_) {
            std::fputs("</testsuites>\n", document);
            if (document != stdout && document != stderr) {
                std::fclose(document);
            }
        }
    }
    XmlOutput(const XmlOutput&) = delete;
    XmlOutput& operator=(const XmlOutput&) = delete;

    void write(const GroupRecord& group) {
        std::FILE* out = document_for(group.name);
        std::fprintf(out,
                     "  <testsuite name=\"%s\" time=\"%.3f\" tests=\"%zu\" failures=\"%zu\" "
                     "errors=\"%zu\" skipped=\"%zu\" >\n",
                     xml_attribute(group.name).c_str(), group.seconds(), group.tests.size(),
                     group.count(Ending::failed), group.errors(), group.count(Ending::skipped));
        for (const auto& test : group.tests) {
            std::fprintf(out, "    <testcase name=\"%s\" time=\"%.3f\" >\n",
                         xml_attribute(test.name).c_str(), test.seconds);
            if (test.verdict == Ending::failed) {
                std::fprintf(out, "      <failure><![CDATA[%s]]></failure>\n",
                             xml_cdata(test.message).c_str());
            } else if (test.verdict == Ending::skipped) {
                std::fprintf(out, "      <skipped/>\n");
            }
            std::fprintf(out, "    </testcase>\n");
        }
        std::fprintf(out, "  </testsuite>\n");
        std::fflush(out);
    }

  private:
    /// The open document that `group` belongs to, begun where there is none yet.
    std::FILE* document_for(const std::string& group) {
        const std::string name = pattern_ ? replace_all(*pattern_, "%g", group) : "stdout";
        if (const auto known = documents_.find(name); known != documents_.end()) {
            return known->second;
        }
        std::FILE* out = stdout;
        std::string key = name;
        if (pattern_) {
            out = std::fopen(name.c_str(), "wx");  // "x": a file that exists is left alone
            if (out == nullptr) {
                out = stderr;
                key = "stderr";
                if (const auto known = documents_.find(key); known != documents_.end()) {
                    return known->second;
                }
            }
        }
        std::fputs("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<testsuites>\n", out);
        documents_.emplace(key, out);
        return out;
    }

    std::optional<std::string> pattern_;
    std::map<std::string, std::FILE*> documents_;
};

class CmockaOutput : public ::testing::EmptyTestEventListener {
  public:
    explicit CmockaOutput(CmockaFormats formats) : formats_(formats) {}

    void OnTestIterationStart(const ::testing::UnitTest&, int) override {
        if (formats_.xml) {
            xml_.emplace();
        }
    }

    void OnTestSuiteStart(const ::testing::TestSuite& suite) override {
        group_ = GroupRecord{suite.name(), {}, ""};
        const auto count = static_cast<std::size_t>(suite.test_to_run_count());
        if (formats_.standard) {
            print_message("[==========] %s: Running %zu test(s).\n", suite.name(), count);
        }
        if (formats_.tap) {
            if (!tap_version_printed_) {
                print_message("TAP version 13\n");
                tap_version_printed_ = true;
            }
            print_message("1..%zu\n", count);
        }
    }

    void OnTestStart(const ::testing::TestInfo& test) override {
        in_test_ = true;
        message_.clear();
        if (formats_.standard) {
            print_message("[ RUN      ] %s\n", test.name());
        }
        if (formats_.subunit) {
            print_message("test: %s\n", test.name());
        }
        std::fflush(stdout);
    }

    void OnTestPartResult(const ::testing::TestPartResult& part) override {
        if (!part.failed()) {
            return;
        }
        const auto message = failure_message(part);
        if (in_test_) {
            append_message(message_, message);
            return;
        }
        // A fixture of the group, or of the whole program.
        print_error("[  ERROR   ] --- %s\n", message.c_str());
        if (group_.name.empty()) {
            return;
        }
        append_message(group_.fixture_message, message);
        print_group_error(group_.tests.empty() ? "GROUP SETUP" : "GROUP TEARDOWN");
    }

    void OnTestEnd(const ::testing::TestInfo& info) override {
        in_test_ = false;
        const auto& result = *info.result();
        TestRecord test{info.name(), Ending::passed, message_,
                        static_cast<double>(result.elapsed_time()) / 1000};
        if (result.Failed()) {
            test.verdict = Ending::failed;
        } else if (result.Skipped()) {
            test.verdict = Ending::skipped;
        }
        group_.tests.push_back(test);
        if (formats_.standard) {
            print_standard(test);
        }
        if (formats_.subunit) {
            print_subunit(test);
        }
        if (formats_.tap) {
            print_tap(test, group_.tests.size());
        }
        std::fflush(stdout);
    }

    void OnTestSuiteEnd(const ::testing::TestSuite&) override {
        const auto executed = group_.tests.size();
        const auto passed = group_.count(Ending::passed);
        const auto skipped = group_.count(Ending::skipped);
        const auto failed = group_.count(Ending::failed);
        if (formats_.standard) {
            print_message("[==========] %s: %zu test(s) run.\n", group_.name.c_str(), executed);
            print_error("[  PASSED  ] %zu test(s).\n", passed);
            if (skipped > 0) {
                print_list_standard(group_, Ending::skipped, "SKIPPED ");
                print_error("\n %zu SKIPPED TEST(S)\n", skipped);
            }
            if (failed > 0) {
                print_list_standard(group_, Ending::failed, "FAILED  ");
                print_error("\n %zu FAILED TEST(S)\n", failed + group_.errors());
            }
        }
        if (formats_.tap) {
            const bool ok = passed + skipped == executed && group_.errors() == 0;
            print_message("# %s - %s\n", ok ? "ok" : "not ok", group_.name.c_str());
        }
        if (xml_) {
            xml_->write(group_);
        }
        group_ = {};
        std::fflush(stdout);
    }

    void OnTestIterationEnd(const ::testing::UnitTest&, int) override { xml_.reset(); }

  private:
    void print_group_error(const char* fixture) {
        const char* group = group_.name.c_str();
        if (formats_.standard) {
            print_error("[  FAILED  ] %s\n[  ERROR   ] %s\n", fixture, group);
        }
        if (formats_.subunit) {
            print_message("error: %s [ [  FAILED  ] %s ]\n", group, fixture);
        }
        if (formats_.tap) {
            print_message("not ok 0 - %s [  FAILED  ] %s\n", group, fixture);
        }
    }

    static void print_standard(const TestRecord& test) {
        const char* name = test.name.c_str();
        switch (test.verdict) {
            case Ending::passed:
                print_message("[       OK ] %s\n", name);
                break;
            case Ending::failed:
                print_error("[  ERROR   ] --- %s\n", standard_message(test.message).c_str());
                print_message("[  FAILED  ] %s\n", name);
                break;
            case Ending::skipped:
                print_message("[  SKIPPED ] %s\n", name);
                break;
        }
    }

    static void print_subunit(const TestRecord& test) {
        const char* name = test.name.c_str();
        switch (test.verdict) {
            case Ending::passed:
                print_message("success: %s\n", name);
                break;
            case Ending::failed:
                print_message("failure: %s [\n%s\n]\n", name, test.message.c_str());
                break;
            case Ending::skipped:
                print_message("skip: %s\n", name);
                break;
        }
    }

    static void print_tap(const TestRecord& test, std::size_t number) {
        const char* name = test.name.c_str();
        switch (test.verdict) {
            case Ending::passed:
                print_message("ok %zu - %s\n", number, name);
                break;
            case Ending::failed:
                print_message("not ok %zu - %s\n# %s\n", number, name,
                              replace_all(test.message, "\n", "\n# ").c_str());
                break;
            case Ending::skipped:
                print_message("ok %zu # SKIP %s\n", number, name);
                break;
        }
    }

    CmockaFormats formats_;
    GroupRecord group_;
    std::string message_;
    std::optional<XmlOutput> xml_;
    bool in_test_ = false;
    bool tap_version_printed_ = false;
};

}  // namespace

std::optional<CmockaFormats> parse_cmocka_formats(std::string_view value) {
    CmockaFormats formats;
    bool any = false;
    while (!value.empty()) {
        const std::string name(value.substr(0, value.find(',')));
        value.remove_prefix(std::min(value.size(), name.size() + 1));
        const std::pair<const char*, bool*> known[] = {{"STANDARD", &formats.standard},
                                                       {"STDOUT", &formats.standard},
                                                       {"SUBUNIT", &formats.subunit},
                                                       {"TAP", &formats.tap},
                                                       {"XML", &formats.xml}};
        for (const auto& [word, flag] : known) {
            if (strcasecmp(name.c_str(), word) == 0) {
                *flag = true;
                any = true;
            }
        }
    }
    return any ? std::optional(formats) : std::nullopt;
}

void install_cmocka_output() {
    const char* value = std::getenv("CMOCKA_MESSAGE_OUTPUT");
    const auto formats = parse_cmocka_formats(value != nullptr ? value : "");
    if (!formats) {
        return;
    }
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new CmockaOutput(*formats));
}

}  // namespace early_bind::testing
