// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_display.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/text.hpp"
#include "grub-gen/host_files.hpp"

namespace early_bind::doctor {
namespace {

constexpr const char* kFile = "etc/X11/xorg.conf";
constexpr std::array kDirectories = {"etc/X11/xorg.conf.d", "usr/share/X11/xorg.conf.d"};

std::optional<unsigned> parse_decimal(std::string_view digits, unsigned limit) {
    unsigned value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, value);
    return code == std::errc{} && stop == end && value <= limit ? std::optional<unsigned>(value)
                                                                : std::nullopt;
}

/// "PCI:11@0:0:0", in any case; the letters PCI and the function may be missing.
std::optional<pci::Address> parse_bus_id(std::string_view text) {
    constexpr std::string_view kPci = "pci:";
    if (text::lower_case(text).starts_with(kPci)) {
        text.remove_prefix(kPci.size());
    }
    const auto pieces = text::split(text, ':');
    if (pieces.size() < 2 || pieces.size() > 3) {
        return std::nullopt;
    }
    const auto at = pieces[0].find('@');
    const auto domain = at == std::string_view::npos
                            ? std::optional<unsigned>(0)
                            : parse_decimal(pieces[0].substr(at + 1), 0xffffffff);
    const auto bus = parse_decimal(pieces[0].substr(0, at), 0xff);
    const auto device = parse_decimal(pieces[1], 0x1f);
    const auto function =
        pieces.size() == 3 ? parse_decimal(pieces[2], 7) : std::optional<unsigned>(0);
    if (!domain || !bus || !device || !function) {
        return std::nullopt;
    }
    return pci::Address{*domain, static_cast<std::uint8_t>(*bus),
                        static_cast<std::uint8_t>(*device), static_cast<std::uint8_t>(*function)};
}

/// Those that a person wrote: what we write for each boot pins the X server to the right one.
std::vector<std::string> configuration_files(const sysfs::Root& root) {
    std::vector<std::string> files = {kFile};
    for (const char* directory : kDirectories) {
        for (const auto& name : root.list(directory).value_or(std::vector<std::string>())) {
            auto path = fmt::format("{}/{}", directory, name);
            if (name.ends_with(".conf") && path != host_files::kXorgLink) {
                files.push_back(std::move(path));
            }
        }
    }
    return files;
}

/// The names of the profiles with an entry that pass the GPU with this function.
std::vector<std::string> passing_profiles(const Machine& machine, const pci::Address& address) {
    std::vector<std::string> names;
    for (const auto& profile : machine.profiles) {
        if (has_entry(profile.status) &&
            std::find(profile.bind.begin(), profile.bind.end(), address) != profile.bind.end()) {
            names.push_back(profile.name);
        }
    }
    return names;
}

}  // namespace

std::vector<pci::Address> pinned_devices(std::string_view configuration) {
    std::vector<pci::Address> devices;
    for (const auto line : text::split(configuration, '\n')) {
        const auto option = text::trim(line.substr(0, line.find('#')));
        const auto begin = option.find('"');
        const auto end = option.find('"', begin + 1);
        if (!text::lower_case(option).starts_with("busid") || end == std::string_view::npos) {
            continue;
        }
        if (const auto address = parse_bus_id(option.substr(begin + 1, end - begin - 1))) {
            devices.push_back(*address);
        }
    }
    return devices;
}

Findings check_display(const Subject& subject) {
    if (!subject.machine) {
        return {};
    }
    Findings findings;
    for (const auto& file : configuration_files(subject.root)) {
        for (const auto& address : pinned_devices(subject.root.read(file).value_or(""))) {
            const auto profiles = passing_profiles(*subject.machine, address);
            if (!profiles.empty()) {
                findings.push_back(
                    {Code::display_pinned,
                     fmt::format("{} pins the X server to {}, which goes to VMs with {}",
                                 subject.root.outside_path(file), to_string(address),
                                 text::join_words(profiles))});
            }
        }
    }
    if (findings.empty()) {
        findings.push_back({Code::display_ok, "no X server is pinned to a GPU that may be passed"});
    }
    return findings;
}

}  // namespace early_bind::doctor
