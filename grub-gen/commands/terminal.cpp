// SPDX-License-Identifier: MIT
#include "grub-gen/commands/terminal.hpp"

#include <cstdio>

namespace early_bind {
namespace {

const char* g_program = "";

}  // namespace

void name_program(const char* name) {
    g_program = name;
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void say(const std::string& sentence) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", g_program, sentence.c_str());
}

void warn(const std::vector<std::string>& sentences) {
    for (const auto& sentence : sentences) {
        say("warning: " + sentence);
    }
}

int failed(const Error& error) {
    say(error.what);
    return kFailed;
}

}  // namespace early_bind
