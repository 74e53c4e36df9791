// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "grub-gen/host_files.hpp"
#include "host/commands.hpp"
#include "host/services/render.hpp"

namespace early_bind {
namespace {

using services::Service;

struct ServicesWords {
    std::vector<std::string> words;
    bool run = false;
    bool remove = false;
    bool mark = false;
    bool json = false;
};

/// The services that were named; when none was, the known ones that are installed.
Result<std::vector<Service>> find_services(const sysfs::Root& root, const ServicesWords& asked) {
    std::vector<Service> found;
    for (const auto& word : asked.words) {
        auto service = services::parse_service(word);
        if (!service) {
            return tl::unexpected(service.error());
        }
        if (!services::is_installed(root, service->unit)) {
            return fail(fmt::format("{} is not installed here", service->unit));
        }
        found.push_back(std::move(*service));
    }
    if (asked.words.empty()) {
        for (const auto& service : services::known_services()) {
            if (services::is_installed(root, service.unit)) {
                found.push_back(service);
            }
        }
    }
    return found;
}

int finish(const Result<void>& done) {
    return done ? kGood : failed(done.error());
}

int show(const sysfs::Root& root, const std::vector<Service>& found, bool json) {
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return failed(inventory.error());
    }
    const auto passed = services::passed_makers(*inventory, pci::find_gpus(*inventory));
    print(json ? services::render_json(root, found, passed)
               : services::render(root, found, passed));
    return kGood;
}

int write(const sysfs::Root& root, const std::vector<Service>& found) {
    if (found.empty()) {
        return show(root, found, false);
    }
    for (const auto& service : found) {
        const auto path = root.outside_path(host_files::drop_in_path(service.unit));
        if (services::look(root, service) == services::State::so) {
            print(fmt::format("{} is so\n", path));
            continue;
        }
        if (const auto done = services::write_drop_in(root, service); !done) {
            return failed(done.error());
        }
        print(fmt::format("wrote {}\n", path));
    }
    // So that the condition tells the truth in this boot as well.
    if (const auto marked = services::mark_passed(root); !marked) {
        return failed(marked.error());
    }
    return finish(host_files::reload_systemd(root));
}

/// The drop-ins that were named, or all: their services need not be known, nor installed any more.
int remove(const sysfs::Root& root, const ServicesWords& asked) {
    auto units = host_files::units_with_drop_in(root);
    if (!asked.words.empty()) {
        std::vector<std::string> named;
        for (const auto& word : asked.words) {
            const auto unit = word.ends_with(".service") ? word : word + ".service";
            if (std::find(units.begin(), units.end(), unit) == units.end()) {
                return failed(Error{fmt::format("{} has no drop-in of ours", unit)});
            }
            named.push_back(unit);
        }
        units = named;
    }
    const auto removed = host_files::remove_drop_ins(root, units);
    if (!removed) {
        return failed(removed.error());
    }
    for (const auto& path : *removed) {
        print(fmt::format("removed {}\n", root.outside_path(path)));
    }
    if (removed->empty()) {
        print("nothing to do\n");
        return kGood;
    }
    return finish(host_files::reload_systemd(root));
}

int run(const sysfs::Root& root, const ServicesWords& asked) {
    if (asked.mark) {
        return finish(services::mark_passed(root));
    }
    if (asked.remove) {
        return remove(root, asked);
    }
    const auto found = find_services(root, asked);
    if (!found) {
        return failed(found.error());
    }
    return asked.run ? write(root, *found) : show(root, *found, asked.json);
}

}  // namespace

Command services_command(CLI::App& program) {
    auto* words = program.add_subcommand("services", "keep services off GPUs that are passed");
    const auto asked = std::make_shared<ServicesWords>();
    words->add_option("unit", asked->words,
                      "services that are known here, or UNIT=MAKER (amd, intel, nvidia) for any; "
                      "without any, the known ones that are installed");
    auto* run_flag = words->add_flag("--run", asked->run, "write the drop-ins");
    auto* remove_flag = words->add_flag("--remove", asked->remove, "take the drop-ins away");
    auto* mark = words->add_flag("--mark", asked->mark,
                                 "note whose GPUs are all passed; the boot does this");
    auto* json = words->add_flag("--json", asked->json, "show as JSON");
    run_flag->excludes(remove_flag)->excludes(mark)->excludes(json);
    remove_flag->excludes(mark)->excludes(json);
    mark->excludes(json);
    return {words, [asked](const sysfs::Root& root) { return run(root, *asked); },
            [asked] { return asked->run || asked->remove || asked->mark; }};
}

}  // namespace early_bind
