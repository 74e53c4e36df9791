// SPDX-License-Identifier: MIT
#include "core/plan/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/pci/gpu.hpp"
#include "core/plan/driven.hpp"
#include "core/plan/resolve.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;
using pci::Gpu;
using pci::Inventory;

/// Drivers that give a function back cleanly (FACTS: "Binding"; drivers/usb/host/xhci-pci.c,
/// ehci-pci.c, sound/pci/hda, drivers/i2c/busses/i2c-nvidia-gpu.c).
constexpr std::array<std::string_view, 4> kUnbindable = {"xhci_hcd", "ehci-pci", "snd_hda_intel",
                                                         "nvidia-gpu"};

/// Builds one plan; each step of it is a member, in the order in which make_plan() calls them.
class Planner {
  public:
    Planner(const Inventory& inventory, const BootTable& table, const TableProfile* profile,
            const std::vector<pci::Framebuffer>& framebuffers, Stage stage)
        : inventory_(inventory),
          table_(table),
          profile_(profile),
          framebuffers_(framebuffers),
          stage_(stage),
          gpus_(find_gpus(inventory)),
          resolution_(resolve(table, inventory)) {
        plan_.profile = profile != nullptr ? profile->name : std::string();
    }

    Plan run() {
        if (profile_ == nullptr && table_.statics.empty()) {
            return std::move(plan_);
        }
        resolve_statics();
        if (profile_ != nullptr) {
            resolve_kept();
            resolve_passed();
            resolve_devices();
        }
        if (stage_ == Stage::running_system) {
            leave_driven();
        }
        if (profile_ != nullptr) {
            guard_profile();
        }
        guard_statics();
        if (!plan_.refused) {
            wanted_.insert(passed_closure_.begin(), passed_closure_.end());
        }
        make_units();
        choose_framebuffers();
        if (profile_ != nullptr && !plan_.refused) {
            plan_.d3cold_allowed = profile_->d3cold_allowed;
        }
        add_actions(plan_);
        return std::move(plan_);
    }

  private:
    void note(Code code, std::string text, std::vector<Address> devices = {}) {
        plan_.refused = plan_.refused || info(code).weight == Weight::refusal;
        plan_.reasons.push_back({code, std::move(text), std::move(devices)});
    }

    [[nodiscard]] std::string name(std::size_t gpu) const {
        const auto& table_gpu = table_.gpus[gpu];
        return fmt::format("{} ({})", table_gpu.name, to_string(table_gpu.functions[0].address));
    }

    /// With the address in this boot: equal cards have equal names.
    [[nodiscard]] std::string name_now(std::size_t gpu) const {
        const auto& address = resolution_.gpus[gpu].address;
        return address ? fmt::format("{} ({})", table_.gpus[gpu].name, to_string(*address))
                       : table_.gpus[gpu].name;
    }

    [[nodiscard]] const Gpu* live_gpu(const Address& display) const {
        const auto found = std::find_if(gpus_.begin(), gpus_.end(), [&display](const Gpu& gpu) {
            return std::find(gpu.functions.begin(), gpu.functions.end(), display) !=
                   gpu.functions.end();
        });
        return found == gpus_.end() ? nullptr : &*found;
    }

    void report_move(const std::string& what, const Found& found, const Address& then) {
        if (found.how == Found::How::moved) {
            note(Code::moved,
                 fmt::format("{} is at {} now, it was at {}", what, to_string(*found.address),
                             to_string(then)),
                 {*found.address});
        }
    }

    void resolve_statics() {
        for (std::size_t i = 0; i < table_.statics.size(); ++i) {
            resolve_device("static device", table_.statics[i], resolution_.statics[i], statics_);
        }
    }

    /// What the profile passes besides GPUs belongs to it as much as they do.
    void resolve_devices() {
        for (const auto index : profile_->devices) {
            resolve_device("device", table_.devices[index], resolution_.devices[index], passed_);
        }
    }

    void resolve_device(std::string_view kind, const TableFunction& device, const Found& found,
                        AddressSet& into) {
        const auto what = fmt::format("the {} {} ({})", kind, to_string(device.address),
                                      vendor_device(device.identity.ids));
        const Gpu* gpu = found.address ? live_gpu(*found.address) : nullptr;
        if (gpu != nullptr) {
            note_gpu_device(what, *found.address, *gpu);
        } else if (found.address) {
            into.insert(*found.address);
            candidates_.push_back({what, {*found.address}});
            then_[*found.address] = &device;
            report_move(what, found, device.address);
        } else if (found.how == Found::How::ambiguous) {
            note(Code::ambiguous,
                 fmt::format("{} is not in its place and several devices could be it, leaving it "
                             "to the host",
                             what));
        } else {
            note(Code::missing, fmt::format("{} is not in this machine, ignoring it", what));
        }
    }

