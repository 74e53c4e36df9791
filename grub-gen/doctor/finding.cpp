// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/finding.hpp"

#include <array>
#include <iterator>
#include <utility>

namespace early_bind::doctor {
namespace {

constexpr std::string_view kApply = "run `grub-gen apply`";
constexpr std::string_view kRebuildImages = "run `grub-gen apply`, which rebuilds every initramfs";
constexpr std::string_view kReadWarnings = "run `grub-gen refresh` and read its warnings";
constexpr std::string_view kRefresh = "run `grub-gen refresh`";
constexpr std::string_view kDropArgument =
    "take it out of GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub, then "
    "run `update-grub` or `grub2-mkconfig`; with systemd-boot out of /etc/kernel/cmdline, then run "
    "`kernel-install add-all`";

constexpr std::array kCodes = {
    CodeInfo{Code::machine_unreadable, "machine-unreadable", Weight::problem,
             "nothing can be said about GPUs that cannot be listed",
             "see that /sys is mounted and that --sysroot names the root of a Linux system"},
    CodeInfo{Code::config_broken, "config-broken", Weight::problem,
             "grub-gen does nothing with a configuration that it does not understand",
             "correct the file, then run `grub-gen apply`"},
    CodeInfo{Code::config_ok, "config-ok", Weight::ok, {}, {}},
    CodeInfo{Code::scan_warning, "scan-warning", Weight::warning,
             "what is not known about the machine may make a layout worse than it looks",
             "look for the object of the sentence; `grub-gen scan` shows what is known"},
    CodeInfo{Code::cpu_no_virtualization, "cpu-no-virtualization", Weight::problem,
             "without it the processor runs no VM at a usable speed",
             "switch VT-x (Intel) or SVM (AMD) on in the firmware's set-up"},
    CodeInfo{Code::cpu_ok, "cpu-ok", Weight::ok, {}, {}},
    CodeInfo{Code::firmware_no_iommu, "firmware-no-iommu", Weight::problem,
             "without an IOMMU no device can be given to a VM",
             "switch VT-d (Intel) or the IOMMU (AMD) on in the firmware's set-up"},
    CodeInfo{Code::firmware_ok, "firmware-ok", Weight::ok, {}, {}},
    CodeInfo{Code::iommu_switched_off, "iommu-switched-off", Weight::problem,
             "nothing that a layout adds can take this argument back, so every layout is refused",
             kDropArgument},
    CodeInfo{Code::iommu_off, "iommu-off", Weight::problem,
             "at boot a layout is refused while the IOMMU is off",
             "run `grub-gen apply` and boot a layout; if the IOMMU stays off, look for DMAR or "
             "AMD-Vi in the kernel log"},
    CodeInfo{Code::iommu_off_now, "iommu-off-now", Weight::note,
             "groups are known only while the IOMMU is on, so the boot of a layout will judge them",
             "boot a layout, then run `grub-gen doctor` again"},
    CodeInfo{Code::iommu_ok, "iommu-ok", Weight::ok, {}, {}},
    CodeInfo{Code::no_gpu, "no-gpu", Weight::problem,
             "a layout passes at least one GPU that is no management display and not host-only",
             "run `grub-gen scan` to see the GPUs and their roles"},
    CodeInfo{Code::gpu_no_group, "gpu-no-group", Weight::warning,
             "the kernel gives no GPU to a VM that is in no IOMMU group",
             "look for an update of the firmware, and for DMAR or AMD-Vi in the kernel log"},
    CodeInfo{Code::gpu_no_group_now, "gpu-no-group-now", Weight::note,
             "the IOMMU argument of the layouts brings the missing groups, and the boot judges "
             "them",
             "boot a layout, then run `grub-gen doctor` again"},
    CodeInfo{Code::groups_ok, "groups-ok", Weight::ok, {}, {}},
    CodeInfo{Code::no_usable_profile, "no-usable-profile", Weight::problem,
             "only profiles that can work get an entry in the boot menu",
             "move a card to another slot, so that its IOMMU group is its own"},
    CodeInfo{Code::profile_impossible, "profile-impossible", Weight::note,
             "a profile that would take the GPU that it keeps gets no menu entry",
             "move one of the cards to a slot with an IOMMU group of its own"},
    CodeInfo{Code::profile_unsafe, "profile-unsafe", Weight::note,
             "a profile that would take other devices from the host gets no menu entry",
             "move the card to another slot, so that its IOMMU group is its own"},
    CodeInfo{Code::profiles_ok, "profiles-ok", Weight::ok, {}, {}},
    CodeInfo{Code::disk_in_closure, "disk-in-closure", Weight::warning,
             "who passes the whole group by other means takes the file system from the host",
             "move the card or the disk to another slot"},
    CodeInfo{Code::disk_ok, "disk-ok", Weight::ok, {}, {}},
    CodeInfo{Code::nothing_applied, "nothing-applied", Weight::warning,
             "until then the boot menu has no GPU layouts", kApply},
    CodeInfo{Code::table_damaged, "table-damaged", Weight::problem,
             "the boot refuses every layout when it cannot read the table", kApply},
    CodeInfo{Code::table_stale, "table-stale", Weight::warning,
             "the boot goes by the machine and the configuration as they were at the last apply",
             "run `grub-gen apply`; `grub-gen apply --dry-run` shows the difference"},
    CodeInfo{Code::table_ok, "table-ok", Weight::ok, {}, {}},
    CodeInfo{Code::no_kernels, "no-kernels", Weight::warning,
             "initramfs images and menu entries belong to kernels, so there is nothing to compare",
             "see that /boot is mounted"},
    CodeInfo{Code::modules_missing, "modules-missing", Weight::problem,
             "a kernel without its modules loads no vfio-pci, and hardly boots",
             "install the package of this kernel again, or remove the kernel"},
    CodeInfo{Code::vfio_missing, "vfio-missing", Weight::problem,
             "with this kernel no GPU can go to a VM",
             "install the package with all modules of this kernel (Ubuntu: linux-modules-extra), "
             "or boot another kernel"},
    CodeInfo{Code::modules_ok, "modules-ok", Weight::ok, {}, {}},
    CodeInfo{Code::program_missing, "program-missing", Weight::problem,
             "the initramfs gets this program, and without it the layouts do nothing",
             "install the package early-bind again"},
    CodeInfo{Code::no_initramfs_hook, "no-initramfs-hook", Weight::note,
             "early-bind-late.service binds only what has no driver when the running system starts",
             "keep the GPU drivers out of the initramfs, or let initramfs-tools, dracut or "
             "mkinitcpio make it; INITRAMFS.md says more"},
    CodeInfo{Code::image_missing, "image-missing", Weight::problem,
             "without an initramfs early-bind cannot run ahead of the GPU drivers", kRebuildImages},
    CodeInfo{Code::image_unreadable, "image-unreadable", Weight::warning,
             "whether this kernel's layouts work cannot be told",
             "run `grub-gen doctor` as root, and install the program that the sentence names; else "
             "run `grub-gen apply`, which rebuilds every initramfs"},
    CodeInfo{Code::image_no_table, "image-no-table", Weight::problem,
             "with this kernel every layout is refused", kRebuildImages},
    CodeInfo{Code::image_stale_table, "image-stale-table", Weight::problem,
             "with this kernel the boot goes by what the machine was at an earlier apply",
             kRebuildImages},
    CodeInfo{Code::image_no_program, "image-no-program", Weight::problem,
             "with this kernel the layouts do nothing", kRebuildImages},
    CodeInfo{Code::image_stale_program, "image-stale-program", Weight::warning,
             "with this kernel another version of early-bind runs than the one that is installed",
             kRebuildImages},
    CodeInfo{
        Code::image_late, "image-late", Weight::problem,
        "udev loads the GPU drivers, and those keep the cards that a layout wants",
        "look for scripts in /etc/initramfs-tools/scripts/init-top, or for a list of modules in "
        "/etc/dracut.conf.d, then run `grub-gen apply`"},
    CodeInfo{Code::image_no_vfio, "image-no-vfio", Weight::note,
             "the overrides keep other drivers off, and the running system loads vfio-pci later",
             kRebuildImages},
    CodeInfo{Code::images_ok, "images-ok", Weight::ok, {}, {}},
    CodeInfo{Code::generator_missing, "generator-missing", Weight::problem,
             "update-grub makes the layouts' entries by running this file",
             "make it executable with `chmod +x`, or install the package early-bind again with "
             "`apt install --reinstall -o Dpkg::Options::=--force-confmiss`"},
    CodeInfo{Code::menu_missing, "menu-missing", Weight::problem,
             "the layouts are entries of GRUB's menu",
             "run `update-grub`, or `grub2-mkconfig -o` with the name of that file"},
    CodeInfo{Code::menu_no_layouts, "menu-no-layouts", Weight::problem,
             "what is not in the menu cannot be booted", kReadWarnings},
    CodeInfo{Code::menu_stale, "menu-stale", Weight::problem,
             "such an entry may name a profile that the boot does not know any more", kRefresh},
    CodeInfo{Code::menu_entry_missing, "menu-entry-missing", Weight::problem,
             "what is not in the menu cannot be booted", kReadWarnings},
    CodeInfo{Code::menu_entry_unknown, "menu-entry-unknown", Weight::warning,
             "such an entry does not boot, or boots without a layout", kRefresh},
    CodeInfo{Code::menu_ok, "menu-ok", Weight::ok, {}, {}},
    CodeInfo{Code::uki_no_layouts, "uki-no-layouts", Weight::problem,
             "the command line is a part of a unified kernel image, and so its layouts are, as "
             "profiles",
             "install ukify of systemd 257 or newer (Debian: systemd-ukify), then run `grub-gen "
             "apply`; or set `layout=bls` in /etc/kernel/install.conf and install the kernel anew"},
    CodeInfo{Code::uki_unreadable, "uki-unreadable", Weight::warning,
             "whether this file has GPU layouts cannot be told",
             "run `grub-gen doctor` as root; remove the file if it boots nothing"},
    CodeInfo{Code::uki_stale, "uki-stale", Weight::problem,
             "the image boots with its own initramfs, whatever is in /boot", kRefresh},
    CodeInfo{Code::uki_ok, "uki-ok", Weight::ok, {}, {}},
    CodeInfo{Code::token_leaked, "token-leaked", Weight::problem,
             "the stock entries are the way back, and must boot without a layout", kDropArgument},
    CodeInfo{Code::stock_entries_ok, "stock-entries-ok", Weight::ok, {}, {}},
    CodeInfo{Code::menu_hidden, "menu-hidden", Weight::warning,
             "a layout is picked in the menu, and there is no time to do so",
             "set GRUB_TIMEOUT=5 and GRUB_TIMEOUT_STYLE=menu in /etc/default/grub, then run "
             "`update-grub` or `grub2-mkconfig`; with systemd-boot run `bootctl set-timeout 5`"},
    CodeInfo{Code::menu_visible, "menu-visible", Weight::ok, {}, {}},
    CodeInfo{Code::grubenv_missing, "grubenv-missing", Weight::note,
             "GRUB keeps there which entry to boot once or by default",
             "run `grub-editenv - create` (Fedora, openSUSE: `grub2-editenv`)"},
    CodeInfo{Code::grubenv_unwritable, "grubenv-unwritable", Weight::note,
             "a choice for one boot would stay for all boots, since GRUB cannot clear it",
             "pick layouts in the menu, or move /boot to a plain partition with ext4"},
    CodeInfo{Code::grubenv_ok, "grubenv-ok", Weight::ok, {}, {}},
    CodeInfo{Code::secure_boot, "secure-boot", Weight::note,
             "only signed kernels and modules load; those of the distribution are signed, and the "
             "layouts boot the same files as the stock entries",
             "nothing to do while kernel and modules are the distribution's"},
    CodeInfo{Code::lockdown, "lockdown", Weight::note,
             "the kernel keeps root from reading its memory; vfio-pci works all the same",
             "nothing to do"},
    CodeInfo{Code::boot_differs, "boot-differs", Weight::warning,
             "a device may be on another driver than the layout says",
             "run `early-bind status`, which names the functions and the next step"},
    CodeInfo{Code::boot_ok, "boot-ok", Weight::ok, {}, {}},
    CodeInfo{Code::hugepages_short, "hugepages-short", Weight::warning,
             "a VM that needs more huge pages than there are does not start",
             "ask for fewer pages in the profile, then run `grub-gen apply` and boot again"},
    CodeInfo{Code::hugepages_ok, "hugepages-ok", Weight::ok, {}, {}},
    CodeInfo{Code::display_pinned, "display-pinned", Weight::warning,
             "in a layout that passes this GPU the display server finds no card and does not start",
             "take the BusID line out of the file, so that the server uses the card that is there"},
    CodeInfo{Code::display_ok, "display-ok", Weight::ok, {}, {}},
    CodeInfo{Code::zram_twice, "zram-twice", Weight::warning,
             "both set a zram device up, and together they may take more memory than there is",
             "run `systemctl disable --now zramswap.service`"},
    CodeInfo{Code::zram_ok, "zram-ok", Weight::ok, {}, {}},
    CodeInfo{Code::earlier_setup, "earlier-setup", Weight::warning,
             "it binds or blocks devices in every boot, whatever entry is chosen",
             "run `grub-gen import`, which shows it and can take it over"},
    CodeInfo{Code::earlier_setup_none, "earlier-setup-none", Weight::ok, {}, {}},
    CodeInfo{Code::skipped, "skipped", Weight::note, "what was not looked at may be wrong",
             "run `grub-gen doctor` as root in the running system"},
};

}  // namespace

std::string_view to_string(Weight weight) {
    switch (weight) {
        case Weight::problem:
            return "problem";
        case Weight::warning:
            return "warning";
        case Weight::note:
            return "note";
        case Weight::ok:
            break;
    }
    return "ok";
}

std::span<const CodeInfo> catalogue() {
    return kCodes;
}

const CodeInfo& info(Code code) {
    return kCodes.at(static_cast<std::size_t>(code));
}

void append(Findings& findings, Findings more) {
    findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
}

}  // namespace early_bind::doctor
