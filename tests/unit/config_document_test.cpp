// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "grub-gen/config.hpp"

namespace early_bind {
namespace {

std::string document() {
    std::ostringstream text;
    text << std::ifstream(EARLY_BIND_TEST_DATA "/../../../docs/CONFIGURATION.md").rdbuf();
    return text.str();
}

/// The keys in the first column of the document's tables, from `begin` to `end`.
std::set<std::string> keys(const std::string& text) {
    std::set<std::string> found;
    const std::regex row("\n\\| `([a-z0-9_]+)` \\|");
    for (auto match = std::sregex_iterator(text.begin(), text.end(), row);
         match != std::sregex_iterator(); ++match) {
        found.insert((*match)[1]);
    }
    return found;
}

/// Whether the parser knows the key: whatever it says of the value, it does not call it unknown.
bool is_known(const std::string& table, const std::string& key) {
    const auto config = parse_config(table + key + " = 1979-05-27\n");
    return !config && config.error().what.find("unknown key") == std::string::npos;
}

TEST(ConfigurationDocument, ItsKeysAreKeys) {
    const auto text = document();
    const auto profiles = text.find("## `[profile.NAME]`");
    ASSERT_NE(profiles, std::string::npos);
    const auto common = keys(text.substr(0, profiles));
    const auto own = keys(text.substr(profiles));
    EXPECT_EQ(common.size(), 4U);
    EXPECT_EQ(own.size(), 21U);
    for (const auto& key : common) {
        EXPECT_TRUE(is_known("", key)) << key;
    }
    for (const auto& key : own) {
        EXPECT_TRUE(is_known("[profile.a]\n", key)) << key;
    }
}

TEST(ConfigurationDocument, ItsExampleIsRight) {
    const auto text = document();
    const auto begin = text.find("```toml\n") + 8;
    const auto config = parse_config(text.substr(begin, text.find("```", begin) - begin));
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_EQ(config->profiles.size(), 3U);
}

}  // namespace
}  // namespace early_bind
