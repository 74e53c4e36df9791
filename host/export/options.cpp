// SPDX-License-Identifier: MIT
#include "host/export/options.hpp"

#include <fmt/core.h>

#include <utility>

#include "core/text.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/resources.hpp"

namespace early_bind {
namespace {

std::string in_quotes(std::string_view text) {
    return fmt::format("`{}`", text::printable(text.substr(0, 80)));
}

/// SELECTOR=FILE; a file's name may have more of the sign.
Result<std::pair<std::string, std::string>> read_rom(const std::string& text) {
    const auto sign = text.find('=');
    const auto selector = text::trim(std::string_view(text).substr(0, sign));
    if (sign == std::string::npos || selector.empty() || !is_rom_path(text.substr(sign + 1))) {
        return fail(
            fmt::format("--rom takes a device and a whole path, such as "
                        "01:00.0=/usr/share/vgabios/card.rom, and not {}",
                        in_quotes(text)));
    }
    return std::pair(std::string(selector), text.substr(sign + 1));
}

}  // namespace

void add_export_options(CLI::App& words, ExportOptions& options) {
    words
        .add_option("--profile", options.profile,
                    "what this profile passes; else what is on vfio-pci now")
        ->type_name("NAME");
    words
        .add_option("--device", options.devices,
                    "only this card, as often as wanted: an address, a slot, a location, "
                    "vendor:device, group:SELECTOR, gpu:WORDS or a regular expression")
        ->type_name("SELECTOR")
        ->allow_extra_args(false);
    words
        .add_option("--rom", options.roms,
                    "a ROM file for a card whose own cannot be read in the VM, as the boot "
                    "display's; [rom] of the configuration says it for good")
        ->type_name("SELECTOR=FILE")
        ->allow_extra_args(false);
    words
        .add_option("--memory", options.memory,
                    "how much memory, such as 8G, instead of all that the profile sets aside")
        ->type_name("SIZE");
    words
        .add_option("--cpus", options.cpus,
                    "the CPUs that vCPUs are pinned to, such as 4-7, instead of the profile's")
        ->type_name("LIST");
    words.add_option("--vcpus", options.vcpus, "how many vCPUs, at most one for each of the CPUs")
        ->type_name("NUMBER")
        ->check(CLI::Range(1U, 4096U));
    words.add_flag("--hide-kvm", options.hide_kvm,
                   "the guest's CPU does not say KVM: for drivers that refuse to work in a VM "
                   "(NVIDIA's before 465)");
    words
        .add_option("--vendor-id", options.vendor_id,
                    "another vendor of the hypervisor, up to 12 letters and digits: for drivers "
                    "that refuse Hyper-V's (NVIDIA's \"error 43\" before 465, some of AMD's)")
        ->type_name("ID");
    words
        .add_option("--looking-glass", options.looking_glass,
                    "shared memory through which Looking Glass shows the guest's screen in a "
                    "window: MiB, or the largest picture, such as 2560x1440")
        ->type_name("SIZE");
    words.add_flag("--scream", options.scream,
                   "shared memory through which Scream brings the guest's sound without the "
                   "delays of an emulated card");
}

Result<ExportRequest> read_request(const ExportOptions& options) {
    ExportRequest request;
    request.profile = options.profile;
    request.devices = options.devices;
    request.vcpus = options.vcpus;
    for (const auto& text : options.roms) {
        auto rom = read_rom(text);
        if (!rom) {
            return tl::unexpected(rom.error());
        }
        request.roms.push_back(std::move(*rom));
    }
    if (!options.memory.empty()) {
        request.mebibytes = parse_size(options.memory);
        if (request.mebibytes.value_or(0) == 0) {
            return fail(fmt::format("--memory takes a size, such as 8G or 1536M, and not {}",
                                    in_quotes(options.memory)));
        }
    }
    if (!options.cpus.empty()) {
        request.cpus = parse_cpu_list(options.cpus);
        if (!request.cpus || request.cpus->empty()) {
            return fail(fmt::format("--cpus takes a list of CPUs, such as 4-7,12-15, and not {}",
                                    in_quotes(options.cpus)));
        }
    }
    return request;
}

Result<Tweaks> read_tweaks(const ExportOptions& options) {
    Tweaks tweaks;
    tweaks.hide_kvm = options.hide_kvm;
    tweaks.scream = options.scream;
    tweaks.x_vga = options.x_vga;
    if (!options.vendor_id.empty() && !is_vendor_id(options.vendor_id)) {
        return fail(fmt::format("--vendor-id takes 1 to 12 letters and digits, and not {}",
                                in_quotes(options.vendor_id)));
    }
    tweaks.vendor_id = options.vendor_id;
    if (!options.looking_glass.empty()) {
        const auto size = parse_looking_glass(options.looking_glass);
        if (!size) {
            return fail(
                fmt::format("--looking-glass takes MiB that are a power of two up to 1024, "
                            "or a picture such as 2560x1440, and not {}",
                            in_quotes(options.looking_glass)));
        }
        tweaks.looking_glass = *size;
    }
    return tweaks;
}

}  // namespace early_bind
