// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/framebuffer.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/reason.hpp"
#include "core/profile/boot_table.hpp"

namespace early_bind {

/// The driver that holds what is passed.
inline constexpr std::string_view kVfio = "vfio-pci";

/// One function that shall be on vfio-pci.
struct Target {
    pci::Address address;
    pci::Identity identity;
    std::optional<pci::Address> address_then;  ///< when the table was written, if it knows it
    std::string driver_before;                 ///< empty for none
    bool moved = false;                        ///< it is in another place than the table says
};

/// The functions of one IOMMU group. A unit completes as a whole or is undone as a whole.
struct Unit {
    int group = 0;
    std::vector<Target> targets;
};

/// Where a plan is carried out.
enum class Stage {
    initramfs,
    running_system,  ///< nothing is taken from a driver: a card that has one stays with the host
    on_request,      ///< somebody asks for it, and saw to it that nobody uses the devices: they are
                     ///< taken from whatever driver has them
};

enum class ActionKind {
    load_module,          ///< make the driver vfio-pci known to the kernel
    set_override,         ///< driver_override = vfio-pci: no other driver may have the function
    set_d3cold,           ///< d3cold_allowed as the profile says; its failure stops nothing
    unbind,               ///< take it from an allow-listed driver that already holds it
    release_framebuffer,  ///< take the firmware's screen from its driver; its failure stops nothing
    bind,                 ///< give it to vfio-pci
    verify,               ///< read the driver link back
};

/// One step. The dry run prints its sentence, the log shows the same.
struct Action {
    ActionKind kind = ActionKind::verify;
    std::size_t unit = 0;    ///< index into Plan::units; meaningless for load_module
    std::size_t target = 0;  ///< index into Unit::targets; of Plan::framebuffers for a release
};

/// What a profile means on this machine in this boot: what to do, in order, or why nothing is done.
struct Plan {
    std::string profile;       ///< empty when only the static set was asked for
    bool refused = false;      ///< a guard said no: the profile's units are not there
    std::vector<Unit> units;   ///< sorted by the address of the first target
    std::vector<Target> left;  ///< what stays with the host in the running system: a driver has it
    std::vector<Action> actions;
    std::vector<Reason> reasons;
    std::vector<pci::Framebuffer> framebuffers;  ///< those to release
    std::optional<bool> d3cold_allowed;          ///< what set_d3cold writes
    std::vector<std::string> keep;               ///< GPUs that stay with the host, "NAME (ADDRESS)"
    std::vector<std::string> pass;               ///< GPUs that go to vfio-pci

    [[nodiscard]] std::size_t target_count() const;
};

/// "0000:01:00.0: set driver_override to vfio-pci".
[[nodiscard]] std::string to_string(const Plan& plan, const Action& action);

/// Whether early-bind may take a function from this driver. GPU drivers are not among them: their
/// unbind can hang in the kernel.
[[nodiscard]] bool may_unbind(std::string_view driver);

/// Decides. `profile` is the table's profile to carry out, null for the static set alone. All
/// guards are applied here: a plan whose `refused` is set has no unit for the profile. Of the
/// firmware's framebuffers, those whose owner goes to vfio-pci are released. In the running system
/// a card of whose functions, or of whose groups, one has a driver is left to the host, and the
/// rest of the profile goes on. Pure: same input, same plan.
[[nodiscard]] Plan make_plan(const pci::Inventory& inventory, const BootTable& table,
                             const TableProfile* profile,
                             const std::vector<pci::Framebuffer>& framebuffers = {},
                             Stage stage = Stage::initramfs);

/// Fills in the actions that the plan's units, framebuffers and d3cold_allowed mean.
void add_actions(Plan& plan);

}  // namespace early_bind