    /// Only a profile's choice of GPUs passes one: no other device may take it along.
    void note_gpu_device(const std::string& what, const Address& address, const Gpu& gpu) {
        const bool refused = plan_.refused;
        note(Code::kept_in_closure,
             fmt::format("{} is part of the GPU {} now, leaving it to the host", what,
                         to_string(gpu.address)),
             {address});
        plan_.refused = refused;
    }

    void resolve_kept() {
        for (const auto index : profile_->keep) {
            const auto& found = resolution_.gpus[index];
            plan_.keep.push_back(name_now(index));
            if (!found.address) {
                note(Code::kept_missing,
                     fmt::format("{}, which the host shall keep, is {}: passing the others could "
                                 "leave the host without a display",
                                 name(index),
                                 found.how == Found::How::ambiguous
                                     ? "not in its place and several cards could be it"
                                     : "not in this machine"));
            } else {
                report_move(name(index), found, table_.gpus[index].functions[0].address);
            }
        }
    }

    void resolve_passed() {
        for (const auto index : profile_->pass) {
            const auto& table_gpu = table_.gpus[index];
            const auto& found = resolution_.gpus[index];
            if (!found.address) {
                const bool ambiguous = found.how == Found::How::ambiguous;
                note(ambiguous ? Code::ambiguous : Code::missing,
                     fmt::format("{} {}", name(index),
                                 ambiguous ? "is not in its place and several cards could be it, "
                                             "leaving them to the host"
                                           : "is not in this machine, ignoring it"));
                continue;
            }
            report_move(name(index), found, table_gpu.functions[0].address);
            const Gpu* gpu = live_gpu(*found.address);
            if (gpu == nullptr) {
                continue;  // a display function is always part of a GPU
            }
            plan_.pass.push_back(name_now(index));
            passed_.insert(gpu->functions.begin(), gpu->functions.end());
            candidates_.push_back(
                {name_now(index), {gpu->functions.begin(), gpu->functions.end()}});
            match_companions(table_gpu, *gpu);
        }
    }

    /// A card moves as one: its functions are those of the slot where it is now. The table tells
    /// which of them it had.
    void match_companions(const TableGpu& table_gpu, const Gpu& gpu) {
        for (const auto& known : table_gpu.functions) {
            const auto same = std::find_if(
                gpu.functions.begin(), gpu.functions.end(), [&](const Address& address) {
                    return !then_.contains(address) &&
                           inventory_.find(address)->identity.same_kind(known.identity);
                });
            if (same != gpu.functions.end()) {
                then_[*same] = &known;
            } else {
                note(Code::companion_missing,
                     fmt::format("{} had the function {} ({}), which is not there", table_gpu.name,
                                 to_string(known.address), vendor_device(known.identity.ids)));
            }
        }
    }

