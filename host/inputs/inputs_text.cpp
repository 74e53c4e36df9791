// SPDX-License-Identifier: MIT
#include "host/inputs/inputs_text.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace early_bind {
namespace {

using nlohmann::ordered_json;

std::vector<std::string> profiles_of(const InputDevice& input, const PassedBy& passed) {
    const auto found = input.function ? passed.find(*input.function) : passed.end();
    return found == passed.end() ? std::vector<std::string>() : found->second;
}

}  // namespace

std::string render_inputs(const std::vector<InputDevice>& inputs, const PassedBy& passed) {
    if (inputs.empty()) {
        return "There is no keyboard and no mouse here.\n";
    }
    std::string out;
    for (const auto& input : inputs) {
        out += fmt::format(
            "{:<8}  {}{}\n    {}{}\n", to_string(input.kind), input.name,
            input.kind == InputKind::keyboard && input.points ? ", a mouse as well" : "",
            input.path, input.stable ? "" : "  (may be another one after a boot)");
        out += fmt::format("    {}, {}\n", input.node,
                           input.function ? "behind " + to_string(*input.function)
                                          : std::string("behind no PCI device"));
        if (const auto profiles = profiles_of(input, passed); !profiles.empty()) {
            out += fmt::format("    goes to a VM with its controller in {}\n",
                               text::join_words(profiles));
        }
    }
    return out;
}

std::string render_inputs_json(const std::vector<InputDevice>& inputs, const PassedBy& passed) {
    ordered_json json;
    json["schema"] = 1;
    json["inputs"] = ordered_json::array();
    for (const auto& input : inputs) {
        ordered_json one;
        one["kind"] = to_string(input.kind);
        one["points"] = input.points;
        one["name"] = input.name;
        one["path"] = input.path;
        one["stable"] = input.stable;
        one["links"] = input.links;
        one["node"] = input.node;
        one["bus"] = fmt::format("{:04x}", input.bus);
        one["ids"] = fmt::format("{:04x}:{:04x}", input.vendor, input.product);
        one["function"] =
            input.function ? ordered_json(to_string(*input.function)) : ordered_json();
        one["passed_by"] = profiles_of(input, passed);
        json["inputs"].push_back(std::move(one));
    }
    return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace early_bind
