// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <memory>

#include "host/commands.hpp"
#include "host/display/read.hpp"
#include "host/display/render.hpp"
#include "host/display/write.hpp"

namespace early_bind {
namespace {

struct DisplayWords {
    bool run = false;
    bool remove = false;
    bool json = false;
};

int tell(const sysfs::Root& root, const Result<display::Changes>& changes) {
    if (!changes) {
        return failed(changes.error());
    }
    for (const auto& path : changes->removed) {
        print(fmt::format("removed {}\n", root.outside_path(path)));
    }
    for (const auto& path : changes->written) {
        print(fmt::format("wrote {}\n", root.outside_path(path)));
    }
    if (changes->empty()) {
        print("nothing to do\n");
    }
    return kGood;
}

/// How long a boot waits for the drivers of the GPUs that the host keeps.
constexpr std::chrono::seconds kPatience(5);

int run(const sysfs::Root& root, const DisplayWords& asked) {
    if (asked.remove) {
        const auto changes = display::remove_files(root);
        const auto told = changes ? display::tell_udev(root, *changes) : Result<void>();
        return told ? tell(root, changes) : failed(told.error());
    }
    if (asked.run) {
        return tell(root, display::refresh(root, kPatience));
    }
    const auto gpus = display::read_gpus(root);
    if (!gpus) {
        return failed(gpus.error());
    }
    const auto files = display::make_files(*gpus);
    print(asked.json ? display::render_json(root, *gpus, files)
                     : display::render(root, *gpus, files));
    return kGood;
}

}  // namespace

Command display_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "display", "make the GPU that the host kept the one that the desktop uses");
    const auto asked = std::make_shared<DisplayWords>();
    auto* run_flag = words->add_flag("--run", asked->run, "write the files for this boot");
    auto* remove_flag = words->add_flag("--remove", asked->remove, "take the files away");
    auto* json = words->add_flag("--json", asked->json, "show as JSON");
    run_flag->excludes(remove_flag)->excludes(json);
    remove_flag->excludes(json);
    return {words, [asked](const sysfs::Root& root) { return run(root, *asked); },
            [asked] { return asked->run || asked->remove; }};
}

}  // namespace early_bind
