// SPDX-License-Identifier: MIT
#include "grub-gen/grub_script.hpp"

#include <gtest/gtest.h>

#include "grub-gen/quote.hpp"
#include "grub-gen/script_lexer.hpp"
#include "tests/support/grub_accepts.hpp"

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

std::string quoted_quotes(std::size_t count) {
    std::string word = "'";
    for (std::size_t i = 0; i < count; ++i) {
        word += R"('\'')";
    }
    return word + "'";
}

struct QuoteCase {
    std::string text;
    std::string quoted;
};

class Quote : public testing::TestWithParam<QuoteCase> {};

TEST_P(Quote, KeepsTextInsideOfOneWord) {
    const auto& [text, quoted] = GetParam();
    EXPECT_EQ(quote(text), quoted);
    const auto script = "menuentry " + quote(text) + " {\n\ttrue\n}\n";
    EXPECT_TRUE(test::grub_accepts(script)) << script;
    // One word in GRUB's eyes: the word, the brace and what follows, nothing else.
    const auto tokens = tokenize_script(script).tokens;
    ASSERT_GE(tokens.size(), 3U);
    EXPECT_EQ(tokens[2].kind, ScriptToken::Kind::open);
}

INSTANTIATE_TEST_SUITE_P(
    All, Quote,
    testing::Values(
        QuoteCase{"", "''"}, QuoteCase{"NVIDIA GeForce RTX 4090", "'NVIDIA GeForce RTX 4090'"},
        QuoteCase{"it's", R"('it'\''s')"}, QuoteCase{"''", R"(''\'''\''')"},
        QuoteCase{R"("double" \ $HOME ${x} `id` $(id))", R"('"double" \ $HOME ${x} `id` $(id)')"},
        QuoteCase{"a\nb\tc\rd\x01\x7f", "'a b c d  '"},
        QuoteCase{"'} menuentry 'x' { reboot }", R"(''\''} menuentry '\''x'\'' { reboot }')"},
        QuoteCase{"}\n}\n; # | & < > *", "'} } ; # | & < > *'"},
        QuoteCase{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7",
                  "'caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7'"},
        QuoteCase{"cut \xe2\x82", R"('cut ??')"},               // in the middle of a character
        QuoteCase{"latin \xe9, \xff\xfe", R"('latin ?, ??')"},  // not UTF-8
        QuoteCase{"\xc0\xa7 \xed\xa0\x80 \xf5\x80",
                  R"('?? ??? ??')"},  // overlong, surrogate, too high
        QuoteCase{"csi \xc2\x9b"
                  "31m",
                  "'csi  31m'"},  // U+009B, a control character
        QuoteCase{std::string("nul\0nul", 7), "'nul nul'"},
        QuoteCase{"ends with \\", R"('ends with \')"}));

TEST(LongText, IsCutWhereGrubCouldNotTakeIt) {
    const auto quoted_of = [](const std::string& text) {
        const auto word = quote(text);
        EXPECT_TRUE(test::grub_accepts("menuentry " + word + " {\n\ttrue\n}\n")) << word.size();
        return word;
    };
    const std::string full(kQuoteLimit, 'x');
    const std::string almost(kQuoteLimit - 1, 'x');
    // Not EXPECT_EQ, which would print all of it.
    EXPECT_TRUE(quoted_of(full) == "'" + full + "'");
    EXPECT_TRUE(quoted_of(std::string(100000, 'x')) == "'" + full + "'");
    EXPECT_TRUE(quoted_of(almost + "\xc3\xa9") == "'" + almost + "'");
    EXPECT_TRUE(quoted_of(std::string(kQuoteLimit, '\'')) == quoted_quotes(kQuoteLimit));
}

TEST(Lexer, TakesWordsApartAsGrubDoes) {
    Strings words;
    for (const auto& token :
         tokenize_script("a 'b c'\"d\\\"\\n\"\\ e $f ${g} h#i # j 'k\nl{m}").tokens) {
        words.push_back(token.text);
    }
    EXPECT_EQ(words, (Strings{"a", "b cd\"\\n e", "$f", "${g}", "h#i", "\n", "l", "{", "m", "}"}));
}

TEST(Lexer, NamesTheLineOfAnOpenQuote) {
    EXPECT_EQ(tokenize_script("a\nb 'c\nd\n").open_quote_line, 2U);
    EXPECT_EQ(tokenize_script("a\n\"b\\\"").open_quote_line, 2U);
    EXPECT_EQ(tokenize_script("a \\\n b\\").open_quote_line, 0U);
}

