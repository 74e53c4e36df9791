// SPDX-License-Identifier: MIT
#include "core/plan/reason.hpp"

#include <gtest/gtest.h>

#include <set>

namespace early_bind {
namespace {

std::vector<Code> all_codes() {
    std::vector<Code> codes;
    for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
        codes.push_back(static_cast<Code>(i));
    }
    return codes;
}

TEST(Reason, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const auto code : all_codes()) {
        EXPECT_TRUE(names.insert(info(code).name).second) << info(code).name;
    }
}

TEST(Reason, NamesAreLowerCaseWordsWithDashes) {
    for (const auto code : all_codes()) {
        const auto name = info(code).name;
        EXPECT_FALSE(name.empty());
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), name.npos)
            << name;
    }
}

TEST(Reason, NamesLeadBackToTheirCode) {
    for (const auto code : all_codes()) {
        EXPECT_EQ(info(code).code, code) << info(code).name;
        EXPECT_EQ(code_of(info(code).name), code) << info(code).name;
    }
}

TEST(Reason, UnknownNamesAreInternal) {
    for (const char* name : {"", "OK", "ok ", "kept_missing", "no-such-code"}) {
        EXPECT_EQ(code_of(name), Code::internal) << name;
    }
}

TEST(Reason, EveryCodeSaysWhatToDoNext) {
    for (const auto code : all_codes()) {
        const auto next = info(code).next;
        ASSERT_FALSE(next.empty()) << info(code).name;
        EXPECT_NE(next.back(), '.') << info(code).name;
        EXPECT_EQ(next.find('\n'), next.npos) << info(code).name;
    }
}

}  // namespace
}  // namespace early_bind
