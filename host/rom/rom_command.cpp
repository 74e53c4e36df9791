// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "core/pci/gpu.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/gpu_selector.hpp"
#include "grub-gen/names.hpp"
#include "host/commands.hpp"
#include "host/rom/read_rom.hpp"
#include "host/rom/rom.hpp"

namespace early_bind {
namespace {

constexpr std::size_t kLargestFile = std::size_t{32} * 1024 * 1024;

struct RomWords {
    std::string card;
    std::string file;
    std::string check;
    bool force = false;
};

/// A path as the user writes it, below the root of the running system, and not of --sysroot. Links
/// are followed.
std::string from_root(const std::string& path) {
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(path);
    const auto real = std::filesystem::weakly_canonical(absolute, ignored);
    return (real.empty() ? absolute : real).relative_path().string();
}

/// Why FILE cannot be written, empty when it can.
std::string file_fault(const sysfs::Root& system, const std::string& path, const RomWords& words) {
    std::error_code ignored;
    const std::filesystem::path outside = "/" + path;
    if (system.exists(path) && !std::filesystem::is_regular_file(outside, ignored)) {
        return fmt::format("{} is no file that a ROM could be written to", words.file);
    }
    if (system.exists(path) && !words.force) {
        return fmt::format("{} is there already; name another file, or say --force", words.file);
    }
    if (!std::filesystem::is_directory(outside.parent_path(), ignored)) {
        return fmt::format("there is no directory to write {} into", words.file);
    }
    return {};
}

/// The GPU that the words name.
Result<pci::Function> find_card(const sysfs::Root& root, const std::string& selector) {
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return tl::unexpected(inventory.error());
    }
    warn(inventory->warnings);
    const auto gpus = pci::find_gpus(*inventory);
    const auto gpu = select_gpu(selector, *inventory, gpus, Names(root));
    if (!gpu) {
        return tl::unexpected(gpu.error());
    }
    return *inventory->find((*gpu)->address);
}

std::vector<std::string> about(const std::string& file, const std::vector<std::string>& sentences) {
    std::vector<std::string> out;
    out.reserve(sentences.size());
    for (const auto& sentence : sentences) {
        out.push_back(fmt::format("{}: {}", file, sentence));
    }
    return out;
}

int check(const sysfs::Root& root, const RomWords& words) {
    std::optional<pci::Ids> card;
    if (!words.card.empty()) {
        const auto function = find_card(root, words.card);
        if (!function) {
            return failed(function.error());
        }
        card = function->identity.ids;
    }
    const auto system = sysfs::Root::open("/");
    const auto content = system ? system->read(from_root(words.check), kLargestFile)
                                : tl::unexpected(system.error());
    if (!content) {
        return failed(content.error());
    }
    const auto rom = parse_rom(*content);
    if (!rom) {
        return failed({fmt::format("{}: {}", words.check, rom.error().what)});
    }
    print(fmt::format("{}: {}", words.check, render_rom(*rom)));
    const auto findings = judge_rom(*rom, words.check, card);
    warn(about(words.check, findings.remarks));
    for (const auto& fault : about(words.check, findings.faults)) {
        say(fault);
    }
    return findings.faults.empty() ? kGood : kFailed;
}

/// Why the bytes are not the card's ROM, empty when they are, and warnings.
std::string fault_of(const std::string& content, const RomWords& words, const pci::Function& card) {
    const auto rom = parse_rom(content);
    if (!rom) {
        return rom.error().what;
    }
    print(fmt::format("{}: {}", to_string(card.address), render_rom(*rom)));
    const auto findings = judge_rom(*rom, words.file, card.identity.ids);
    warn(findings.remarks);
    return findings.faults.empty() ? "" : findings.faults.front();
}

int dump(const sysfs::Root& root, const RomWords& words) {
    const auto system = sysfs::Root::open("/");
    if (!system) {
        return failed(system.error());
    }
    const auto path = from_root(words.file);
    if (const auto why = file_fault(*system, path, words); !why.empty()) {
        return failed({why});
    }
    const auto function = find_card(root, words.card);
    if (!function) {
        return failed(function.error());
    }
    const auto card = read_rom_card(root, *function);
    if (const auto why = objection(card, words.force); !why.empty()) {
        return failed({why});
    }
    const auto name = to_string(card.address);
    if (card.shadow) {
        warn({fmt::format(
            "{} is the firmware's display, and what the kernel shows as its ROM is the copy at "
            "0xC0000 that the firmware has changed; the original is to be had in a boot "
            "with another card as the first display",
            name)});
    }
    const auto content = read_rom(root, card);
    warn(left_behind(card, read_rom_card(root, *function)));
    if (!content) {
        return failed({fmt::format("cannot read the ROM of {}: {}", name, content.error().what)});
    }
    const auto fault = fault_of(*content, words, *function);
    if (!fault.empty() && !words.force) {
        return failed({fmt::format(
            "the ROM of {} is not written: {}; --force writes it all the same", name, fault)});
    }
    if (!fault.empty()) {
        warn({fault});
    }
    const auto written = sysfs::replace_file(*system, path, *content);
    if (!written) {
        return failed(written.error());
    }
    print(fmt::format("written to {}\n", words.file));
    return kGood;
}

}  // namespace

Command rom_command(CLI::App& program) {
    auto* commands = program.add_subcommand("rom", "save the ROM of a card, or check a file");
    const auto words = std::make_shared<RomWords>();
    commands->add_option("SLOT", words->card,
                         "the GPU: an address, a location, vendor:device or words of its name");
    commands->add_option("FILE", words->file, "the file to write");
    commands
        ->add_option("--check", words->check,
                     "only judge this file, by itself or as the ROM of SLOT")
        ->type_name("FILE");
    commands->add_flag("--force", words->force,
                       "also under a GPU's driver, over an existing file, and what is no ROM");
    return {
        commands,
        [words](const sysfs::Root& root) -> int {
            if (!words->check.empty()) {
                if (!words->file.empty()) {
                    say("--check takes the place of the FILE to write; see early-bind rom --help");
                    return kUsage;
                }
                return check(root, *words);
            }
            if (words->file.empty() || words->file == "-") {
                say("name a SLOT and the FILE to write; see early-bind rom --help");
                return kUsage;
            }
            return dump(root, *words);
        },
        [words] { return words->check.empty(); }};
}

}  // namespace early_bind
