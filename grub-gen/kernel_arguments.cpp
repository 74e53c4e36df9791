// SPDX-License-Identifier: MIT
#include "grub-gen/kernel_arguments.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

/// The arguments as the kernel reads them.
std::vector<Argument> kernel_view(const std::vector<std::string>& words) {
    std::vector<Argument> arguments;
    for (const auto& word : words) {
        for (auto& argument : parse_command_line(word)) {
            arguments.push_back(std::move(argument));
        }
    }
    return arguments;
}

/// The options of every `key=a,b,c` in order: the kernel acts on each of them.
std::vector<std::string> options_of(const std::vector<Argument>& arguments, std::string_view key) {
    std::vector<std::string> options;
    for (const auto& argument : arguments) {
        if (same_key(argument.key, key) && argument.value) {
            for (const auto option : text::split(*argument.value, ',')) {
                options.emplace_back(option);
            }
        }
    }
    return options;
}

bool contains(const std::vector<std::string>& options, std::string_view option) {
    return std::find(options.begin(), options.end(), option) != options.end();
}

bool switches_intel_on(const std::vector<Argument>& arguments) {
    bool on = false;
    for (const auto& option : options_of(arguments, "intel_iommu")) {
        on = option == "on" || (on && option != "off");
    }
    return on;
}

bool has_key(const std::vector<Argument>& arguments, std::string_view key) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [key](const Argument& argument) { return same_key(argument.key, key); });
}

/// Whether the kernel that runs now switches the IOMMU on for every GPU without being asked.
bool is_on_by_default(const MachineFacts& facts, std::string_view kernel_version) {
    return kernel_version == facts.kernel_release && facts.iommu_groups > 0 &&
           facts.all_gpus_grouped &&
           !has_key(parse_command_line(facts.command_line), "intel_iommu");
}

std::string switched_off(std::string_view argument) {
    return fmt::format(
        "the kernel arguments of the stock entries have {}, which nothing can take back: no GPU "
        "goes to a VM before it is taken out of the boot loader's configuration",
        argument);
}

}  // namespace

IommuArguments iommu_arguments(const MachineFacts& facts, std::string_view kernel_version,
                               const std::vector<std::string>& stock_arguments) {
    const auto stock = kernel_view(stock_arguments);
    if ((facts.dmar || facts.ivrs) && contains(options_of(stock, "iommu"), "off")) {
        return {{}, switched_off("iommu=off")};
    }
    if (facts.dmar) {
        const bool needed = !switches_intel_on(stock) && !is_on_by_default(facts, kernel_version);
        return {needed ? std::vector<std::string>{"intel_iommu=on"} : std::vector<std::string>{},
                {}};
    }
    if (facts.ivrs && contains(options_of(stock, "amd_iommu"), "off")) {
        return {{}, switched_off("amd_iommu=off")};
    }
    if (!facts.ivrs && facts.iommu_groups == 0) {
        return {{},
                "the firmware reports no IOMMU: switch VT-d (Intel) or the IOMMU (AMD) on in the "
                "firmware's set-up"};
    }
    return {};
}

std::vector<std::string> entry_arguments(std::string_view profile, std::string_view revision,
                                         const std::vector<std::string>& iommu,
                                         const std::vector<std::string>& own) {
    std::vector<std::string> arguments = {fmt::format("early-bind.profile={}", profile),
                                          fmt::format("early-bind.rev={}", revision)};
    arguments.insert(arguments.end(), iommu.begin(), iommu.end());
    arguments.insert(arguments.end(), own.begin(), own.end());
    return arguments;
}

std::string argument_mistake(std::string_view argument) {
    if (argument.empty()) {
        return "it is empty";
    }
    for (const char c : argument) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ') {
            return "it has a blank; give each argument on its own";
        }
        if (byte < 0x20 || byte >= 0x7f) {
            return "it has a character that is not printable ASCII";
        }
        if (c == '\\' || c == '\'' || c == '"') {
            return fmt::format("it has a {}, which GRUB does not hand to the kernel as it is", c);
        }
    }
    if (argument == "--") {
        return "it ends the kernel's arguments";
    }
    const auto parsed = parse_command_line(argument);
    if (has_key(parsed, "early-bind.profile") || has_key(parsed, "early-bind.rev")) {
        return "every entry has its own";
    }
    return {};
}

}  // namespace early_bind
