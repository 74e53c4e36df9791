// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

/// The names of these files in the order in which systemd-boot shows them. Each is "NAME: LINES",
/// with a semicolon for the end of a line.
Strings shown(const Strings& texts) {
    std::vector<BlsFile> files;
    files.reserve(texts.size());
    for (const auto& text : texts) {
        const auto colon = text.find(": ");
        auto lines = colon == std::string::npos ? std::string() : text.substr(colon + 2);
        std::replace(lines.begin(), lines.end(), ';', '\n');
        files.push_back(parse_bls_file(BlsReader::systemd_boot,
                                       text.substr(0, std::min(colon, text.size())), lines));
    }
    std::sort(files.begin(), files.end(), is_shown_before);
    Strings names;
    names.reserve(files.size());
    for (const auto& file : files) {
        names.push_back(file.name);
    }
    return names;
}

// The order that the comment at strverscmp_improved() gives, and some kernels.
TEST(SystemdBootOrder, ComparesVersions) {
    for (const auto& versions :
         {Strings{"122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1",
                  "123.a-1", "123.1-1", "123a-1", "124-1"},
          Strings{"6.1.0-9-amd64", "6.1.0-31-amd64", "6.12.5-arch1-1", "6.12.5-arch1-2"},
          Strings{"", "linux", "linux-lts", "linux-zen", "linuxa"}}) {
        for (std::size_t i = 0; i < versions.size(); ++i) {
            for (std::size_t j = 0; j < versions.size(); ++j) {
                const int order = compare_versions(versions[i], versions[j]);
                EXPECT_EQ(order < 0, i < j) << versions[i] << " " << versions[j];
                EXPECT_EQ(order > 0, i > j) << versions[i] << " " << versions[j];
            }
        }
    }
    EXPECT_EQ(compare_versions("001.0010", "1.10"), 0);
    EXPECT_EQ(compare_versions("123_a", "123a"), 0);
}

TEST(SystemdBootOrder, SortKeysComeBeforeNames) {
    EXPECT_EQ(shown({"zz.conf", "b.conf: sort-key b;version 1", "a.conf: sort-key b;version 2",
                     "c.conf: sort-key a", "aa.conf"}),
              (Strings{"c.conf", "a.conf", "b.conf", "zz.conf", "aa.conf"}));
}

TEST(SystemdBootOrder, OnlyTheNameCountsWithoutSortKeys) {
    EXPECT_EQ(shown({"arch-fallback.conf", "arch.conf", "arch-lts.conf", "Zorin.conf"}),
              (Strings{"Zorin.conf", "arch.conf", "arch-lts.conf", "arch-fallback.conf"}));
    EXPECT_EQ(shown({"Pop_OS-current.conf", "Pop_OS-oldkern.conf"}),
              (Strings{"Pop_OS-oldkern.conf", "Pop_OS-current.conf"}));
}

TEST(SystemdBootOrder, AnEntryWithoutTriesIsTheLast) {
    EXPECT_EQ(shown({"a-3+0-3.conf: sort-key a;version 3", "a-1.conf: sort-key a;version 1",
                     "a-2+2-1.conf: sort-key a;version 2", "b.conf"}),
              (Strings{"a-2+2-1.conf", "a-1.conf", "b.conf", "a-3+0-3.conf"}));
}

TEST(SystemdBootOrder, MatchesPatternsWhateverTheCase) {
    EXPECT_TRUE(matches_pattern("Pop_OS-*", "pop_os-current.conf"));
    EXPECT_TRUE(matches_pattern("a-[0-9]*.conf", "A-6.1.conf"));
    EXPECT_FALSE(matches_pattern("a-[0-9]*.conf", "a-linux.conf"));
    EXPECT_FALSE(matches_pattern("arch", "arch.conf"));
}

}  // namespace
}  // namespace early_bind
