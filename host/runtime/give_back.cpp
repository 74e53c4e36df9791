// SPDX-License-Identifier: MIT
#include "host/runtime/give_back.hpp"

#include <fmt/core.h>

#include <cstring>

namespace early_bind {
namespace {

using State = StepResult::State;

std::string directory_of(const Release& release) {
    return pci::device_directory(release.address);
}

void probe(const Release& release, sysfs::Writer& writer) {
    (void)writer.write("sys/bus/pci/drivers_probe", to_string(release.address));
}

}  // namespace

std::vector<std::string> sentences(const Release& release) {
    const auto address = to_string(release.address);
    return {fmt::format("{}: clear driver_override", address),
            fmt::format("{}: unbind from vfio-pci", address),
            release.driver.empty()
                ? fmt::format("{}: have its driver loaded and bound", address)
                : fmt::format("{}: have its driver loaded and bound, which was {}", address,
                              release.driver)};
}

void give_back(const std::vector<Release>& releases, sysfs::Writer& writer,
               const std::function<void()>& settle, std::span<StepResult> results) {
    for (std::size_t i = 0; i < releases.size(); ++i) {
        auto& result = results[i];
        const auto directory = directory_of(releases[i]);
        result.state = State::running;
        result.error = writer.write(directory + "/driver_override", "\n");
        if (result.error == 0 && writer.driver(directory) == kVfio) {
            result.error =
                writer.write("sys/bus/pci/drivers/vfio-pci/unbind", to_string(releases[i].address));
        }
        result.state = result.error == 0 ? State::done : State::failed;
    }
    bool waits = false;
    const auto without_driver = [&](auto act) {
        for (std::size_t i = 0; i < releases.size(); ++i) {
            if (results[i].state == State::done &&
                writer.driver(directory_of(releases[i])).empty()) {
                act(releases[i]);
            }
        }
    };
    without_driver([&](const Release& release) {
        probe(release, writer);
        if (writer.driver(directory_of(release)).empty()) {
            (void)writer.write(directory_of(release) + "/uevent", "add");
            waits = true;
        }
    });
    if (waits) {
        settle();
        without_driver([&](const Release& release) { probe(release, writer); });
    }
}

GivenBack read_back(const std::vector<Release>& releases, sysfs::Writer& writer,
                    std::span<const StepResult> results, bool ended) {
    GivenBack back;
    for (std::size_t i = 0; i < releases.size(); ++i) {
        const auto& release = releases[i];
        const auto address = to_string(release.address);
        const auto driver = writer.driver(directory_of(release));
        const auto state = results[i].state;
        if (driver == kVfio || state == State::running || state == State::failed) {
            const auto why = state == State::failed ? std::strerror(results[i].error)
                             : ended                ? "the kernel reported no error"
                                                    : "the kernel did not come back in time";
            back.reasons.push_back(
                {Code::release_failed,
                 fmt::format("{} could not be taken from vfio-pci: {}", address, why),
                 {release.address}});
            continue;
        }
        back.functions.push_back(release.address);
        if (driver.empty() || (!release.driver.empty() && driver != release.driver)) {
            back.reasons.push_back(
                {Code::other_driver,
                 fmt::format("{} is {} now{}", address,
                             driver.empty() ? std::string("without a driver") : "on " + driver,
                             release.driver.empty()
                                 ? std::string()
                                 : fmt::format(", it was on {}", release.driver)),
                 {release.address}});
        }
    }
    return back;
}

}  // namespace early_bind
