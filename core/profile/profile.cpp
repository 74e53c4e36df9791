// SPDX-License-Identifier: MIT
#include "core/profile/profile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;
using pci::Gpu;
using pci::Inventory;

constexpr std::array<std::pair<Status, std::string_view>, 4> kStatusNames = {{
    {Status::ok, "ok"},
    {Status::unsafe, "unsafe"},
    {Status::impossible, "impossible"},
    {Status::no_group, "no-group"},
}};

std::string vendor_word(std::uint16_t vendor) {
    switch (vendor) {
        case 0x10de:
            return "nvidia";
        case 0x1002:
            return "amd";
        case 0x8086:
            return "intel";
        default:
            return fmt::format("{:04x}", vendor);
    }
}

/// A place as part of a name: "pci0000:00/01.1/00.0" is "01.1-00.0", on another root bus
/// "pci0000:40/01.1/00.0" is "40-01.1-00.0".
std::string place_words(const pci::Location& location) {
    std::string words = location.text();
    constexpr std::string_view kFirstRoot = "pci0000:00/";
    constexpr std::string_view kFirstDomain = "pci0000:";
    if (words.starts_with(kFirstRoot)) {
        words.erase(0, kFirstRoot.size());
    } else if (words.starts_with(kFirstDomain)) {
        words.erase(0, kFirstDomain.size());
    }
    std::replace(words.begin(), words.end(), '/', '-');
    std::replace(words.begin(), words.end(), ':', '-');
    return words;
}

/// A name that stays the same as long as the card and, where another of its kind exists, its slot
/// do: neither bus numbers nor an update of the PCI id database change it.
std::string keep_name(const Inventory& inventory, const std::vector<Gpu>& gpus, const Gpu& gpu) {
    const auto& identity = inventory.find(gpu.address)->identity;
    std::string name =
        fmt::format("keep-{}-{:04x}", vendor_word(identity.ids.vendor), identity.ids.device);
    const auto equals = std::count_if(gpus.begin(), gpus.end(), [&](const Gpu& other) {
        const auto& ids = inventory.find(other.address)->identity.ids;
        return ids.vendor == identity.ids.vendor && ids.device == identity.ids.device;
    });
    if (equals > 1) {
        std::string place =
            identity.location.empty() ? to_string(gpu.address) : place_words(identity.location);
        std::replace(place.begin(), place.end(), ':', '-');
        const std::string with_place = fmt::format("{}-{}", name, place);
        name = is_profile_name(with_place)
                   ? with_place
                   : fmt::format("{}-{:08x}", name, text::crc32(identity.location.text()));
    }
    return name;
}

std::vector<Address> sorted(const AddressSet& set) {
    return {set.begin(), set.end()};
}

std::string verb(const std::vector<Address>& addresses, const char* one, const char* many) {
    return addresses.size() == 1 ? one : many;
}

/// Decides the status by the first rule that applies; every rule that applies leaves its reason.
void judge(Profile& profile, const Inventory& inventory, const std::vector<Gpu>& gpus,
           const AddressSet& owned, const Choices& choices) {
    const auto is_passed = [&profile](const Address& gpu) {
        return std::binary_search(profile.pass.begin(), profile.pass.end(), gpu);
    };
    std::vector<Address> kept_functions;
    for (const auto& gpu : gpus) {
        if (is_passed(gpu.address)) {
            continue;
        }
        std::vector<Address> taken;
        std::set_intersection(gpu.functions.begin(), gpu.functions.end(), profile.bind.begin(),
                              profile.bind.end(), std::back_inserter(taken));
        kept_functions.insert(kept_functions.end(), taken.begin(), taken.end());
        if (taken.empty()) {
            continue;
        }
        // Name the passed card that shares the group, so that the user knows which two to part.
        const int group = inventory.find(taken.front())->group.value_or(-1);
        std::vector<Address> partners;
        for (const auto& address : profile.pass) {
            const auto closure = inventory.closure({address});
            if (closure.contains(taken.front())) {
                partners.push_back(address);
            }
        }
        std::vector<Address> devices = partners;
        devices.push_back(gpu.address);
        std::sort(devices.begin(), devices.end());
        profile.reasons.push_back(
            {Code::kept_in_closure,
             fmt::format("the host cannot keep {}: it shares IOMMU group {} with {}, and a group "
                         "goes to a VM as a whole",
                         to_string(gpu.address), group,
                         partners.empty() ? std::string("a passed card") : in_words(partners)),
             devices});
    }
    const bool impossible = !profile.reasons.empty();

    std::vector<Address> without_group;
    for (const auto& gpu : gpus) {
        if (is_passed(gpu.address) && !inventory.find(gpu.address)->group) {
            without_group.push_back(gpu.address);
        }
    }
    const bool no_group = !without_group.empty() || inventory.group_count() == 0;
    if (no_group) {
        profile.reasons.push_back(
            {Code::no_group,
             inventory.group_count() == 0
                 ? std::string("the IOMMU is off in this boot, so there are no groups to judge by")
                 : fmt::format("{} {} in no IOMMU group in this boot", in_words(without_group),
                               verb(without_group, "is", "are")),
             without_group});
    }

    std::vector<Address> foreign;
    std::vector<Address> carriers;
    for (const auto& address : profile.bind) {
        if (choices.guarded.contains(address)) {
            carriers.push_back(address);
        }
        const bool kept = std::find(kept_functions.begin(), kept_functions.end(), address) !=
                          kept_functions.end();
        if (!owned.contains(address) && !choices.statics.contains(address) && !kept) {
            foreign.push_back(address);
        }
    }
    if (!foreign.empty()) {
        profile.reasons.push_back(
            {Code::foreign_in_closure,
             fmt::format("{} {} to no passed card and would go with {}, being in the same IOMMU "
                         "group",
                         in_words(foreign), verb(foreign, "belongs", "belong"),
                         verb(profile.pass, "it", "them")),
             foreign});
    }
    if (!carriers.empty()) {
        profile.reasons.push_back(
            {Code::file_system_guard,
             fmt::format("{} {} a file system of this host", in_words(carriers),
                         verb(carriers, "carries", "carry")),
             carriers});
    }
    if (impossible) {
        profile.status = Status::impossible;
    } else if (!carriers.empty()) {
        profile.status = Status::unsafe;  // no group can make this right
    } else if (no_group) {
        profile.status = Status::no_group;
    } else if (!foreign.empty()) {
        profile.status = Status::unsafe;
    }
}

