// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/profile/boot_table.hpp"

namespace early_bind::test {

/// What a loader under test said.
inline std::vector<std::string> sentences;

inline void note(const std::string& sentence) {
    sentences.push_back(sentence);
}

/// A boot table of profiles with these names.
inline std::string table_text(const std::vector<std::string>& names) {
    BootTable table;
    for (const auto& name : names) {
        TableProfile profile;
        profile.name = name;
        profile.title = "Title of " + name;
        table.profiles.push_back(profile);
    }
    return render_boot_table(table);
}

}  // namespace early_bind::test
