// SPDX-License-Identifier: MIT
#include "core/plan/reason.hpp"

#include <algorithm>
#include <array>

namespace early_bind {
namespace {

constexpr std::string_view kApply = "run `grub-gen apply` in the running system";

constexpr std::array kCodes = {
    CodeInfo{Code::ok, "ok", Weight::note, "nothing to do"},
    CodeInfo{Code::moved, "moved", Weight::note,
             "run `grub-gen apply` to record where the device is now"},
    CodeInfo{Code::missing, "missing", Weight::warning,
             "put the device back, or run `grub-gen apply` to forget it"},
    CodeInfo{Code::ambiguous, "ambiguous", Weight::warning,
             "run `grub-gen apply` so that each of the equal devices is known by its place"},
    CodeInfo{Code::companion_missing, "companion-missing", Weight::note,
             "run `grub-gen apply` to record the card as it is now"},
    CodeInfo{Code::kept_missing, "kept-missing", Weight::refusal,
             "put the card back, or run `grub-gen apply` to make the menu fit the machine"},
    CodeInfo{Code::kept_in_closure, "kept-in-closure", Weight::refusal,
             "move one of the cards to a slot with an IOMMU group of its own"},
    CodeInfo{Code::no_group, "no-group", Weight::warning,
             "boot the entry: the groups are known once its IOMMU argument took effect"},
    CodeInfo{Code::iommu_off, "iommu-off", Weight::refusal,
             "switch VT-d or AMD-Vi on in the firmware setup, and on Intel boot with "
             "intel_iommu=on"},
    CodeInfo{Code::foreign_in_closure, "foreign-in-closure", Weight::refusal,
             "move the card to another slot, so that its IOMMU group is its own"},
    CodeInfo{Code::storage_guard, "storage-guard", Weight::refusal,
             "move the card to another slot: storage is never passed because of its group"},
    CodeInfo{Code::file_system_guard, "file-system-guard", Weight::refusal,
             "move the card or the disk to another slot"},
    CodeInfo{Code::too_late, "too-late", Weight::refusal,
             "take the driver out of the kernel image and the early modules, then run "
             "`grub-gen apply`, which rebuilds every initramfs"},
    CodeInfo{Code::off, "off", Weight::note, "boot without early-bind.off to use the profile"},
    CodeInfo{Code::dry_run, "dry-run", Weight::note,
             "boot without early-bind.dry-run to use the profile"},
    CodeInfo{Code::token_invalid, "token-invalid", Weight::refusal,
             "choose an entry of the boot menu, or correct the name after early-bind.profile="},
    CodeInfo{Code::token_unknown, "token-unknown", Weight::warning,
             "correct the spelling; `man early-bind` lists the kernel arguments"},
    CodeInfo{Code::token_repeated, "token-repeated", Weight::warning,
             "see that only one place gives the argument: the entry, and not /etc/default/grub"},
    CodeInfo{Code::keep_invalid, "keep-invalid", Weight::refusal,
             "correct the word after early-bind.keep=, or take it out"},
    CodeInfo{Code::profile_unknown, "profile-unknown", Weight::refusal, kApply},
    CodeInfo{Code::table_missing, "table-missing", Weight::refusal, kApply},
    CodeInfo{Code::table_damaged, "table-damaged", Weight::refusal, kApply},
    CodeInfo{Code::revision_mismatch, "revision-mismatch", Weight::warning, kApply},
    CodeInfo{Code::inventory_failed, "inventory-failed", Weight::refusal,
             "see that /sys is mounted before early-bind runs"},
    CodeInfo{Code::deferred, "deferred", Weight::warning,
             "the running system loads vfio-pci; if not, `modprobe vfio-pci`"},
    CodeInfo{Code::module_failed, "module-failed", Weight::warning,
             "look for vfio-pci in the kernel log and in /etc/modprobe.d"},
    CodeInfo{Code::override_failed, "override-failed", Weight::warning,
             "look for the device in the kernel log"},
    CodeInfo{Code::d3cold_failed, "d3cold-failed", Weight::warning,
             "take d3cold_allowed out of the profile if the card does well without it"},
    CodeInfo{Code::unbind_failed, "unbind-failed", Weight::warning,
             "look for the device in the kernel log"},
    CodeInfo{Code::framebuffer_kept, "framebuffer-kept", Weight::note,
             "take framebuffer = \"keep\" out of the configuration to have it released"},
    CodeInfo{Code::framebuffer_released, "framebuffer-released", Weight::note,
             "nothing to do: the screen of a passed card is dark until a VM uses it"},
    CodeInfo{Code::framebuffer_failed, "framebuffer-failed", Weight::warning,
             "look for BAR and BOOTFB in the kernel log when a VM uses the card"},
    CodeInfo{Code::bind_failed, "bind-failed", Weight::warning,
             "look for the device and vfio-pci in the kernel log"},
    CodeInfo{Code::bound_nothing, "bound-nothing", Weight::warning,
             "look for the device and vfio-pci in the kernel log"},
    CodeInfo{Code::group_undone, "group-undone", Weight::note,
             "see the device of this group that failed"},
    CodeInfo{Code::deadline, "deadline", Weight::warning,
             "look for a hung task in the kernel log; the stock entry boots without early-bind"},
    CodeInfo{Code::not_run, "not-run", Weight::warning,
             "run `grub-gen apply` to rebuild the initramfs, then boot the entry again"},
    CodeInfo{Code::late, "late", Weight::note,
             "run `grub-gen doctor`, which says why the initramfs did not run early-bind"},
    CodeInfo{Code::lost_since, "lost-since", Weight::warning,
             "find out what unbound it; the next boot of the entry binds it again"},
    CodeInfo{
        Code::hugepages_short, "hugepages-short", Weight::warning,
        "ask for less memory, or for pages of 2M: early in the boot memory is in fewer pieces"},
    CodeInfo{Code::cpus_not_isolated, "cpus-not-isolated", Weight::warning,
             "look for isolcpus in the kernel log"},
    CodeInfo{Code::zram_short, "zram-short", Weight::warning,
             "look at `systemctl status 'systemd-zram-setup@zram0' early-bind-zram`"},
    CodeInfo{Code::trial_failed, "trial-failed", Weight::warning,
             "look at that boot's log with `journalctl -b -1`; `grub-gen boot-once` tries again"},
    CodeInfo{Code::in_use, "in-use", Weight::refusal,
             "end what uses the device; where that is the desktop, --stop-display-manager does it"},
    CodeInfo{Code::host_only, "host-only", Weight::refusal,
             "take the GPU out of `host_only` in the configuration; a management GPU always stays"},
    CodeInfo{Code::last_gpu, "last-gpu", Weight::refusal,
             "add --headless if the host shall be left without a display"},
    CodeInfo{Code::needs_boot, "needs-boot", Weight::refusal,
             "run `grub-gen boot-once` for the profile, or add --devices-only to go without these"},
    CodeInfo{Code::not_passed, "not-passed", Weight::note, "nothing to do"},
    CodeInfo{Code::changed, "changed", Weight::note, "reboot for the layout of the menu"},
    CodeInfo{Code::release_failed, "release-failed", Weight::warning,
             "look into the kernel log; a reboot gives the device back in any case"},
    CodeInfo{Code::other_driver, "other-driver", Weight::warning,
             "load the driver that the device had, and look into modprobe.d for what keeps it out"},
    CodeInfo{Code::internal, "internal", Weight::warning,
             "report this with the file /run/early-bind/report"},
};

static_assert([] {
    for (std::size_t i = 0; i < kCodes.size(); ++i) {
        if (static_cast<std::size_t>(kCodes[i].code) != i) {
            return false;
        }
    }
    return kCodes.size() == static_cast<std::size_t>(Code::internal) + 1;
}());

}  // namespace

const CodeInfo& info(Code code) {
    return kCodes[static_cast<std::size_t>(code)];
}

Code code_of(std::string_view name) {
    const auto found = std::find_if(kCodes.begin(), kCodes.end(),
                                    [name](const CodeInfo& entry) { return entry.name == name; });
    return found == kCodes.end() ? Code::internal : found->code;
}

}  // namespace early_bind
