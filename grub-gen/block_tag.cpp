// SPDX-License-Identifier: MIT
#include "grub-gen/block_tag.hpp"

#include <blkid/blkid.h>
#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

namespace early_bind {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTags = {{
    {"UUID", "by-uuid"},
    {"LABEL", "by-label"},
    {"PARTUUID", "by-partuuid"},
    {"PARTLABEL", "by-partlabel"},
}};

struct Free {
    void operator()(char* text) const { std::free(text); }
};

}  // namespace

std::optional<std::string> device_of_tag(const sysfs::Root& root, std::string_view tag) {
    const auto equals = tag.find('=');
    if (equals == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view value = tag.substr(equals + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
        value = value.substr(1, value.size() - 2);
    }
    if (value.empty()) {
        return std::nullopt;
    }
    for (const auto& [name, directory] : kTags) {
        if (tag.substr(0, equals) != name) {
            continue;
        }
        if (root.is_live()) {
            const std::unique_ptr<char, Free> device(
                blkid_evaluate_tag(std::string(name).c_str(), std::string(value).c_str(), nullptr));
            return device ? std::optional<std::string>(device.get()) : std::nullopt;
        }
        const std::string link = fmt::format("dev/disk/{}/{}", directory, value);
        const bool found = value.find('/') == std::string_view::npos && root.read_link(link);
        return found ? std::optional<std::string>("/" + link) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace early_bind
