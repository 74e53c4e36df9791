// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/report.hpp"

namespace early_bind::doctor {
namespace {

std::string read_document(const std::string& name) {
    std::ifstream file(std::string(EARLY_BIND_TEST_DATA) + "/../../../docs/" + name);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(DoctorFinding, CodesStandInTheOrderOfTheEnumeration) {
    ASSERT_EQ(catalogue().size(), static_cast<std::size_t>(Code::skipped) + 1);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < catalogue().size(); ++i) {
        const auto& code = catalogue()[i];
        EXPECT_EQ(code.code, static_cast<Code>(i)) << code.name;
        EXPECT_EQ(&info(code.code), &code);
        EXPECT_TRUE(names.insert(code.name).second) << code.name;
        EXPECT_EQ(code.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), code.name.npos)
            << code.name;
    }
}

TEST(DoctorFinding, WhatIsNotFineSaysWhyAndWhatMendsIt) {
    for (const auto& code : catalogue()) {
        EXPECT_EQ(code.why.empty(), code.weight == Weight::ok) << code.name;
        EXPECT_EQ(code.mend.empty(), code.weight == Weight::ok) << code.name;
        EXPECT_FALSE(code.why.ends_with('.')) << code.name;
        EXPECT_FALSE(code.mend.ends_with('.')) << code.name;
    }
}

TEST(DoctorFinding, ThePageListsEveryCodeAndNoOther) {
    const auto page = read_document("DOCTOR.md");
    std::size_t rows = 0;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        rows += line.starts_with("| `") ? 1U : 0U;
    }
    EXPECT_EQ(rows, catalogue().size());
    std::size_t from = 0;
    for (const auto& code : catalogue()) {
        const auto begin =
            "| `" + std::string(code.name) + "` | " + std::string(to_string(code.weight)) + " | ";
        const auto row = page.find(begin, from);
        ASSERT_NE(row, page.npos) << begin << " is missing or not in the order of finding.cpp";
        const auto line = page.substr(row, page.find('\n', row) - row);
        EXPECT_TRUE(line.ends_with(" | " + std::string(code.mend) + " |")) << line;
        from = row;
    }
}

TEST(DoctorReport, GroupsByWeight) {
    const Findings findings = {
        {Code::cpu_ok, "the processor can run VMs (vmx)"},
        {Code::secure_boot, "Secure Boot is on"},
        {Code::menu_hidden, "grub.cfg shows the menu for 0 seconds"},
        {Code::image_no_table, "initrd.img-1 has no boot table"},
        {Code::image_no_table, "initrd.img-2 has \x1b[31mno\nboot table"},
    };
    EXPECT_FALSE(is_healthy(findings));
    EXPECT_EQ(render_report(findings), R"(Problems

  image-no-table: initrd.img-1 has no boot table
      why:  with this kernel every layout is refused
      mend: run `grub-gen apply`, which rebuilds every initramfs

  image-no-table: initrd.img-2 has  [31mno boot table
      why:  with this kernel every layout is refused
      mend: run `grub-gen apply`, which rebuilds every initramfs

Warnings

  menu-hidden: grub.cfg shows the menu for 0 seconds
      why:  a layout is picked in the menu, and there is no time to do so
      mend: set GRUB_TIMEOUT=5 and GRUB_TIMEOUT_STYLE=menu in /etc/default/grub, then run `update-grub` or `grub2-mkconfig`; with systemd-boot run `bootctl set-timeout 5`

Notes

  secure-boot: Secure Boot is on
      why:  only signed kernels and modules load; those of the distribution are signed, and the layouts boot the same files as the stock entries
      mend: nothing to do while kernel and modules are the distribution's

Fine

  the processor can run VMs (vmx)

2 problems, 1 warning, 1 note.
)");
}

TEST(DoctorReport, NotesAreHealthy) {
    EXPECT_TRUE(is_healthy({}));
    EXPECT_TRUE(is_healthy({{Code::secure_boot, "x"}, {Code::cpu_ok, "y"}}));
    EXPECT_FALSE(is_healthy({{Code::menu_hidden, "x"}}));
    EXPECT_FALSE(is_healthy({{Code::image_late, "x"}}));
    EXPECT_EQ(render_report({{Code::cpu_ok, "all good"}}),
              "Fine\n\n  all good\n\nNothing is wrong; 0 notes.\n");
}

TEST(DoctorReport, Json) {
    EXPECT_EQ(render_report_json({{Code::image_no_table, "a \"b\""}, {Code::cpu_ok, "c\xff"}}),
              R"({
 "schema": 1,
 "healthy": false,
 "findings": [
  {
   "code": "image-no-table",
   "weight": "problem",
   "what": "a \"b\"",
   "why": "with this kernel every layout is refused",
   "mend": "run `grub-gen apply`, which rebuilds every initramfs"
  },
  {
   "code": "cpu-ok",
   "weight": "ok",
   "what": "c)"
              "\xef\xbf\xbd"
              R"(",
   "why": null,
   "mend": null
  }
 ]
}
)");
}

}  // namespace
}  // namespace early_bind::doctor