constexpr const char* kArch = R"(
menuentry 'Arch Linux, with Linux linux-lts' --class arch --class gnu-linux --unrestricted --hotkey=a $menuentry_id_option 'gnulinux-linux-lts-advanced-abc' {
	load_video
	set gfxpayload=keep
	insmod gzio
	savedefault
	search --no-floppy --fs-uuid --set=root  abc
	echo	'Loading Linux linux-lts ...'
	linux	/@/boot/vmlinuz-linux-lts root=UUID=abc rw rootflags=subvol=@  "cryptdevice=UUID=a b:root" loglevel=3
	initrd	/@/boot/intel-ucode.img /@/boot/initramfs-linux-lts.img
}
)";

TEST(ParseMenu, ReadsAnEntry) {
    const auto menu = parse_menu(kArch);
    EXPECT_EQ(menu.warnings, Strings{});
    ASSERT_EQ(menu.entries.size(), 1U);
    const auto& entry = menu.entries[0];
    EXPECT_EQ(entry.title, "Arch Linux, with Linux linux-lts");
    EXPECT_EQ(entry.options, "--class arch --class gnu-linux --unrestricted");
    EXPECT_EQ(entry.id, "gnulinux-linux-lts-advanced-abc");
    EXPECT_EQ(entry.kernel_file, "/@/boot/vmlinuz-linux-lts");
    EXPECT_EQ(entry.kernel_version, "linux-lts");
    EXPECT_EQ(entry.arguments, (Strings{"root=UUID=abc", "rw", "rootflags=subvol=@",
                                        "cryptdevice=UUID=a b:root", "loglevel=3"}));
    const std::string whole = kArch;
    const auto begin = whole.find("{\n") + 1;
    std::string body = whole.substr(begin, whole.rfind('}') - begin);
    const auto saved = body.find("\tsavedefault\n");
    body.erase(saved, std::string("\tsavedefault\n").size());
    ASSERT_EQ(entry.body.size(), 2U);
    EXPECT_EQ(entry.body[0] + entry.body[1], body);
    EXPECT_TRUE(entry.body[0].ends_with(" loglevel=3"));
}

TEST(ParseMenu, FindsEntriesInSubmenusButNotInHistory) {
    const auto menu = parse_menu(R"(
submenu 'Advanced options for Ubuntu 24.04' ${menuentry_id_option} 'gnulinux-advanced-rpool' {
	menuentry 'Ubuntu, with Linux 6.8.0-41-generic' --class os ${menuentry_id_option} 'gnulinux-rpool-6.8.0-41-generic' {
		if [ "${grub_platform}" = xen ]; then insmod xzio; insmod lzopio; fi
		linux	"/BOOT/ubuntu_x@/vmlinuz-6.8.0-41-generic" root=ZFS="rpool/ROOT/ubuntu_x" ro quiet ${vt_handoff}
		initrd	"/BOOT/ubuntu_x@/initrd.img-6.8.0-41-generic"
	}
}
submenu 'History for Ubuntu 24.04' ${menuentry_id_option} 'gnulinux-history-rpool' {
	menuentry 'Revert' --class os ${menuentry_id_option} 'gnulinux-old' {
		linux	"/BOOT/ubuntu_x@old/vmlinuz-6.5.0-1-generic" root=ZFS="rpool/ROOT/ubuntu_x@old" ro
		initrd	"/BOOT/ubuntu_x@old/initrd.img-6.5.0-1-generic"
	}
}
)");
    EXPECT_EQ(menu.warnings, Strings{});
    ASSERT_EQ(menu.entries.size(), 1U);
    EXPECT_EQ(menu.entries[0].kernel_version, "6.8.0-41-generic");
    EXPECT_EQ(menu.entries[0].arguments,
              (Strings{"root=ZFS=rpool/ROOT/ubuntu_x", "ro", "quiet", "${vt_handoff}"}));
}

struct VersionCase {
    std::string file;
    std::string version;
};

class Version : public testing::TestWithParam<VersionCase> {};

