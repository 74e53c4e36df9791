// SPDX-License-Identifier: MIT
#include "host/display/render.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "core/text.hpp"
#include "host/display/write.hpp"

namespace early_bind::display {
namespace {

using nlohmann::ordered_json;

std::string details(const DisplayGpu& gpu) {
    if (gpu.is_passed()) {
        return "passed to virtual machines (vfio-pci)";
    }
    auto text = gpu.driver.empty() ? std::string("no driver") : "driver " + gpu.driver;
    if (!gpu.card.empty()) {
        text += ", " + gpu.card;
    }
    if (!gpu.monitors.empty()) {
        text += ", monitor on " + text::join_words(gpu.monitors);
    }
    return text;
}

/// What becomes of the files, before they are listed.
std::string verdict(const std::vector<DisplayGpu>& gpus) {
    if (gpus.empty()) {
        return "There is no GPU.\n";
    }
    if (host_gpus(gpus).empty()) {
        return "Every GPU is passed: there is nothing to tell a desktop.\n";
    }
    return is_needed(gpus) ? "" : "No GPU is passed: the desktop finds by itself what it needs.\n";
}

std::string indented(std::string_view content) {
    std::string text;
    for (const auto line :
         text::split(content.substr(0, content.find_last_not_of('\n') + 1), '\n')) {
        text += line.empty() ? "\n" : fmt::format("    {}\n", line);
    }
    return text;
}

/// The desktop's GPU, where it is for us to say.
std::optional<Primary> told_primary(const std::vector<DisplayGpu>& gpus) {
    return is_needed(gpus) ? find_primary(gpus) : std::nullopt;
}

ordered_json or_null(const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(text);
}

}  // namespace

std::string render(const sysfs::Root& root, const std::vector<DisplayGpu>& gpus,
                   const std::vector<OwnFile>& files) {
    const auto primary = told_primary(gpus);
    std::string text;
    for (std::size_t i = 0; i < gpus.size(); ++i) {
        text += fmt::format("{}  {}\n    {}\n", to_string(gpus[i].address), gpus[i].name,
                            details(gpus[i]));
        if (primary && primary->index == i) {
            text += fmt::format("    the desktop's: {}\n", primary->why);
        }
    }
    text += (text.empty() ? "" : "\n") + verdict(gpus);
    for (const auto& file : files) {
        text += fmt::format("{}{}{}\n", root.outside_path(file.path),
                            file.is_link ? " -> " + file.content : "",
                            is_so(root, file) ? " (is so)" : " (to be written)");
        if (!file.is_link) {
            text += indented(file.content);
        }
    }
    return text;
}

std::string render_json(const sysfs::Root& root, const std::vector<DisplayGpu>& gpus,
                        const std::vector<OwnFile>& files) {
    const auto primary = told_primary(gpus);
    ordered_json json;
    json["schema"] = 1;
    json["needed"] = is_needed(gpus);
    json["primary"] = primary ? ordered_json{{"address", to_string(gpus[primary->index].address)},
                                             {"why", primary->why}}
                              : ordered_json();
    json["gpus"] = ordered_json::array();
    for (const auto& gpu : gpus) {
        json["gpus"].push_back({{"address", to_string(gpu.address)},
                                {"name", gpu.name},
                                {"role", to_string(gpu.role)},
                                {"driver", or_null(gpu.driver)},
                                {"passed", gpu.is_passed()},
                                {"boot_display", gpu.boot_display},
                                {"card", or_null(gpu.card)},
                                {"render", or_null(gpu.render)},
                                {"monitors", gpu.monitors}});
    }
    json["files"] = ordered_json::array();
    for (const auto& file : files) {
        json["files"].push_back({{"path", "/" + file.path},
                                 {"link", file.is_link},
                                 {"content", file.content},
                                 {"is_so", is_so(root, file)}});
    }
    return json.dump(2) + "\n";
}

}  // namespace early_bind::display
