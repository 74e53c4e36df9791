// SPDX-License-Identifier: MIT
#include "host/services/render.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "grub-gen/host_files.hpp"

namespace early_bind::services {
namespace {

using nlohmann::ordered_json;

/// A word for programs, and words for people.
std::pair<const char*, const char*> in_words(State state) {
    switch (state) {
        case State::so:
            return {"so", "is so"};
        case State::differs:
            return {"differs", "to be changed"};
        case State::foreign:
            return {"foreign", "not ours, stays"};
        default:
            return {"missing", "to be written"};
    }
}

bool is_gone(const Service& service, const std::vector<std::string>& passed) {
    return std::find(passed.begin(), passed.end(), service.maker->name) != passed.end();
}

}  // namespace

std::string render(const sysfs::Root& root, const std::vector<Service>& services,
                   const std::vector<std::string>& passed) {
    if (services.empty()) {
        return "No service is installed here that is known to hold a card; name one as "
               "UNIT=MAKER.\n";
    }
    std::string text;
    for (const auto& service : services) {
        text += service.unit + "\n";
        if (!service.why.empty()) {
            text += fmt::format("    {}\n", service.why);
        }
        text += fmt::format("    in this boot: {} {} GPU is left to the host\n",
                            is_gone(service, passed) ? "off, no" : "as without us, an",
                            service.maker->title);
        text +=
            fmt::format("    {} ({})\n", root.outside_path(host_files::drop_in_path(service.unit)),
                        in_words(look(root, service)).second);
    }
    return text;
}

std::string render_json(const sysfs::Root& root, const std::vector<Service>& services,
                        const std::vector<std::string>& passed) {
    ordered_json json;
    json["schema"] = 1;
    json["passed"] = passed;
    json["services"] = ordered_json::array();
    for (const auto& service : services) {
        json["services"].push_back(
            {{"unit", service.unit},
             {"maker", service.maker->name},
             {"why", service.why.empty() ? ordered_json() : ordered_json(service.why)},
             {"path", "/" + host_files::drop_in_path(service.unit)},
             {"state", in_words(look(root, service)).first},
             {"content", drop_in(service)}});
    }
    return json.dump(2) + "\n";
}

}  // namespace early_bind::services
