// SPDX-License-Identifier: MIT
#include "grub-gen/loader/grub_place.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "core/text.hpp"
#include "grub-gen/process.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {
namespace {

constexpr const char* kDefaults = "etc/default/grub";
constexpr const char* kGenerator = "etc/grub.d/10_linux";
constexpr const char* kVariable = "GRUB_ENABLE_BLSCFG";
constexpr const char* kOldTool = "new-kernel-pkg";  // of grubby, which edited grub.cfg itself

}  // namespace

std::string GrubPlace::program(std::string_view what) const {
    return fmt::format("{}-{}", name, what);
}

GrubPlace find_grub(const sysfs::Root& root) {
    const GrubPlace one{"grub"};
    const GrubPlace two{"grub2"};
    const bool has_one = !find_program(root, one.program("mkconfig")).empty();
    const bool has_two = !find_program(root, two.program("mkconfig")).empty();
    if (has_one != has_two) {
        return has_two ? two : one;
    }
    return root.exists(two.directory()) && !root.exists(one.directory()) ? two : one;
}

Result<std::string> run_grub_program(const std::string& what,
                                     const std::vector<std::string>& arguments,
                                     const std::string& input) {
    process::Options options;
    options.timeout = std::chrono::seconds(30);
    options.input = input;
    std::vector<std::string> command = {GrubPlace{"grub"}.program(what)};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto outcome = process::run(command, options);
    if (!outcome) {
        const auto error = outcome.error();
        command.front() = GrubPlace{"grub2"}.program(what);
        outcome = process::run(command, options);
        if (!outcome) {
            return tl::unexpected(error);
        }
    }
    if (outcome->status != 0) {
        return fail(fmt::format("{} failed: {}", command.front(),
                                text::trim(text::split(outcome->err, '\n').front())));
    }
    return std::move(outcome->out);
}

bool uses_bls(const sysfs::Root& root) {
    if (root.read(kGenerator).value_or("").find("blscfg") == std::string::npos) {
        return false;
    }
    const char* exported = std::getenv("GRUB_DEVICE") != nullptr ? std::getenv(kVariable) : nullptr;
    const auto value = exported != nullptr
                           ? std::string(exported)
                           : default_value(root.read(kDefaults).value_or(""), kVariable);
    return value.empty() ? find_program(root, kOldTool).empty() : value == "true";
}

std::string default_value(std::string_view text, std::string_view variable) {
    std::string value;
    for (auto line : text::split(text, '\n')) {
        line = text::trim(line);
        if (!line.starts_with(variable) || line.substr(variable.size(), 1) != "=") {
            continue;
        }
        line.remove_prefix(variable.size() + 1);
        const auto quote = line.substr(0, 1);
        const bool quoted = quote == "\"" || quote == "'";
        value = quoted ? line.substr(1, line.find(quote, 1) - 1)
                       : line.substr(0, line.find_first_of(" \t#"));
    }
    return value;
}

}  // namespace early_bind