/// Two profiles that would do the same are one; impossible ones do nothing and are told apart by
/// what they would keep.
bool is_repeated(const Profile& profile, const std::vector<Profile>& earlier) {
    return profile.status != Status::impossible &&
           std::any_of(earlier.begin(), earlier.end(), [&profile](const Profile& other) {
               return other.status != Status::impossible && other.bind == profile.bind;
           });
}

/// The profile that passes these GPUs and keeps the others.
Profile make_profile(std::string name, const AddressSet& pass, const Inventory& inventory,
                     const std::vector<Gpu>& gpus, const Choices& choices) {
    Profile profile;
    profile.name = std::move(name);
    AddressSet owned;
    for (const auto& gpu : gpus) {
        const bool passed = pass.contains(gpu.address);
        (passed ? profile.pass : profile.keep).push_back(gpu.address);
        if (passed) {
            owned.insert(gpu.functions.begin(), gpu.functions.end());
        }
    }
    if (const auto more = choices.devices.find(profile.name); more != choices.devices.end()) {
        profile.devices = sorted(more->second);
        owned.insert(profile.devices.begin(), profile.devices.end());
    }
    profile.headless = profile.keep.empty();
    profile.bind = sorted(inventory.closure(owned));
    judge(profile, inventory, gpus, owned, choices);
    return profile;
}

void add_generated(std::vector<Profile>& profiles, Profile profile) {
    if (!profile.pass.empty() && !is_repeated(profile, profiles)) {
        profiles.push_back(std::move(profile));
    }
}

}  // namespace

std::string_view to_string(Status status) {
    for (const auto& [value, name] : kStatusNames) {
        if (value == status) {
            return name;
        }
    }
    return "ok";
}

std::optional<Status> parse_status(std::string_view text) {
    for (const auto& [value, name] : kStatusNames) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

bool has_entry(Status status) {
    return status == Status::ok || status == Status::no_group;
}

bool is_profile_name(std::string_view text) {
    const auto alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 64 && alphanumeric(text.front()) &&
           std::all_of(text.begin(), text.end(), [&alphanumeric](char c) {
               return alphanumeric(c) || c == '.' || c == '_' || c == '-';
           });
}

std::vector<Profile> make_profiles(const Inventory& inventory, const std::vector<Gpu>& gpus,
                                   const Choices& choices) {
    AddressSet candidates;
    for (const auto& gpu : gpus) {
        if (gpu.role != pci::Role::management && !choices.host_only.contains(gpu.address)) {
            candidates.insert(gpu.address);
        }
    }
    std::vector<Profile> profiles;
    for (const auto& gpu : gpus) {
        if (candidates.contains(gpu.address)) {
            auto pass = candidates;
            pass.erase(gpu.address);
            add_generated(profiles, make_profile(keep_name(inventory, gpus, gpu), pass, inventory,
                                                 gpus, choices));
        }
    }
    std::vector<Profile> own;
    for (const auto& wanted : choices.own) {
        own.push_back(make_profile(wanted.name, wanted.pass, inventory, gpus, choices));
    }
    const auto generated = profiles.size();
    add_generated(profiles,
                  make_profile(std::string(kPassAll), candidates, inventory, gpus, choices));
    profiles.insert(profiles.begin() + static_cast<std::ptrdiff_t>(generated), own.begin(),
                    own.end());
    return profiles;
}

}  // namespace early_bind
