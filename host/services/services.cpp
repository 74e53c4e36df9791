// SPDX-License-Identifier: MIT
#include "host/services/services.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/host_files.hpp"

namespace early_bind::services {
namespace {

constexpr std::string_view kSuffix = ".service";

/// systemd.unit(5), "unit names"; the longest is 255 bytes.
bool is_unit_name(std::string_view name) {
    static constexpr std::string_view kOthers = ":-_.\\@";
    return name.size() <= 255 && name.size() > kSuffix.size() && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return text::is_letter(c) || text::is_digit(c) ||
                      kOthers.find(c) != std::string_view::npos;
           });
}

std::string maker_names() {
    std::vector<std::string> names;
    for (const auto& maker : makers()) {
        names.emplace_back(maker.name);
    }
    return text::join_words(names);
}

}  // namespace

const std::vector<Service>& known_services() {
    static const std::vector<Service> all = {
        {"amdgpu-fan.service", find_maker("amd"),
         "drives the fans of AMD cards, and fails without one"},
        {"nvidia-dcgm.service", find_maker("nvidia"),
         "watches NVIDIA cards, and keeps them open for that"},
        {"nvidia-persistenced.service", find_maker("nvidia"),
         "keeps every NVIDIA card open, and fails without one"},
        {"nvidia-powerd.service", find_maker("nvidia"),
         "shares power out to an NVIDIA card, and fails without one"},
    };
    return all;
}

Result<Service> parse_service(std::string_view word) {
    const auto equals = word.find('=');
    const auto shown = text::printable(word);
    Service service;
    service.unit = word.substr(0, equals);
    if (!service.unit.ends_with(kSuffix)) {
        service.unit += kSuffix;
    }
    if (!is_unit_name(service.unit)) {
        return fail(fmt::format("`{}` is no name of a service", shown));
    }
    const auto& known = known_services();
    const auto found = std::find_if(known.begin(), known.end(), [&service](const Service& each) {
        return each.unit == service.unit;
    });
    if (found != known.end()) {
        service = *found;
    }
    if (equals != std::string_view::npos) {
        service.maker = find_maker(word.substr(equals + 1));
        if (service.maker == nullptr) {
            return fail(
                fmt::format("`{}` names no maker of GPUs; there are {}", shown, maker_names()));
        }
    }
    if (service.maker == nullptr) {
        return fail(fmt::format("{} is not known here; say whose GPU it needs, as in {}=nvidia",
                                service.unit, shown));
    }
    return service;
}

std::string drop_in(const Service& service) {
    return fmt::format(
        "{}# The file is there in boots that pass every {} GPU to virtual machines.\n"
        "[Unit]\n"
        "ConditionPathExists=!/{}\n"
        "After=early-bind-display.service\n",
        host_files::kDropInMark, service.maker->title, passed_path(service.maker->name));
}

bool is_installed(const sysfs::Root& root, const std::string& unit) {
    constexpr std::array kDirectories = {"etc/systemd/system", "run/systemd/system",
                                         "usr/local/lib/systemd/system", "usr/lib/systemd/system",
                                         "lib/systemd/system"};
    return std::any_of(kDirectories.begin(), kDirectories.end(), [&](const char* directory) {
        return root.exists(fmt::format("{}/{}", directory, unit));
    });
}

State look(const sysfs::Root& root, const Service& service) {
    const auto path = host_files::drop_in_path(service.unit);
    if (!root.exists(path)) {
        return State::missing;
    }
    const auto content = root.read(path).value_or("");
    if (content == drop_in(service)) {
        return State::so;
    }
    return content.starts_with(host_files::kDropInMark) ? State::differs : State::foreign;
}

Result<void> write_drop_in(const sysfs::Root& root, const Service& service) {
    const auto path = host_files::drop_in_path(service.unit);
    if (look(root, service) == State::foreign) {
        return fail(fmt::format("{} is not ours; give it another name, then run this again",
                                root.outside_path(path)));
    }
    return sysfs::replace_file(root, path, drop_in(service));
}

}  // namespace early_bind::services