TEST_P(Version, ComesFromTheFileName) {
    for (const std::string command : {"linux", "linux16", "linuxefi"}) {
        const auto menu = parse_menu("menuentry 'x' {\n " + command + " " + GetParam().file +
                                     " ro\n initrd /i\n}\n");
        ASSERT_EQ(menu.entries.size(), 1U) << command;
        EXPECT_EQ(menu.entries[0].kernel_version, GetParam().version);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Version,
    testing::Values(VersionCase{"/boot/vmlinuz-6.1.0-50-amd64", "6.1.0-50-amd64"},
                    VersionCase{"/vmlinuz-6.12.107+deb13-amd64", "6.12.107+deb13-amd64"},
                    VersionCase{"/boot/vmlinuz-5.15.0-25-generic.efi.signed", "5.15.0-25-generic"},
                    VersionCase{"/boot/vmlinuz-5.3.18-lp152.19-default", "5.3.18-lp152.19-default"},
                    VersionCase{"/boot/vmlinux-6.1.0-50-powerpc64le", "6.1.0-50-powerpc64le"},
                    VersionCase{"/kernel-6.6.30-gentoo-x86_64", "6.6.30-gentoo-x86_64"},
                    VersionCase{"(hd0,gpt2)/vmlinuz-linux", "linux"},
                    VersionCase{"'/boot/vmlinuz-6.1.0-1-amd64'", "6.1.0-1-amd64"}));

TEST(ParseMenu, PutsArgumentsBeforeTheEndOfTheKernelsPart) {
    const auto menu =
        parse_menu("menuentry 'x' {\n\tlinux /vmlinuz-1 ro -- single # it's\n\tinitrd /i\n}\n");
    ASSERT_EQ(menu.entries.size(), 1U);
    EXPECT_EQ(menu.entries[0].body,
              (Strings{"\n\tlinux /vmlinuz-1 ro", " -- single # it's\n\tinitrd /i\n"}));
}

TEST(ParseMenu, CutsAtEveryLinuxLine) {
    const auto menu = parse_menu(
        "menuentry 'x' {\n if [ $a = b ]; then\n linuxefi /vmlinuz-1 ro\n initrdefi /i\n else\n "
        "linux16 /vmlinuz-1 rw; initrd16 /i\n fi\n}\n");
    ASSERT_EQ(menu.entries.size(), 1U);
    EXPECT_EQ(menu.entries[0].body,
              (Strings{"\n if [ $a = b ]; then\n linuxefi /vmlinuz-1 ro",
                       "\n initrdefi /i\n else\n linux16 /vmlinuz-1 rw", "; initrd16 /i\n fi\n"}));
}

struct OddCase {
    std::string script;
    Strings warnings;
};

class Odd : public testing::TestWithParam<OddCase> {};

TEST_P(Odd, IsLeftOut) {
    const auto menu = parse_menu(GetParam().script);
    EXPECT_TRUE(menu.entries.empty());
    EXPECT_EQ(menu.warnings, GetParam().warnings);
}

INSTANTIATE_TEST_SUITE_P(
    All, Odd,
    testing::Values(
        OddCase{"", {}}, OddCase{"\n\n# nothing\nset default=0\n", {}},
        OddCase{"menuentry 'UEFI Firmware Settings' {\n\tfwsetup\n}\n", {}},
        OddCase{"function f {\n menuentry 'x' {\n linux /vmlinuz-1\n initrd /i\n }\n}\n", {}},
        OddCase{"menuentry 'Xen' {\n multiboot2 /xen.gz\n module2 /vmlinuz-6.1 placeholder ro\n}\n",
                {}},
        OddCase{"menuentry 'x' {\n linux$mode /vmlinuz-1 ro\n initrd /i\n}\n",
                {"leaving out the entry 'x': its kernel is loaded by no command that is known"}},
        OddCase{"menuentry 'x' {\n linux $kernel ro\n initrd /i\n}\n",
                {"leaving out the entry 'x': the kernel's version cannot be told from $kernel"}},
        OddCase{"menuentry 'x' {\n linux '/vmlinuz-a>b' ro\n initrd /i\n}\n",
                {"leaving out the entry 'x': the kernel's version cannot be told from "
                 "/vmlinuz-a>b"}},
        OddCase{"menuentry 'x' {\n linux\n initrd /i\n}\n",
                {"leaving out the entry 'x': its linux line names no kernel"}},
        OddCase{"menuentry 'x' {\n linux /vmlinuz-1 ro\n}\n",
                {"leaving out the entry 'x': it has no initramfs that early-bind could run in"}},
        OddCase{"menuentry 'x' {\n linux /vmlinuz-1\n linux /vmlinuz-2\n initrd /i\n}\n",
                {"leaving out the entry 'x': it has two kernels, 1 and 2"}},
        OddCase{"menuentry 'x\ny'\n{\n}\n", {"the entry 'x y' does not end, leaving out the rest"}},
        OddCase{"menuentry 'x' {\n linux /vmlinuz-1 ro\n",
                {"the entry 'x' does not end, leaving out the rest"}},
        OddCase{"\nmenuentry 'x {\n linux /vmlinuz-1 ro\n}\n",
                {"line 2: a quote does not end, leaving out the rest"}},
        OddCase{"menuentry", {"the entry '' does not end, leaving out the rest"}},
        OddCase{"menuentry $menuentry_id_option",
                {"the entry '' does not end, leaving out the rest"}},
        OddCase{"}}}} ; ; {{{", {}}));

}  // namespace
}  // namespace early_bind