    /// A card stays with the host as a whole, the rest goes on, if there is any.
    void leave_driven() {
        const auto driven = driven_functions(inventory_, candidates_);
        const bool refused = plan_.refused;
        const bool passes = !passed_.empty();
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            const auto& [what, functions] = candidates_[i];
            if (driven[i].empty()) {
                continue;
            }
            note(Code::too_late,
                 fmt::format("{} stays with the host: the driver {} holds {}, and in the running "
                             "system nothing is taken from a driver",
                             what, inventory_.find(driven[i].front())->driver, in_words(driven[i])),
                 driven[i]);
            for (const auto& address : functions) {
                if (passed_.erase(address) + statics_.erase(address) > 0) {
                    plan_.left.push_back(target_of(address));
                }
            }
        }
        plan_.refused = refused || (passes && passed_.empty());
    }

    /// Everything that forbids the profile as a whole.
    void guard_profile() {
        passed_closure_ = inventory_.closure(passed_);
        AddressSet unowned;
        for (const auto& address : passed_closure_) {
            if (!passed_.contains(address) && !statics_.contains(address)) {
                unowned.insert(address);
            }
        }
        guard_groups(passed_);
        guard_kept(unowned);
        guard_foreign(unowned);
        guard_common(passed_closure_);
    }

    void guard_groups(const AddressSet& functions) {
        if (functions.empty()) {
            return;
        }
        if (inventory_.group_count() == 0) {
            note(Code::iommu_off,
                 "the IOMMU is off: without it no device can be handed to a VM, and the host "
                 "would lose the cards for nothing",
                 {functions.begin(), functions.end()});
            return;
        }
        std::vector<Address> without;
        for (const auto& address : functions) {
            if (!inventory_.find(address)->group) {
                without.push_back(address);
            }
        }
        if (!without.empty()) {
            note(Code::iommu_off,
                 fmt::format("{} {} in no IOMMU group", in_words(without),
                             without.size() == 1 ? "is" : "are"),
                 without);
        }
    }

    /// No GPU that the profile does not pass goes along, whether the table knows it or not.
    void guard_kept(AddressSet& unowned) {
        for (const auto& gpu : gpus_) {
            std::vector<Address> taken;
            for (const auto& address : gpu.functions) {
                if (unowned.erase(address) > 0) {
                    taken.push_back(address);
                }
            }
            if (!taken.empty()) {
                note(Code::kept_in_closure,
                     fmt::format("{} stays with the host but shares IOMMU group {} with a passed "
                                 "card",
                                 to_string(gpu.address),
                                 inventory_.find(taken.front())->group.value_or(-1)),
                     taken);
            }
        }
    }

    void guard_foreign(const AddressSet& unowned) {
        std::vector<Address> storage;
        std::vector<Address> foreign;
        for (const auto& address : unowned) {
            const bool is_storage = inventory_.find(address)->identity.class_code.is_storage();
            (is_storage ? storage : foreign).push_back(address);
        }
        if (!storage.empty()) {
            note(Code::storage_guard,
                 fmt::format("{} {} storage in the IOMMU group of a passed card", in_words(storage),
                             storage.size() == 1 ? "is" : "are"),
                 storage);
        }
        if (!foreign.empty()) {
            note(Code::foreign_in_closure,
                 fmt::format("{} {} in the IOMMU group of a passed card and {} to none{}",
                             in_words(foreign), foreign.size() == 1 ? "is" : "are",
                             foreign.size() == 1 ? "belongs" : "belong",
                             stage_ == Stage::on_request
                                 ? "; group: ahead of the selector takes all of a group"
                                 : ""),
                 foreign);
        }
    }

    /// What forbids binding a function whoever asks for it. Returns whether nothing does.
    bool guard_common(const AddressSet& functions) {
        bool clear = true;
        for (const auto& address : functions) {
            const auto& driver = inventory_.find(address)->driver;
            if (resolution_.guarded.contains(address)) {
                note(Code::file_system_guard,
                     fmt::format("{} carries a file system of the host", to_string(address)),
                     {address});
                clear = false;
            } else if (stage_ != Stage::on_request && !driver.empty() && driver != kVfio &&
                       !may_unbind(driver)) {
                note(Code::too_late,
                     fmt::format("the driver {} already holds {}, and taking it away can hang the "
                                 "kernel",
                                 driver, to_string(address)),
                     {address});
                clear = false;
            }
        }
        return clear;
    }

    /// A static device that may not be bound is left alone, and so are those of its group; it does
    /// not stop the profile.
    void guard_statics() {
        const bool profile_refused = plan_.refused;
        AddressSet clear;
        for (const auto& address : statics_) {
            plan_.refused = false;
            guard_groups({address});
            if (guard_common({address}) && !plan_.refused) {
                clear.insert(address);
            }
        }
        for (const auto& address : clear) {
            std::vector<Address> others;
            for (const auto& member : inventory_.closure({address})) {
                const bool passed = !profile_refused && passed_closure_.contains(member);
                if (!clear.contains(member) && !passed) {
                    others.push_back(member);
                }
            }
            if (others.empty()) {
                wanted_.insert(address);
                continue;
            }
            note(Code::foreign_in_closure,
                 fmt::format("the static device {} shares its IOMMU group with {}, leaving it to "
                             "the host",
                             to_string(address), in_words(others)),
                 others);
        }
        plan_.refused = profile_refused;
    }

    [[nodiscard]] Target target_of(const Address& address) const {
        const auto* function = inventory_.find(address);
        Target target{address, function->identity, std::nullopt, function->driver};
        if (const auto then = then_.find(address); then != then_.end()) {
            target.address_then = then->second->address;
            target.moved = then->second->identity.location != function->identity.location;
        }
        return target;
    }

    void make_units() {
        std::map<int, Unit> units;
        for (const auto& address : wanted_) {
            const int group = inventory_.find(address)->group.value_or(-1);
            units[group].group = group;
            units[group].targets.push_back(target_of(address));
        }
        for (auto& [group, unit] : units) {
            plan_.units.push_back(std::move(unit));
        }
        std::sort(plan_.units.begin(), plan_.units.end(), [](const Unit& a, const Unit& b) {
            return a.targets.front().address < b.targets.front().address;
        });
    }

    /// A screen goes only when the GPU that owns it goes.
    void choose_framebuffers() {
        for (const auto& framebuffer : framebuffers_) {
            if (!framebuffer.owner || !wanted_.contains(*framebuffer.owner)) {
                continue;
            }
            if (profile_ != nullptr && profile_->keep_framebuffer) {
                note(Code::framebuffer_kept,
                     fmt::format("the firmware's screen {} of {} stays with {}, as configured",
                                 framebuffer.device, to_string(*framebuffer.owner),
                                 framebuffer.driver),
                     {*framebuffer.owner});
            } else {
                plan_.framebuffers.push_back(framebuffer);
            }
        }
    }

    const Inventory& inventory_;
    const BootTable& table_;
    const TableProfile* profile_;
    const std::vector<pci::Framebuffer>& framebuffers_;
    Stage stage_;
    std::vector<Gpu> gpus_;
    Resolution resolution_;
    Plan plan_;
    AddressSet statics_;
    std::vector<Candidate> candidates_;             ///< what the two above and below are made of
    AddressSet passed_;                             ///< functions of the passed GPUs
    AddressSet passed_closure_;                     ///< and all that their groups take along
    AddressSet wanted_;                             ///< what goes to vfio-pci in the end
    std::map<Address, const TableFunction*> then_;  ///< how the table knows a live function
};

}  // namespace

