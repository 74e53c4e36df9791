// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace early_bind::testing {

/// CMocka's message formats. CMOCKA_MESSAGE_OUTPUT may name several.
struct CmockaFormats {
    bool standard = false;
    bool subunit = false;
    bool tap = false;
    bool xml = false;
};

/// Reads a value of CMOCKA_MESSAGE_OUTPUT as CMocka does: names in any case, separated by commas;
/// unknown ones are passed over. Nothing when no name is left, which keeps GoogleTest's own output.
[[nodiscard]] std::optional<CmockaFormats> parse_cmocka_formats(std::string_view value);

/// Makes the GoogleTest run print what a CMocka program would print, when the environment asks for
/// it with CMOCKA_MESSAGE_OUTPUT=STDOUT|TAP|SUBUNIT|XML, in place of GoogleTest's own output. A
/// CMocka group is a GoogleTest test suite. The formats are those of CMocka 1.1.7; see
/// cmocka_output.cpp for the two places where this is stricter.
///
/// CMOCKA_XML_FILE says where XML goes, "%g" in it standing for the name of the group. As with
/// CMocka a file that exists is left alone, and the XML goes to stderr.
///
/// To be called between InitGoogleTest() and RUN_ALL_TESTS().
void install_cmocka_output();

}  // namespace early_bind::testing
