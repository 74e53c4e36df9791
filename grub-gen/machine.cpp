// SPDX-License-Identifier: MIT
#include "grub-gen/machine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/profile/booted.hpp"
#include "grub-gen/selector.hpp"
#include "grub-gen/storage_guard.hpp"
#include "grub-gen/titles.hpp"

namespace early_bind {
namespace {

Result<Config> read_config(const sysfs::Root& root, std::string_view text) {
    auto config = parse_config(text);
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

/// Where the table has the device, which is added when it has not.
std::size_t device_index(BootTable& table, const TableFunction& device) {
    const auto found = std::find_if(
        table.devices.begin(), table.devices.end(),
        [&device](const TableFunction& other) { return other.address == device.address; });
    const auto index = static_cast<std::size_t>(found - table.devices.begin());
    if (found == table.devices.end()) {
        table.devices.push_back(device);
    }
    return index;
}

/// The arguments of a profile's entries that its configuration asks for. vfio-pci's own options are
/// kernel arguments: they reach the module and the built-in driver alike
/// (drivers/vfio/pci/vfio_pci.c). The user's own words come last, so that they win.
std::vector<std::string> own_arguments(const Machine& machine, const ProfileConfig& own) {
    std::vector<std::string> arguments;
    if (const auto resources = machine.resources.find(own.final_name());
        resources != machine.resources.end()) {
        arguments = resources->second.arguments;
    }
    if (own.disable_idle_d3) {
        arguments.emplace_back("vfio-pci.disable_idle_d3=1");
    }
    if (own.disable_vga) {
        arguments.emplace_back("vfio-pci.disable_vga=1");
    }
    arguments.insert(arguments.end(), own.arguments.begin(), own.arguments.end());
    return arguments;
}

/// No firmware framebuffer at all: the drivers that had it up to Linux 5.14, and what makes it
/// since (drivers/firmware/sysfb.c).
constexpr std::array kNoScreen = {"video=efifb:off", "video=vesafb:off",
                                  "initcall_blacklist=sysfb_init"};

TableProfile table_profile(const Machine& machine, const Profile& profile, BootTable& table) {
    TableProfile entry;
    entry.name = profile.name;
    entry.status = profile.status;
    entry.keep = indices(machine.gpus, profile.keep);
    entry.pass = indices(machine.gpus, profile.pass);
    for (const auto& address : profile.devices) {
        entry.devices.push_back(device_index(table, table_function(machine.inventory, address)));
    }
    const auto* own = machine.config.find(profile.name);
    const auto screen =
        own != nullptr ? own->screen.value_or(machine.config.screen) : machine.config.screen;
    entry.keep_framebuffer = screen == Screen::keep;
    if (screen == Screen::none) {
        entry.arguments.assign(kNoScreen.begin(), kNoScreen.end());
    }
    if (own == nullptr) {
        return entry;
    }
    for (auto& argument : own_arguments(machine, *own)) {
        entry.arguments.push_back(std::move(argument));
    }
    entry.title = own->title;
    entry.hidden = own->hidden;
    entry.d3cold_allowed = own->d3cold_allowed;
    if (const auto resources = machine.resources.find(profile.name);
        resources != machine.resources.end()) {
        entry.zram = resources->second.zram;
    }
    return entry;
}

/// What the configuration asks of memory and processors, held against the machine.
Result<void> add_resources(Machine& machine) {
    for (const auto& profile : machine.config.profiles) {
        if (!profile.enabled) {
            continue;
        }
        auto resources = plan_resources(profile.resources, machine.hardware);
        if (!resources) {
            return tl::unexpected(resources.error());
        }
        for (const auto& warning : resources->warnings) {
            machine.warnings.push_back(
                fmt::format("the profile {}: {}", profile.final_name(), warning));
        }
        machine.resources.emplace(profile.final_name(), std::move(*resources));
    }
    return {};
}

/// The profiles that the machine gives by itself.
std::vector<std::string> generated_names(const pci::Inventory& inventory, const Machine& machine) {
    Choices choices = machine.choices;
    choices.own.clear();
    std::vector<std::string> names;
    for (const auto& profile : make_profiles(inventory, machine.gpus, choices)) {
        names.push_back(profile.name);
    }
    return names;
}

/// Names, order and absence of profiles as the configuration wants them.
void arrange(std::vector<Profile>& profiles, const Config& config) {
    const auto settings = [&config](const std::string& name) {
        return std::find_if(config.profiles.begin(), config.profiles.end(),
                            [&name](const ProfileConfig& own) { return own.name == name; });
    };
    std::vector<std::pair<std::int64_t, Profile>> placed;
    for (auto& profile : profiles) {
        const auto own = settings(profile.name);
        const bool known = own != config.profiles.end();
        if (known && !own->enabled) {
            continue;
        }
        // Those with an order come first: all others keep their place behind them.
        const auto order =
            known && own->order ? *own->order : std::numeric_limits<std::int64_t>::max();
        if (known) {
            profile.name = own->final_name();
        }
        placed.emplace_back(order, std::move(profile));
    }
    std::stable_sort(placed.begin(), placed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    profiles.clear();
    for (auto& [order, profile] : placed) {
        profiles.push_back(std::move(profile));
    }
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
    if (const auto* own = config.find(profile.name); own != nullptr && !own->title.empty()) {
        return own->title;
    }
    std::vector<TitleGpu> title_gpus;
    for (const auto& gpu : gpus) {
        title_gpus.push_back(
            {gpu_name(gpu), to_string(gpu.address), gpu.role == pci::Role::management});
    }
    return profile_title(title_gpus, indices(gpus, profile.keep), indices(gpus, profile.pass));
}

Result<Machine> look_at(const sysfs::Root& root) {
    if (!root.exists(kConfigPath)) {
        return look_at(root, "");
    }
    const auto text = root.read(kConfigPath);
    return text ? look_at(root, *text) : tl::unexpected(text.error());
}

Result<Machine> look_at(const sysfs::Root& root, std::string_view config_text) {
    auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return tl::unexpected(inventory.error());
    }
    auto config = read_config(root, config_text);
    if (!config) {
        return tl::unexpected(config.error());
    }
    auto guard = guarded_functions(root);
    if (!guard) {
        return tl::unexpected(guard.error());
    }
    Machine machine;
    machine.names = std::make_unique<Names>(root);
    machine.warnings = inventory->warnings;
    machine.warnings.insert(machine.warnings.end(), guard->warnings.begin(), guard->warnings.end());
    machine.gpus = pci::find_gpus(*inventory);
    const auto wrong = [&root](const Error& error) {
        return fail(fmt::format("{}: {}", root.outside_path(kConfigPath), error.what));
    };
    const auto choices =
        resolve_choices(*config, *inventory, machine.gpus, guard->functions, *machine.names);
    if (!choices) {
        return wrong(choices.error());
    }
    machine.choices = *choices;
    auto roms = resolve_roms(*config, *inventory, machine.gpus, *machine.names);
    if (!roms) {
        return wrong(roms.error());
    }
    machine.roms = std::move(*roms);
    if (const auto known = check_profile_names(*config, generated_names(*inventory, machine));
        !known) {
        return wrong(known.error());
    }
    machine.hardware = read_hardware(root);
    machine.config = std::move(*config);
    machine.inventory = std::move(*inventory);
    machine.profiles = make_profiles(machine.inventory, machine.gpus, machine.choices);
    arrange(machine.profiles, machine.config);
    if (const auto added = add_resources(machine); !added) {
        return wrong(added.error());
    }
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
        table.profiles.push_back(table_profile(machine, profile, table));
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