std::size_t Plan::target_count() const {
    std::size_t count = 0;
    for (const auto& unit : units) {
        count += unit.targets.size();
    }
    return count;
}

void add_actions(Plan& plan) {
    const auto is_not_on_vfio = [](const Target& target) { return target.driver_before != kVfio; };
    plan.actions.clear();
    if (std::any_of(plan.units.begin(), plan.units.end(), [&](const Unit& unit) {
            return std::any_of(unit.targets.begin(), unit.targets.end(), is_not_on_vfio);
        })) {
        plan.actions.push_back({ActionKind::load_module, 0, 0});
    }
    for (std::size_t u = 0; u < plan.units.size(); ++u) {
        const auto& targets = plan.units[u].targets;
        const auto add = [&](ActionKind kind, auto wanted) {
            for (std::size_t t = 0; t < targets.size(); ++t) {
                if (wanted(targets[t])) {
                    plan.actions.push_back({kind, u, t});
                }
            }
        };
        const auto always = [](const Target&) { return true; };
        add(ActionKind::set_override, always);
        add(ActionKind::set_d3cold,
            [&plan](const Target&) { return plan.d3cold_allowed.has_value(); });
        add(ActionKind::unbind, [](const Target& target) {
            return !target.driver_before.empty() && target.driver_before != kVfio;
        });
        for (std::size_t f = 0; f < plan.framebuffers.size(); ++f) {
            if (std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
                    return target.address == plan.framebuffers[f].owner;
                })) {
                plan.actions.push_back({ActionKind::release_framebuffer, u, f});
            }
        }
        add(ActionKind::bind, is_not_on_vfio);
        add(ActionKind::verify, always);
    }
}

std::string to_string(const Plan& plan, const Action& action) {
    if (action.kind == ActionKind::load_module) {
        return "load the module vfio-pci";
    }
    if (action.kind == ActionKind::release_framebuffer) {
        const auto& framebuffer = plan.framebuffers[action.target];
        return fmt::format("{}: release the screen {} from {}", to_string(*framebuffer.owner),
                           framebuffer.device, framebuffer.driver);
    }
    const auto& target = plan.units[action.unit].targets[action.target];
    const auto address = to_string(target.address);
    switch (action.kind) {
        case ActionKind::set_override:
            return fmt::format("{}: set driver_override to vfio-pci", address);
        case ActionKind::set_d3cold:
            return fmt::format("{}: set d3cold_allowed to {}", address,
                               plan.d3cold_allowed.value_or(true) ? 1 : 0);
        case ActionKind::unbind:
            return fmt::format("{}: unbind from {}", address, target.driver_before);
        case ActionKind::bind:
            return fmt::format("{}: bind to vfio-pci", address);
        case ActionKind::verify:
        case ActionKind::load_module:
        case ActionKind::release_framebuffer:
            break;
    }
    return fmt::format("{}: check that vfio-pci holds it", address);
}

bool may_unbind(std::string_view driver) {
    return std::find(kUnbindable.begin(), kUnbindable.end(), driver) != kUnbindable.end();
}

Plan make_plan(const Inventory& inventory, const BootTable& table, const TableProfile* profile,
               const std::vector<pci::Framebuffer>& framebuffers, Stage stage) {
    return Planner(inventory, table, profile, framebuffers, stage).run();
}

}  // namespace early_bind
