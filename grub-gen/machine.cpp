// SPDX-License-Identifier: MIT
#include "grub-gen/machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/profile/booted.hpp"
#include "grub-gen/selector.hpp"
#include "grub-gen/storage_guard.hpp"
#include "grub-gen/titles.hpp"

namespace early_bind {
namespace {

Result<Config> read_config(const sysfs::Root& root) {
    if (!root.exists(kConfigPath)) {
        return Config{};
    }
    const auto text = root.read(kConfigPath);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto config = parse_config(*text);
    if (!config) {
        return fail(fmt::format("{}: {}", root.outside_path(kConfigPath), config.error().what));
    }
    return config;
}

std::vector<std::size_t> indices(const std::vector<pci::Gpu>& gpus,
                                 const std::vector<pci::Address>& addresses) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < gpus.size(); ++i) {
        if (std::binary_search(addresses.begin(), addresses.end(), gpus[i].address)) {
            found.push_back(i);
        }
    }
    return found;
}

TableFunction table_function(const pci::Inventory& inventory, const pci::Address& address) {
    return {inventory.find(address)->identity, address};
}

/// vfio-pci's own options are kernel arguments of the profile's entries: they reach the module and
/// the built-in driver alike (drivers/vfio/pci/vfio_pci.c).
TableProfile table_profile(const Machine& machine, const Profile& profile) {
    TableProfile entry;
    entry.name = profile.name;
    entry.status = profile.status;
    entry.keep = indices(machine.gpus, profile.keep);
    entry.pass = indices(machine.gpus, profile.pass);
    entry.keep_framebuffer = machine.config.keep_framebuffer;
    if (const auto* own = machine.config.find(profile.name)) {
        if (own->disable_idle_d3) {
            entry.arguments.emplace_back("vfio-pci.disable_idle_d3=1");
        }
        if (own->disable_vga) {
            entry.arguments.emplace_back("vfio-pci.disable_vga=1");
        }
        entry.arguments.insert(entry.arguments.end(), own->arguments.begin(), own->arguments.end());
        entry.keep_framebuffer = own->keep_framebuffer.value_or(entry.keep_framebuffer);
        entry.d3cold_allowed = own->d3cold_allowed;
    }
    return entry;
}

/// The profiles that came to the end of a boot with the table that this machine would get now.
std::vector<std::string> booted_profiles(const sysfs::Root& root, const Machine& machine) {
    const auto record = root.exists(kBootedPath) ? root.read(kBootedPath) : std::string();
    const auto compiled = compile(machine);
    const auto table = compiled ? parse_boot_table(*compiled) : tl::unexpected(compiled.error());
    std::vector<std::string> names;
    for (const auto& boot : parse_booted(record.value_or(""))) {
        if (table && boot.revision == table->revision) {
            names.push_back(boot.profile);
        }
    }
    return names;
}

}  // namespace

std::string Machine::gpu_name(const pci::Gpu& gpu) const {
    return names->gpu_name(inventory.find(gpu.address)->identity.ids);
}

std::string Machine::title(const Profile& profile) const {
    std::vector<TitleGpu> title_gpus;
    for (const auto& gpu : gpus) {
        title_gpus.push_back(
            {gpu_name(gpu), to_string(gpu.address), gpu.role == pci::Role::management});
    }
    return profile_title(title_gpus, indices(gpus, profile.keep), indices(gpus, profile.pass));
}

Result<Machine> look_at(const sysfs::Root& root) {
    auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return tl::unexpected(inventory.error());
    }
    auto config = read_config(root);
    if (!config) {
        return tl::unexpected(config.error());
    }
    auto guard = guarded_functions(root);
    if (!guard) {
        return tl::unexpected(guard.error());
    }
    Machine machine;
    machine.warnings = inventory->warnings;
    machine.warnings.insert(machine.warnings.end(), guard->warnings.begin(), guard->warnings.end());
    machine.gpus = pci::find_gpus(*inventory);
    const auto choices = resolve_choices(*config, *inventory, machine.gpus, guard->functions);
    if (!choices) {
        return fail(fmt::format("{}: {}", root.outside_path(kConfigPath), choices.error().what));
    }
    machine.choices = *choices;
    machine.profiles = make_profiles(*inventory, machine.gpus, machine.choices);
    std::vector<std::string> profile_names;
    for (const auto& profile : machine.profiles) {
        profile_names.push_back(profile.name);
    }
    if (const auto known = check_profile_names(*config, profile_names); !known) {
        return fail(fmt::format("{}: {}", root.outside_path(kConfigPath), known.error().what));
    }
    machine.config = std::move(*config);
    machine.inventory = std::move(*inventory);
    machine.names = std::make_unique<Names>(root);
    machine.booted = booted_profiles(root, machine);
    return machine;
}

Result<std::string> compile(const Machine& machine) {
    BootTable table;
    for (const auto& gpu : machine.gpus) {
        TableGpu entry;
        entry.name = machine.gpu_name(gpu);
        // The display function that names the card comes first, whatever its number.
        entry.functions.push_back(table_function(machine.inventory, gpu.address));
        for (const auto& address : gpu.functions) {
            if (address != gpu.address) {
                entry.functions.push_back(table_function(machine.inventory, address));
            }
        }
        table.gpus.push_back(std::move(entry));
    }
    for (const auto& address : machine.choices.statics) {
        table.statics.push_back(table_function(machine.inventory, address));
    }
    for (const auto& address : machine.choices.guarded) {
        if (machine.inventory.find(address) != nullptr) {
            table.guarded.push_back(table_function(machine.inventory, address));
        }
    }
    for (const auto& profile : machine.profiles) {
        table.profiles.push_back(table_profile(machine, profile));
    }
    table.deadline = machine.config.deadline.value_or(kDefaultDeadline);
    auto rendered = render_boot_table(table);
    if (const auto read = parse_boot_table(rendered); !read) {
        return fail(
            fmt::format("this machine cannot be written into a boot table that the boot "
                        "reads ({}); `grub-gen scan` shows what is odd about it",
                        read.error().what));
    }
    return rendered;
}

}  // namespace early_bind
