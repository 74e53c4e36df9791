// SPDX-License-Identifier: MIT
#include "host/inputs/handing.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "host/escape.hpp"

namespace early_bind {
namespace {

/// The strings in double quotes up to the bracket that ends the list; comment signs between them do
/// not matter.
std::vector<std::string> quoted_until_bracket(std::string_view text) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < text.size() && text[i] != ']'; ++i) {
        if (text[i] == '"') {
            const auto end = text.find_first_of("\"\n", i + 1);
            if (end == std::string_view::npos || text[end] == '\n') {
                return {};
            }
            found.emplace_back(text.substr(i + 1, end - i - 1));
            i = end;
        }
    }
    return found;
}

}  // namespace

std::string libvirt_inputs(const std::vector<InputDevice>& inputs, std::string_view toggle) {
    std::string out;
    for (const auto& input : inputs) {
        out += fmt::format("<input type='evdev'>\n  <source dev='{}'{}/>\n</input>\n",
                           xml_value(input.path),
                           input.kind == InputKind::keyboard
                               ? fmt::format(" grab='all' grabToggle='{}' repeat='on'", toggle)
                               : std::string());
    }
    return out;
}

std::string qemu_inputs(const std::vector<InputDevice>& inputs, std::string_view toggle) {
    std::string out;
    int keyboards = 0;
    int mice = 0;
    for (const auto& input : inputs) {
        const bool keyboard = input.kind == InputKind::keyboard;
        auto object = fmt::format("input-linux,id={}{},evdev={}", keyboard ? "kbd" : "mouse",
                                  keyboard ? ++keyboards : ++mice, qemu_value(input.path));
        if (keyboard) {
            object += ",grab_all=on,repeat=on";
            if (toggle != kToggles.front()) {
                object += fmt::format(",grab-toggle={}", toggle);
            }
        }
        out += fmt::format("-object {}\n", shell_word(object));
    }
    return out;
}

std::vector<std::string> device_acl(std::string_view qemu_conf) {
    constexpr std::string_view kKey = "cgroup_device_acl";
    std::vector<std::string> commented;
    for (std::size_t begin = 0; begin < qemu_conf.size();) {
        auto line = qemu_conf.substr(begin);
        const auto next = std::min(qemu_conf.find('\n', begin), qemu_conf.size() - 1) + 1;
        const bool comment = line.starts_with('#');
        line.remove_prefix(comment ? 1 : 0);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.starts_with(kKey)) {
            line.remove_prefix(kKey.size());
            line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
            if (line.starts_with('=')) {
                auto list = quoted_until_bracket(line);
                if (!comment) {
                    return list;
                }
                commented = std::move(list);
            }
        }
        begin = next;
    }
    return commented;
}

std::vector<std::string> default_device_acl() {
    return {"/dev/null",    "/dev/full", "/dev/zero", "/dev/random",
            "/dev/urandom", "/dev/ptmx", "/dev/kvm"};
}

std::string cgroup_setting(const std::vector<std::string>& list,
                           const std::vector<InputDevice>& inputs) {
    auto all = list;
    for (const auto& input : inputs) {
        if (std::find(all.begin(), all.end(), input.path) == all.end()) {
            all.push_back(input.path);
        }
    }
    std::string out = "cgroup_device_acl = [\n";
    for (const auto& path : all) {
        out += fmt::format("    \"{}\"{}\n", path, &path == &all.back() ? "" : ",");
    }
    return out + "]\n";
}

}  // namespace early_bind
