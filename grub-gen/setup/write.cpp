// SPDX-License-Identifier: MIT
#include "grub-gen/setup/write.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/selector.hpp"
#include "grub-gen/setup/choices_text.hpp"
#include "grub-gen/toml_edit.hpp"
#include "grub-gen/toml_statements.hpp"

namespace early_bind::setup {
namespace {

using pci::Address;
using pci::AddressSet;
using toml_edit::Statement;
using toml_edit::TablePath;

/// One of the lists of devices at the top of the file.
struct DeviceList {
    std::string key;
    std::vector<WrittenSelector> written;
    bool gpus = false;  ///< of GPUs: a selector of any function of a card means the card
};

AddressSet meaning(const DeviceList& list, const WrittenSelector& selector,
                   const Machine& machine) {
    const auto found = resolve(selector.text, machine.inventory);
    if (!found || !list.gpus) {
        return found ? AddressSet(found->begin(), found->end()) : AddressSet();
    }
    AddressSet cards;
    for (const auto& gpu : machine.gpus) {
        if (std::any_of(found->begin(), found->end(), [&gpu](const Address& address) {
                return std::binary_search(gpu.functions.begin(), gpu.functions.end(), address);
            })) {
            cards.insert(gpu.address);
        }
    }
    return cards;
}

std::string selector_of(const Machine& machine, const Address& address) {
    const auto& location = machine.inventory.find(address)->identity.location.text();
    return location.empty() ? to_string(address) : location;
}

std::string name_of(const DeviceList& list, const Machine& machine, const Address& address) {
    const auto& identity = machine.inventory.find(address)->identity;
    return list.gpus ? machine.names->gpu_name(identity.ids)
                     : machine.names->function_name(identity.ids, identity.class_code);
}

/// The strings of a list of the file.
std::vector<std::string> strings_of(const std::vector<WrittenSelector>& selectors) {
    std::vector<std::string> strings;
    strings.reserve(selectors.size());
    for (const auto& selector : selectors) {
        strings.push_back(selector.text);
    }
    return strings;
}

std::vector<std::string> read_list(const std::string& text, const std::string& key) {
    const auto config = parse_config(text);
    return config ? strings_of(key == "static" ? config->statics : config->host_only)
                  : std::vector<std::string>();
}

const Statement* find_list(const std::vector<Statement>& statements, const std::string& key) {
    const auto found =
        std::find_if(statements.begin(), statements.end(), [&key](const Statement& statement) {
            return statement.kind == Statement::Kind::key && statement.path == TablePath{key};
        });
    return found == statements.end() ? nullptr : &*found;
}

/// Whether a line of a list holds this string and nothing else but a comment.
bool is_line_of(std::string_view line, const std::string& item) {
    line = text::trim(line);
    const auto quoted = toml_edit::quoted(item);
    if (!line.starts_with(quoted) && !line.starts_with(fmt::format("'{}'", item))) {
        return false;
    }
    auto rest = text::trim(line.substr(item.size() + 2));
    if (rest.starts_with(',')) {
        rest = text::trim(rest.substr(1));
    }
    return rest.empty() || rest.starts_with('#');
}

/// The text without the lines of these items, the other lines of the list as they are.
std::string without_lines(const std::string& text, const std::string& key,
                          const std::vector<std::string>& items) {
    const auto statements = toml_edit::statements_of(text);
    const auto* list = find_list(statements, key);
    if (list == nullptr) {
        return text;
    }
    std::string out = text.substr(0, list->value_begin);
    for (std::size_t at = list->value_begin; at < list->value_end;) {
        const auto line_end = std::min(text.find('\n', at), list->value_end - 1) + 1;
        const auto line = std::string_view(text).substr(at, line_end - at);
        if (std::none_of(items.begin(), items.end(),
                         [line](const std::string& item) { return is_line_of(line, item); })) {
            out += line;
        }
        at = line_end;
    }
    return out + text.substr(list->value_end);
}

/// The text with the items taken out of the list, which stays there, empty, where `more` will come.
Result<std::string> without_items(const std::string& text, const DeviceList& list,
                                  const std::vector<std::string>& items, bool more) {
    std::vector<std::string> rest;
    for (const auto& selector : list.written) {
        if (std::find(items.begin(), items.end(), selector.text) == items.end()) {
            rest.push_back(selector.text);
        }
    }
    auto cut = without_lines(text, list.key, items);
    const bool whole_lines = parse_config(cut) && read_list(cut, list.key) == rest;
    const auto& now = whole_lines ? cut : text;
    const auto statements = toml_edit::statements_of(now);
    const auto* left = find_list(statements, list.key);
    const bool comments =
        whole_lines && left != nullptr &&
        now.substr(left->value_begin, left->value_end - left->value_begin).find('#') !=
            std::string::npos;
    if (rest.empty() && !more && !comments) {
        return toml_edit::remove_key(now, {}, list.key);
    }
    if (whole_lines) {
        return cut;
    }
    std::string value;
    for (const auto& item : rest) {
        value += (value.empty() ? "" : ", ") + toml_edit::quoted(item);
    }
    return toml_edit::set_key(text, {}, list.key, fmt::format("[{}]", value));
}

/// The text with a list that means exactly `wanted`.
Result<std::string> with_list(std::string text, const DeviceList& list, const Machine& machine,
                              const AddressSet& wanted) {
    AddressSet missing = wanted;
    std::vector<std::string> unwanted;
    for (const auto& selector : list.written) {
        const auto means = meaning(list, selector, machine);
        if (!std::includes(wanted.begin(), wanted.end(), means.begin(), means.end())) {
            unwanted.push_back(selector.text);
            continue;
        }
        for (const auto& address : means) {
            missing.erase(address);
        }
    }
    if (!unwanted.empty()) {
        auto cut = without_items(text, list, unwanted, !missing.empty());
        if (!cut) {
            return cut;
        }
        text = std::move(*cut);
    }
    for (const auto& address : missing) {
        auto added = toml_edit::add_to_list(text, {}, list.key,
                                            toml_edit::quoted(selector_of(machine, address)),
                                            name_of(list, machine, address));
        if (!added) {
            return added;
        }
        text = std::move(*added);
    }
    return text;
}

/// The text with every statement about a profile made a comment.
std::string without_profile(const std::string& text, const std::string& profile) {
    const TablePath path = {"profile", profile};
    std::string out;
    std::size_t done = 0;
    for (const auto& statement : toml_edit::statements_of(text)) {
        if (statement.path.size() < path.size() ||
            !std::equal(path.begin(), path.end(), statement.path.begin())) {
            continue;
        }
        out += text.substr(done, statement.begin - done);
        for (std::size_t at = statement.begin; at < statement.end;) {
            const auto line_end = std::min(text.find('\n', at), statement.end - 1) + 1;
            out += "# " + text.substr(at, line_end - at);
            at = line_end;
        }
        done = statement.end;
    }
    return out + text.substr(done);
}

/// A key of a profile: its value, or nothing for no key.
struct Setting {
    const char* key;
    std::optional<std::string> value;
};

std::string memory_value(const std::vector<std::uint64_t>& sizes) {
    if (sizes.size() == 1) {
        return toml_edit::quoted(size_text(sizes.front()));
    }
    std::string list;
    for (const auto size : sizes) {
        list += (list.empty() ? "[" : ", ") + toml_edit::quoted(size_text(size));
    }
    return list + "]";
}

std::optional<std::string> zram_value(const ZramAnswer& answer) {
    switch (answer.kind) {
        case ZramAnswer::Kind::system:
            return std::nullopt;
        case ZramAnswer::Kind::off:
            return "false";
        case ZramAnswer::Kind::automatic:
            return "true";
        case ZramAnswer::Kind::size:
            break;
    }
    return toml_edit::quoted(size_text(answer.mebibytes));
}

ResourceRequest as_request(const Answers& answers) {
    ResourceRequest request;
    if (answers.memory && !answers.memory->empty()) {
        request.memory = MemoryRequest{*answers.memory, answers.memory->size() > 1, {}};
    }
    if (answers.cpus && !answers.cpus->empty()) {
        request.cpus = CpuRequest{*answers.cpus, {}};
    }
    if (answers.zram && answers.zram->kind != ZramAnswer::Kind::system) {
        request.zram.emplace();
        request.zram->on = answers.zram->kind != ZramAnswer::Kind::off;
        if (answers.zram->kind == ZramAnswer::Kind::size) {
            request.zram->mebibytes = answers.zram->mebibytes;
        }
    }
    return request;
}

/// What is to be changed about a profile that is set up like `now`.
std::vector<Setting> settings(const Answers& answers, const ResourceRequest& now) {
    const auto wanted = as_request(answers);
    std::vector<Setting> out;
    if (answers.memory && memory_words(wanted) != memory_words(now)) {
        out.push_back({"memory", answers.memory->empty()
                                     ? std::nullopt
                                     : std::optional(memory_value(*answers.memory))});
    }
    if (answers.cpus && cpus_words(wanted) != cpus_words(now)) {
        out.push_back({"cpus", answers.cpus->empty()
                                   ? std::nullopt
                                   : std::optional(toml_edit::quoted(to_string(*answers.cpus)))});
    }
    if (answers.zram && zram_words(wanted) != zram_words(now)) {
        out.push_back({"zram", zram_value(*answers.zram)});
    }
    return out;
}

}  // namespace

std::string new_file_head() {
    return R"(# What the menu entries of early-bind do on this machine. `grub-gen setup` made this file and edits
# it; what you write here by hand stays. `grub-gen check` holds it against the machine, and
# `grub-gen apply` makes a change take effect. All keys are in grub-gen(8).
#
# host_only  GPUs that are never passed to VMs
# static     other devices that go to vfio-pci in every boot
#
# For one profile, below a header such as [profile.pass-all]:
# memory     set aside for VMs as huge pages: "16G", or one size for each NUMA node
# cpus       left to VMs by the host: "4-7,12-15"
# zram       compressed swap: "4G", true for a sensible size, false for none

)";
}

