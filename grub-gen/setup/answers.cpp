// SPDX-License-Identifier: MIT
#include "grub-gen/setup/answers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>

#include "core/pci/selector.hpp"
#include "core/text.hpp"
#include "grub-gen/gpu_selector.hpp"
#include "grub-gen/resources.hpp"

namespace early_bind::setup {
namespace {

using pci::Address;
using pci::AddressSet;
using Words = std::vector<std::string>;

/// A word from outside, fit for a message.
std::string shown(std::string_view word) {
    constexpr std::size_t kLongest = 80;
    return text::printable(word.substr(0, kLongest)) + (word.size() > kLongest ? "..." : "");
}

bool is_all_of(std::string_view word, std::string_view letters) {
    return !word.empty() && word.find_first_not_of(letters) == std::string_view::npos;
}

/// The words with those that are lists of numbers ("1,3") taken apart.
Words apart(const Words& words) {
    Words out;
    for (const auto& word : words) {
        if (!is_all_of(word, "0123456789,")) {
            out.push_back(word);
            continue;
        }
        for (const auto piece : text::split(word, ',')) {
            if (!piece.empty()) {
                out.emplace_back(piece);
            }
        }
    }
    return out;
}

bool is_number(std::string_view word) {
    return is_all_of(word, "0123456789");
}

/// The place of a number in a list of `count`; its error says what `things` there are.
Result<std::size_t> place_of(std::string_view word, std::size_t count, std::string_view things) {
    std::size_t number = 0;
    const auto [stop, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (code != std::errc{} || stop != word.data() + word.size() || number < 1 || number > count) {
        return fail(count == 0
                        ? fmt::format("there is no number {}: there are no {}", shown(word), things)
                        : fmt::format("there is no number {}; the {} are 1 to {}", shown(word),
                                      things, count));
    }
    return number - 1;
}

const pci::Gpu* gpu_of(const Address& address, const Machine& machine) {
    const auto found =
        std::find_if(machine.gpus.begin(), machine.gpus.end(), [&address](const pci::Gpu& gpu) {
            return std::binary_search(gpu.functions.begin(), gpu.functions.end(), address);
        });
    return found == machine.gpus.end() ? nullptr : &*found;
}

/// Why a function cannot be in the static set; empty when it can.
std::string_view obstacle(const pci::Function& function, const Machine& machine) {
    if (function.bridge) {
        return "bridges stay with the host";
    }
    if (function.virtual_function) {
        return "virtual functions go with their physical function";
    }
    if (gpu_of(function.address, machine) != nullptr) {
        return "GPUs and what belongs to them are passed by the profiles";
    }
    if (machine.choices.guarded.contains(function.address)) {
        return "this host has file systems or swap there";
    }
    return {};
}

/// Adds what a selector names to the set.
Result<void> add_named(std::string_view word, const std::vector<Address>& matches,
                       const Machine& machine, StaticAnswer& answer) {
    if (matches.empty()) {
        return fail(fmt::format("no device of this machine is `{}`", shown(word)));
    }
    for (const auto& address : matches) {
        const auto why = obstacle(*machine.inventory.find(address), machine);
        if (!why.empty()) {
            return fail(fmt::format("{} cannot be in the static set: {}", to_string(address), why));
        }
        answer.devices.insert(address);
    }
    return {};
}

/// The functions whose names an expression matches; nothing when it is none.
std::optional<std::vector<Address>> matching(const std::string& expression,
                                             const Machine& machine) {
    std::vector<Address> found;
    try {
        const std::regex regex(expression, std::regex::ECMAScript | std::regex::icase);
        for (const auto& function : machine.inventory.functions()) {
            const auto& identity = function.identity;
            if (std::regex_search(machine.names->function_name(identity.ids, identity.class_code),
                                  regex)) {
                found.push_back(function.address);
            }
        }
    } catch (const std::regex_error&) {
        return std::nullopt;
    }
    return found;
}

Result<void> add_matching(const std::string& word, const Machine& machine, StaticAnswer& answer) {
    constexpr std::size_t kLongest = 200;  // std::regex is recursive
    const auto found = word.size() > kLongest ? std::nullopt : matching(word, machine);
    if (!found) {
        return fail(
            fmt::format("`{}` is no regular expression; write numbers of the list, {}, or "
                        "a part of the name",
                        shown(word), pci::kSelectorForms));
    }
    if (found->empty()) {
        return fail(fmt::format("no device's name matches `{}`", shown(word)));
    }
    std::map<std::string_view, Words> unfit;
    std::size_t taken = 0;
    for (const auto& address : *found) {
        const auto why = obstacle(*machine.inventory.find(address), machine);
        if (why.empty()) {
            answer.devices.insert(address);
            ++taken;
        } else {
            unfit[why].push_back(to_string(address));
        }
    }
    for (const auto& [why, addresses] : unfit) {
        const auto list = text::join_words(addresses);
        const auto sentence =
            taken == 0 ? fmt::format("`{}` matches only {}: {}", shown(word), list, why)
                       : fmt::format("`{}` also matches {}, left out: {}", shown(word), list, why);
        if (taken == 0) {
            return fail(sentence);
        }
        answer.left_out.push_back(sentence);
    }
    return {};
}

bool is_word(const Words& words, std::string_view word) {
    return words.size() == 1 && text::lower_case(words.front()) == word;
}

bool means_none(std::string_view word) {
    return word == "off" || word == "none" || word == "0";
}

/// A size as people write it: "16g" and "16GiB" too.
std::optional<std::uint64_t> size_of(std::string_view word) {
    std::string plain;
    for (const char c : text::lower_case(word)) {
        plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    for (const std::string_view unit : {"IB", "B"}) {
        if (plain.size() > unit.size() && plain.ends_with(unit)) {
            plain.resize(plain.size() - unit.size());
            break;
        }
    }
    return parse_size(plain);
}

}  // namespace

std::vector<Address> candidates(const Machine& machine) {
    std::vector<Address> found;
    for (const auto& gpu : machine.gpus) {
        if (gpu.role != pci::Role::management) {
            found.push_back(gpu.address);
        }
    }
    return found;
}

std::vector<Address> static_candidates(const Machine& machine) {
    std::vector<Address> found;
    for (const auto& function : machine.inventory.functions()) {
        if (obstacle(function, machine).empty()) {
            found.push_back(function.address);
        }
    }
    return found;
}

std::vector<const Profile*> profiles_with_entry(const Machine& machine) {
    std::vector<const Profile*> found;
    for (const auto& profile : machine.profiles) {
        if (has_entry(profile.status)) {
            found.push_back(&profile);
        }
    }
    return found;
}

Result<Words> split_words(std::string_view line) {
    Words words;
    bool inside = false;
    char quote = 0;
    for (const char c : line) {
        if (quote != 0 ? c == quote : c == '"' || c == '\'') {
            quote = quote != 0 ? '\0' : c;
            if (!inside) {
                words.emplace_back();
                inside = true;
            }
        } else if (quote == 0 && (c == ' ' || c == '\t')) {
            inside = false;
        } else {
            if (!inside) {
                words.emplace_back();
                inside = true;
            }
            words.back() += c;
        }
    }
    if (quote != 0) {
        return fail(fmt::format("a {} is not closed in `{}`", quote, shown(line)));
    }
    return words;
}

Result<AddressSet> parse_gpus(const Words& words, const Machine& machine) {
    const auto known = candidates(machine);
    if (is_word(words, "none")) {
        return AddressSet();
    }
    if (is_word(words, "all")) {
        return AddressSet(known.begin(), known.end());
    }
    AddressSet chosen;
    for (const auto& word : apart(words)) {
        const pci::Gpu* gpu = nullptr;
        if (is_number(word)) {
            const auto place = place_of(word, machine.gpus.size(), "GPUs");
            if (!place) {
                return tl::unexpected(place.error());
            }
            gpu = &machine.gpus[*place];
        } else {
            const auto found = select_gpu(word, machine.inventory, machine.gpus, *machine.names);
            if (!found) {
                return tl::unexpected(found.error());
            }
            gpu = *found;
        }
        if (gpu->role == pci::Role::management) {
            return fail(fmt::format("{} is a management display and always stays with the host",
                                    to_string(gpu->address)));
        }
        chosen.insert(gpu->address);
    }
    return chosen;
}

AddressSet others(const Machine& machine, const AddressSet& pass) {
    AddressSet rest;
    for (const auto& address : candidates(machine)) {
        if (!pass.contains(address)) {
            rest.insert(address);
        }
    }
    return rest;
}

Result<StaticAnswer> parse_statics(const Words& words, const Machine& machine) {
    StaticAnswer answer;
    if (is_word(words, "none")) {
        return answer;
    }
    const auto known = static_candidates(machine);
    for (const auto& word : apart(words)) {
        Result<void> added;
        if (is_number(word)) {
            const auto place = place_of(word, known.size(), "devices");
            if (!place) {
                return tl::unexpected(place.error());
            }
            answer.devices.insert(known[*place]);
        } else if (const auto matches = pci::select(word, machine.inventory)) {
            added = add_named(word, *matches, machine, answer);
        } else {
            added = add_matching(word, machine, answer);
        }
        if (!added) {
            return tl::unexpected(added.error());
        }
    }
    return answer;
}

Result<Words> parse_profiles(const Words& words, const Machine& machine) {
    Words chosen;
    if (is_word(words, "all")) {
        return chosen;
    }
    Words known;
    for (const auto* profile : profiles_with_entry(machine)) {
        known.push_back(profile->name);
    }
    for (const auto& word : apart(words)) {
        std::string name = word;
        if (is_number(word)) {
            const auto place = place_of(word, known.size(), "profiles");
            if (!place) {
                return tl::unexpected(place.error());
            }
            name = known[*place];
        } else if (std::find(known.begin(), known.end(), word) == known.end()) {
            return fail(
                known.empty()
                    ? fmt::format("there is no profile `{}`, and no other", shown(word))
                    : fmt::format("no profile with a menu entry is called `{}`; there is {}",
                                  shown(word), text::join_words(known)));
        }
        if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) {
            chosen.push_back(name);
        }
    }
    return chosen;
}

Result<std::vector<std::uint64_t>> parse_memory(std::string_view text) {
    std::vector<std::uint64_t> sizes;
    const auto word = text::lower_case(text::trim(text));
    if (means_none(word)) {
        return sizes;
    }
    bool fine = true;
    std::uint64_t total = 0;
    for (const auto piece : text::split(word, ',')) {
        const auto size = size_of(text::trim(piece));
        fine = fine && size;
        sizes.push_back(size.value_or(0));
        total += size.value_or(0);
    }
    if (!fine || total == 0) {
        return fail(
            fmt::format("`{}` is no amount of memory; write 16G or 512M, one size for each "
                        "NUMA node as in 8G,8G, or off",
                        shown(text)));
    }
    return sizes;
}

Result<CpuList> parse_cpus(std::string_view text) {
    const auto word = text::lower_case(text::trim(text));
    if (word == "off" || word == "none") {
        return CpuList();
    }
    auto cpus = parse_cpu_list(word);
    if (!cpus || cpus->empty()) {
        return fail(fmt::format("`{}` is no list of CPUs; write one such as 4-7,12-15, or off",
                                shown(text)));
    }
    return std::move(*cpus);
}

Result<ZramAnswer> parse_zram(std::string_view text) {
    using Kind = ZramAnswer::Kind;
    const auto word = text::lower_case(text::trim(text));
    if (word == "system") {
        return ZramAnswer{Kind::system, 0};
    }
    if (means_none(word)) {
        return ZramAnswer{Kind::off, 0};
    }
    if (word == "auto") {
        return ZramAnswer{Kind::automatic, 0};
    }
    const auto size = size_of(word);
    if (size.value_or(0) == 0) {
        return fail(fmt::format(
            "`{}` is no size for zram; write one such as 4G, auto, off or system", shown(text)));
    }
    return ZramAnswer{Kind::size, *size};
}

}  // namespace early_bind::setup
