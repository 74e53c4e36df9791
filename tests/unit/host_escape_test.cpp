// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/escape.hpp"

namespace early_bind {
namespace {

TEST(ShellWord, OnlyWhatMeansSomethingIsQuoted) {
    EXPECT_EQ(shell_word("host=0000:01:00.0,pcie=1"), "host=0000:01:00.0,pcie=1");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("a;b"), "'a;b'");
    EXPECT_EQ(shell_word("~"), "'~'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word("a\nb"), "'a b'");
}

TEST(XmlValue, WhatWouldEndItOrStartSomethingIsNamed) {
    EXPECT_EQ(xml_value("/dev/input/by-id/usb-a-event-kbd"), "/dev/input/by-id/usb-a-event-kbd");
    EXPECT_EQ(xml_value("a & 'b' <c> \"d\""), "a &amp; &apos;b&apos; &lt;c> \"d\"");
}

TEST(QemuValue, CommasAreDoubled) {
    EXPECT_EQ(qemu_value("/rom"), "/rom");
    EXPECT_EQ(qemu_value(",a,,b"), ",,a,,,,b");
}

}  // namespace
}  // namespace early_bind
