// SPDX-License-Identifier: MIT
#include "host/rom/read_rom.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/sysfs/descriptor.hpp"
#include "core/text.hpp"
#include "early-bind/deadline.hpp"
#include "host/use.hpp"

namespace early_bind {
namespace {

constexpr std::chrono::seconds kReadLimit{30};
constexpr std::chrono::seconds kUndoLimit{5};
constexpr std::size_t kLargest = std::size_t{32} * 1024 * 1024;  // twice what a PCI ROM can be

/// Whether the kernel gives the firmware's copy at 0xC0000 for the ROM (arch/x86/pci/fixup.c,
/// pci_fixup_video()): the seventh line of `resource` has its place.
bool is_shadow(std::string_view resources) {
    constexpr std::size_t kRomLine = 6;
    const auto lines = text::split(resources, '\n');
    return lines.size() > kRomLine && lines[kRomLine].starts_with("0x00000000000c0000 ");
}

/// The processes that have the function through VFIO: "qemu-system-x86 (1234)".
std::vector<std::string> vm_processes(const sysfs::Root& root, const pci::Function& function) {
    std::vector<std::string> found;
    for (const auto& use : find_uses(root, pci::Inventory({function}, 1), {function.address})) {
        if (use.process && use.what.starts_with("/dev/vfio/")) {
            found.push_back(fmt::format("{} ({})", use.who, *use.process));
        }
    }
    return found;
}

bool sleeps(std::string_view power_state) {
    return power_state == "D3hot" || power_state == "D3cold";
}

/// Holds signals back that would end the program.
class HeldSignals {
  public:
    HeldSignals() {
        sigset_t ending;
        ::sigemptyset(&ending);
        for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
            ::sigaddset(&ending, signal);
        }
        ::sigprocmask(SIG_BLOCK, &ending, &before_);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

/// Whether the card answers to reads of its memory, the ROM among it: bit 1 of the command register
/// in the header of its configuration space, which is there without the card's own doing.
bool memory_is_off(const sysfs::Root& root, const std::string& folder) {
    constexpr off_t kCommand = 4;
    const sysfs::Descriptor config(root.open_at(folder + "/config", O_RDONLY));
    unsigned char low = 0;
    return config.get() >= 0 && ::pread(config.get(), &low, 1, kCommand) == 1 && (low & 2U) == 0;
}

Result<std::string> read_attribute(const sysfs::Root& root, const RomCard& card) {
    const auto folder = pci::device_directory(card.address);
    if (!card.shadow && memory_is_off(root, folder)) {
        return fail(
            fmt::format("its memory is off, and only its driver {} could turn it on; `setpci -s {} "
                        "COMMAND=2:2` "
                        "does it by hand",
                        card.driver, to_string(card.address)));
    }
    auto content = root.read(folder + "/rom", kLargest);
    if (!content) {
        return fail(content.error().what + "; the kernel's log (dmesg) says why");
    }
    return content;
}

constexpr char kContent = 'c';
constexpr char kError = 'e';

/// The child's result into the file that it shares with its parent.
void hand_over(int file, const Result<std::string>& result) {
    std::string_view left = result ? *result : std::string_view(result.error().what);
    const char kind = result ? kContent : kError;
    if (::write(file, &kind, 1) != 1) {
        return;
    }
    while (!left.empty()) {
        const ssize_t written = ::write(file, left.data(), left.size());
        if (written <= 0) {
            (void)::ftruncate(file, 0);
            return;
        }
        left.remove_prefix(static_cast<std::size_t>(written));
    }
}

Result<std::string> take_over(int file) {
    std::string all;
    std::array<char, 65536> part{};
    ::lseek(file, 0, SEEK_SET);
    ssize_t count = 0;
    while ((count = ::read(file, part.data(), part.size())) > 0) {
        all.append(part.data(), static_cast<std::size_t>(count));
    }
    if (all.empty()) {
        return fail("the process that read the ROM left nothing");
    }
    const char kind = all.front();
    all.erase(0, 1);
    return kind == kContent ? Result<std::string>(std::move(all)) : fail(std::move(all));
}

}  // namespace

RomCard read_rom_card(const sysfs::Root& root, const pci::Function& function) {
    const auto folder = pci::device_directory(function.address);
    RomCard card;
    card.address = function.address;
    card.driver = function.driver;
    card.has_rom = root.exists(folder + "/rom");
    card.shadow = is_shadow(root.read_attribute(folder + "/resource").value_or(""));
    card.power_control = root.read_trimmed(folder + "/power/control");
    card.power_state = root.read_trimmed(folder + "/power_state");
    card.runtime_status = root.read_trimmed(folder + "/power/runtime_status");
    card.enable = root.read_trimmed(folder + "/enable");
    card.users = vm_processes(root, function);
    return card;
}

std::string objection(const RomCard& card, bool force) {
    const auto name = to_string(card.address);
    if (!card.has_rom) {
        return fmt::format(
            "{} has no ROM that the kernel shows; that of a GPU within the processor is part of "
            "the machine's firmware",
            name);
    }
    if (!card.users.empty()) {
        return fmt::format("{} is in use through VFIO by {}; end the VM first", name,
                           text::join_words(card.users));
    }
    const bool free = card.driver.empty() || card.driver == "vfio-pci" || card.driver == "pci-stub";
    if (!free && !force) {
        return fmt::format(
            "{} is held by the driver {}, which a look at the ROM can disturb; boot a layout that "
            "passes the card, or say --force",
            name, card.driver);
    }
    const bool asleep = sleeps(card.power_state) || card.runtime_status == "suspended";
    if (asleep && card.power_control.empty()) {
        return fmt::format("{} is asleep ({}), and the kernel has no power/control to wake it with",
                           name, card.power_state.empty() ? "suspended" : card.power_state);
    }
    return {};
}

std::vector<RomStep> rom_steps(const RomCard& card) {
    std::vector<RomStep> steps;
    if (card.power_control == "auto") {
        steps.push_back({"power/control", "on\n", "auto\n"});
    }
    if (card.driver.empty() && card.enable == "0" && !card.shadow) {
        steps.push_back({"enable", "1\n", "0\n"});
    }
    steps.push_back({"rom", "1\n", "0\n"});
    return steps;
}

void undo_rom_steps(sysfs::Writer& writer, const pci::Address& address,
                    const std::vector<RomStep>& steps) {
    const auto folder = pci::device_directory(address);
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        // left_behind() tells what did not succeed.
        (void)writer.write(fmt::format("{}/{}", folder, step->attribute), step->undo);
    }
}

Result<std::string> read_with_steps(sysfs::Writer& writer, const RomCard& card,
                                    const std::vector<RomStep>& steps,
                                    const std::function<Result<std::string>()>& read) {
    const auto folder = pci::device_directory(card.address);
    std::vector<RomStep> done;
    const auto undone = [&](Result<std::string> result) {
        undo_rom_steps(writer, card.address, done);
        return result;
    };
    for (const auto& step : steps) {
        const int code = writer.write(fmt::format("{}/{}", folder, step.attribute), step.text);
        if (code != 0) {
            return undone(fail(fmt::format("cannot write to its attribute {}: {}", step.attribute,
                                           std::strerror(code))));
        }
        done.push_back(step);
        const auto state = writer.read(folder + "/power_state");
        if (sleeps(state)) {
            return undone(fail(fmt::format("it does not wake up and is in {} still", state)));
        }
    }
    return undone(read());
}

Result<std::string> read_rom(const sysfs::Root& root, const RomCard& card) {
    const auto steps = rom_steps(card);
    const sysfs::Descriptor file(::memfd_create("early-bind-rom", MFD_CLOEXEC));
    if (file.get() < 0) {
        return fail(fmt::format("cannot get memory for the ROM: {}", std::strerror(errno)));
    }
    const HeldSignals held;
    const auto end = run_with_deadline(
        [&] {
            sysfs::RootWriter writer(root);
            hand_over(file.get(), read_with_steps(writer, card, steps,
                                                  [&] { return read_attribute(root, card); }));
        },
        kReadLimit);
    if (!end) {
        return tl::unexpected(end.error());
    }
    if (*end == ChildEnd::finished) {
        return take_over(file.get());
    }
    // The child cannot clean up any more. Taking back what was not done does no harm.
    const auto cleaned = run_with_deadline(
        [&] {
            sysfs::RootWriter writer(root);
            undo_rom_steps(writer, card.address, steps);
        },
        kUndoLimit);
    const bool clean = cleaned && *cleaned == ChildEnd::finished;
    return fail(fmt::format("the read {}; {}",
                            *end == ChildEnd::timed_out
                                ? fmt::format("did not end within {} seconds", kReadLimit.count())
                                : std::string("ended in a crash"),
                            clean ? "what was changed for it is taken back"
                                  : "what was changed for it could not be taken back, so reboot "
                                    "before the card is used"));
}

std::vector<std::string> left_behind(const RomCard& before, const RomCard& after) {
    std::vector<std::string> sentences;
    const auto compare = [&](const char* attribute, const std::string& was, const std::string& is) {
        if (was != is) {
            sentences.push_back(fmt::format("{} of {} was `{}` and is `{}` now", attribute,
                                            to_string(before.address), was, is));
        }
    };
    compare("power/control", before.power_control, after.power_control);
    compare("enable", before.enable, after.enable);
    return sentences;
}

}  // namespace early_bind