std::vector<std::string> gone_profiles(const Machine& machine, const AddressSet& host_only) {
    Choices choices = machine.choices;
    choices.own.clear();
    choices.host_only = host_only;
    const auto left = make_profiles(machine.inventory, machine.gpus, choices);
    std::vector<std::string> gone;
    for (const auto& profile : machine.config.profiles) {
        const bool there = std::any_of(left.begin(), left.end(), [&profile](const Profile& one) {
            return one.name == profile.name;
        });
        if (!profile.keep && !profile.pass && !there) {
            gone.push_back(profile.name);
        }
    }
    return gone;
}

Result<std::string> with_devices(std::string text, const Machine& machine, const Answers& answers) {
    if (answers.host_only) {
        auto changed = with_list(std::move(text), {"host_only", machine.config.host_only, true},
                                 machine, *answers.host_only);
        if (!changed) {
            return changed;
        }
        text = std::move(*changed);
        for (const auto& profile : gone_profiles(machine, *answers.host_only)) {
            text = without_profile(text, profile);
        }
    }
    if (!answers.statics) {
        return text;
    }
    return with_list(std::move(text), {"static", machine.config.statics, false}, machine,
                     *answers.statics);
}

Result<std::string> with_resources(std::string text, const Machine& machine,
                                   const Answers& answers) {
    auto profiles = parse_profiles(
        answers.profiles.empty() ? std::vector<std::string>{"all"} : answers.profiles, machine);
    if (!profiles) {
        return tl::unexpected(profiles.error());
    }
    if (profiles->empty()) {
        for (const auto* profile : profiles_with_entry(machine)) {
            profiles->push_back(profile->name);
        }
    }
    if (profiles->empty() && (answers.memory || answers.cpus || answers.zram)) {
        return fail(
            "no profile gets a menu entry, so there is none that memory, CPUs and zram could "
            "be for");
    }
    for (const auto& name : *profiles) {
        const auto* own = machine.config.find(name);
        const TablePath table = {"profile", own != nullptr ? own->name : name};
        const auto now = own != nullptr ? own->resources : ResourceRequest{};
        for (const auto& [key, value] : settings(answers, now)) {
            auto changed = value ? toml_edit::set_key(text, table, key, *value)
                                 : toml_edit::remove_key(text, table, key);
            if (!changed) {
                return changed;
            }
            text = std::move(*changed);
        }
    }
    return text;
}

}  // namespace early_bind::setup
