// SPDX-License-Identifier: MIT
#include "host/runtime/render.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/runtime/give_back.hpp"
#include "host/selection.hpp"

namespace early_bind {
namespace {

using Json = nlohmann::ordered_json;

std::string lines_of(const std::vector<Reason>& reasons) {
    std::string out;
    for (const auto& reason : reasons) {
        const auto& about = info(reason.code);
        out += fmt::format("{}: {}\n    next: {}\n", about.name, reason.text, about.next);
    }
    return out;
}

std::string device_line(const pci::Function& function, std::string_view to, const Names& names) {
    return fmt::format("{}  {} -> {}  {}\n", to_string(function.address),
                       function.driver.empty() ? "no driver" : function.driver, to,
                       listed_name(function, names));
}

std::vector<std::string> actions_of(const Change& change) {
    std::vector<std::string> actions;
    for (const auto& release : change.releases) {
        for (auto& sentence : sentences(release)) {
            actions.push_back(std::move(sentence));
        }
    }
    for (const auto& action : change.plan.actions) {
        actions.push_back(to_string(change.plan, action));
    }
    return actions;
}

Json json_of(const std::vector<Reason>& reasons) {
    Json list = Json::array();
    for (const auto& reason : reasons) {
        Json devices = Json::array();
        for (const auto& device : reason.devices) {
            devices.push_back(to_string(device));
        }
        list.push_back({{"code", info(reason.code).name},
                        {"text", reason.text},
                        {"next", info(reason.code).next},
                        {"devices", devices}});
    }
    return list;
}

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

std::string render_change(const Change& change, const pci::Inventory& inventory,
                          const Names& names) {
    std::string out = change.profile.empty() ? "" : fmt::format("profile {}\n", change.profile);
    if (change.refused()) {
        return out + lines_of(change.reasons) + "refused: nothing would be changed\n";
    }
    for (const auto& release : change.releases) {
        out += device_line(*inventory.find(release.address),
                           release.driver.empty() ? "host" : release.driver, names);
    }
    for (const auto& unit : change.plan.units) {
        for (const auto& target : unit.targets) {
            if (target.driver_before != "vfio-pci") {
                out += device_line(*inventory.find(target.address), "vfio-pci", names);
            }
        }
    }
    out += lines_of(change.reasons);
    if (change.touched().empty()) {
        return out + "nothing to do\n";
    }
    for (const auto& action : actions_of(change)) {
        out += fmt::format("  {}\n", action);
    }
    return out;
}

std::string render_outcomes(const Outcomes& outcomes) {
    std::string out;
    for (const auto& address : outcomes.given_back) {
        out += fmt::format("{} went back to the host\n", to_string(address));
    }
    for (const auto& function : outcomes.functions) {
        out += sentence(function) + "\n";
    }
    out += lines_of(outcomes.reasons);
    return out + (!outcomes.touched ? "nothing was changed\n"
                  : outcomes.done   ? "done\n"
                                    : "not all of it could be done\n");
}

std::string render_change_json(const std::string& command, const Change& change,
                               const Outcomes* outcomes) {
    Json uses = Json::array();
    for (const auto& use : change.uses) {
        uses.push_back({{"address", to_string(use.address)},
                        {"process", use.process ? Json(*use.process) : Json(nullptr)},
                        {"name", or_null(use.who)},
                        {"what", use.what}});
    }
    Json releases = Json::array();
    for (const auto& release : change.releases) {
        releases.push_back(
            {{"address", to_string(release.address)}, {"driver", or_null(release.driver)}});
    }
    Json binds = Json::array();
    for (const auto& address : change.touched()) {
        if (std::none_of(change.releases.begin(), change.releases.end(),
                         [&address](const Release& each) { return each.address == address; })) {
            binds.push_back(to_string(address));
        }
    }
    Json json = {{"schema", 1},
                 {"command", command},
                 {"profile", or_null(change.profile)},
                 {"refused", change.refused()},
                 {"release", releases},
                 {"bind", binds},
                 {"actions", change.refused() ? std::vector<std::string>() : actions_of(change)},
                 {"uses", uses},
                 {"reasons", json_of(change.reasons)},
                 {"outcome", nullptr}};
    if (outcomes != nullptr) {
        Json back = Json::array();
        for (const auto& address : outcomes->given_back) {
            back.push_back(to_string(address));
        }
        Json functions = Json::array();
        for (const auto& function : outcomes->functions) {
            functions.push_back({{"address", to_string(function.address)},
                                 {"driver_before", or_null(function.driver_before)},
                                 {"driver_after", or_null(function.driver_after)},
                                 {"code", info(function.code).name}});
        }
        json["outcome"] = {{"done", outcomes->done},
                           {"changed", outcomes->touched},
                           {"given_back", back},
                           {"functions", functions},
                           {"reasons", json_of(outcomes->reasons)}};
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace early_bind
