// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/translate.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;

/// The functions that the findings bind, those of menu entries apart.
struct Bound {
    AddressSet always;
    AddressSet all;
};

Bound bound_functions(const std::vector<LegacyFinding>& findings) {
    Bound bound;
    for (const auto& finding : findings) {
        if (finding.effect == LegacyEffect::binds) {
            bound.all.insert(finding.devices.begin(), finding.devices.end());
            if (finding.kind != LegacyKind::grub_entry) {
                bound.always.insert(finding.devices.begin(), finding.devices.end());
            }
        }
    }
    return bound;
}

bool is_subset(const std::vector<Address>& part, const std::vector<Address>& whole) {
    return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

void choose_gpus(Proposal& proposal, const Bound& bound, const std::vector<pci::Gpu>& gpus,
                 const Choices& choices) {
    for (const auto& gpu : gpus) {
        if (!bound.all.contains(gpu.address)) {
            continue;
        }
        const std::string name = to_string(gpu.address);
        if (gpu.role == pci::Role::management) {
            proposal.notes.push_back(fmt::format(
                "{} is the display of the server's management controller and stays with the host",
                name));
        } else if (choices.host_only.contains(gpu.address)) {
            proposal.notes.push_back(
                fmt::format("{} is host-only in the configuration and stays with the host", name));
        } else {
            proposal.gpus.push_back(gpu.address);
        }
    }
}

void choose_profiles(Proposal& proposal, const std::vector<Profile>& profiles) {
    if (proposal.gpus.empty()) {
        return;
    }
    const auto choose = [&](auto fits) {
        for (const auto& profile : profiles) {
            if (fits(profile)) {
                proposal.profiles.push_back(profile.name);
            }
        }
    };
    const auto exact = std::find_if(profiles.begin(), profiles.end(), [&](const Profile& profile) {
        return profile.pass == proposal.gpus;
    });
    if (exact != profiles.end() && has_entry(exact->status)) {
        proposal.profiles.push_back(exact->name);
        // A set-up that took all of several cards, equal ones often, may have meant one of them.
        if (exact->headless && proposal.gpus.size() > 1) {
            proposal.notes.push_back(
                fmt::format("the set-up takes every GPU; if it was meant for one of them, choose a "
                            "profile that keeps the other in the menu instead of {}",
                            exact->name));
        }
        return;
    }
    if (exact != profiles.end()) {
        for (const auto& reason : exact->reasons) {
            proposal.notes.push_back(
                fmt::format("the profile {} passes them, but gets no entry: "
                            "{}; {}",
                            exact->name, reason.text, info(reason.code).next));
        }
        return;
    }
    choose([&](const Profile& profile) {
        return has_entry(profile.status) && is_subset(proposal.gpus, profile.pass);
    });
    proposal.notes.push_back(
        proposal.profiles.empty()
            ? fmt::format("no profile of this machine passes {}; `grub-gen scan` says why",
                          pci::in_words(proposal.gpus))
            : fmt::format("no profile passes exactly {}; each of these passes more",
                          pci::in_words(proposal.gpus)));
}

void choose_statics(Proposal& proposal, const Bound& bound, const pci::Inventory& inventory,
                    const std::vector<pci::Gpu>& gpus, const Choices& choices) {
    AddressSet of_gpus;
    for (const auto& gpu : gpus) {
        of_gpus.insert(gpu.functions.begin(), gpu.functions.end());
    }
    for (const auto& address : bound.all) {
        const auto* function = inventory.find(address);
        if (function == nullptr || of_gpus.contains(address) || choices.statics.contains(address)) {
            continue;
        }
        const std::string name = to_string(address);
        if (!function->is_endpoint()) {
            proposal.notes.push_back(
                fmt::format("{} is a {} and is not taken over", name,
                            function->bridge ? "bridge" : "virtual function (SR-IOV)"));
        } else if (choices.guarded.contains(address)) {
            proposal.notes.push_back(
                fmt::format("{} carries a file system of this host and is never passed", name));
        } else if (!bound.always.contains(address)) {
            proposal.notes.push_back(
                fmt::format("{} is bound by a menu entry only; put it into `static` if every boot "
                            "shall pass it",
                            name));
        } else {
            const auto& location = function->identity.location;
            proposal.statics.push_back({address, location.empty() ? name : location.text()});
        }
    }
}

}  // namespace

Proposal translate(const std::vector<LegacyFinding>& findings, const pci::Inventory& inventory,
                   const std::vector<pci::Gpu>& gpus, const Choices& choices,
                   const std::vector<Profile>& profiles) {
    Proposal proposal;
    const Bound bound = bound_functions(findings);
    choose_gpus(proposal, bound, gpus, choices);
    choose_profiles(proposal, profiles);
    choose_statics(proposal, bound, inventory, gpus, choices);
    for (const auto& finding : findings) {
        proposal.disable_idle_d3 = proposal.disable_idle_d3 || finding.disable_idle_d3;
        proposal.disable_vga = proposal.disable_vga || finding.disable_vga;
    }
    if ((proposal.disable_idle_d3 || proposal.disable_vga) && proposal.profiles.empty()) {
        proposal.notes.emplace_back(
            "vfio-pci's options belong to profiles, and there is none to carry them");
    }
    return proposal;
}

}  // namespace early_bind
