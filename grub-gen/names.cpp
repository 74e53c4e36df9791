// SPDX-License-Identifier: MIT
#include "grub-gen/names.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csetjmp>
#include <string_view>

extern "C" {
#include <pci/pci.h>
}

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::size_t kLongestName = 96;

/// Where distributions keep the database: Debian and Arch, Fedora and SUSE.
constexpr std::array kDatabases = {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"};

/// libpci reports a damaged database through a function that must not return, by default exit().
/// Ours jumps back to the call; libpci has closed the file by then and keeps what it has read.
thread_local std::jmp_buf* library_call = nullptr;

__attribute__((noreturn)) void leave_library(char*, ...) {
    std::longjmp(*library_call, 1);
}

void say_nothing(char*, ...) {}

/// Calls pci_lookup_name() or, with no buffer, pci_load_name_list(). Holds nothing that a jump over
/// it could leak.
const char* call_library(pci_access* access, char* buffer, int size, int flags, int one, int two) {
    std::jmp_buf here;
    library_call = &here;
    if (setjmp(here) != 0) {
        library_call = nullptr;
        return nullptr;
    }
    const char* name = nullptr;
    if (buffer == nullptr) {
        pci_load_name_list(access);
    } else {
        name = pci_lookup_name(access, buffer, size, flags, one, two);
    }
    library_call = nullptr;
    return name;
}

/// Opens the database below another root than the host's; -1 when it has none.
int open_database(const sysfs::Root& root) {
    for (const char* path : kDatabases) {
        const int fd = root.open_at(path, O_RDONLY | O_NONBLOCK);
        struct stat status {};
        if (fd >= 0 && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
            return fd;
        }
        if (fd >= 0) {
            ::close(fd);
        }
    }
    return -1;
}

/// One printable ASCII line of bounded length: the name goes to terminals, serial lines and GRUB's
/// menu, whose built-in font knows no more. A run of other bytes becomes one question mark.
std::string plain(std::string_view text) {
    std::string name;
    bool foreign = false;
    for (const char c : text::printable(text)) {
        const bool ascii = static_cast<unsigned char>(c) < 0x80;
        if (ascii && !(c == ' ' && (name.empty() || name.back() == ' '))) {
            name += c;
        } else if (!ascii && !foreign) {
            name += '?';
        }
        foreign = !ascii;
    }
    if (name.size() > kLongestName) {
        name.resize(kLongestName - 3);
        name += "...";
    }
    return std::string(text::trim(name));
}

/// "Red Hat, Inc." is "Red Hat"; what stands in brackets at the end goes as well.
std::string without_legal_form(std::string_view vendor) {
    constexpr std::array<std::string_view, 15> kForms = {
        "Corporation", "Corp.", "Corp", "Incorporated", "Inc.", "Inc",  "Limited", "Ltd.",
        "Ltd",         "Co.",   "GmbH", "AG",           "LLC",  "B.V.", "S.A."};
    std::string_view name = text::trim(vendor);
    for (;;) {
        const std::size_t before = name.size();
        const auto bracket = name.find_last_of("[(");
        if (bracket != std::string_view::npos && bracket > 0 && !name.empty() &&
            (name.back() == ']' || name.back() == ')')) {
            name = text::trim(name.substr(0, bracket));
        }
        for (const auto form : kForms) {
            const bool last_word =
                name.size() > form.size() && name.ends_with(form) &&
                std::string_view(" ,").find(name[name.size() - form.size() - 1]) !=
                    std::string_view::npos;
            if (last_word) {
                name = text::trim(name.substr(0, name.size() - form.size()));
            }
        }
        while (name.size() > 1 && name.back() == ',') {
            name = text::trim(name.substr(0, name.size() - 1));
        }
        if (name.size() == before) {
            return std::string(name);
        }
    }
}

/// The vendors of nearly all displays, in the word that people use; empty for others.
std::string_view short_vendor(std::uint16_t vendor) {
    switch (vendor) {
        case 0x10de:
            return "NVIDIA";
        case 0x1002:
        case 0x1022:
            return "AMD";
        case 0x8086:
            return "Intel";
        case 0x1a03:
            return "ASPEED";
        case 0x102b:
            return "Matrox";
        default:
            return {};
    }
}

/// What stands in the last square brackets: "TU102 [GeForce RTX 2080 Ti]" is "GeForce RTX 2080 Ti".
std::string_view marketing_name(std::string_view device) {
    const auto end = device.rfind(']');
    const auto begin = end == std::string_view::npos ? end : device.rfind('[', end);
    if (begin == std::string_view::npos) {
        return device;
    }
    const auto inside = text::trim(device.substr(begin + 1, end - begin - 1));
    return inside.empty() ? device : inside;
}

}  // namespace

void Names::Cleanup::operator()(pci_access* access) const {
    pci_cleanup(access);
}

Names::Names(const sysfs::Root& root) : access_(pci_alloc()) {
    access_->error = leave_library;
    access_->warning = say_nothing;
    access_->debug = say_nothing;
    access_->id_lookup_mode = 0;  // no cache of names from the network in the user's home
    const int fd = root.is_live() ? -1 : open_database(root);
    std::string path = fmt::format("/dev/fd/{}", fd);
    if (fd >= 0) {
        pci_set_name_list_path(access_.get(), path.data(), 0);
    }
    call_library(access_.get(), nullptr, 0, 0, 0, 0);
    // libpci tries again at each look-up when the first time brought no name at all.
    static char nothing[] = "/dev/null";
    pci_set_name_list_path(access_.get(), nothing, 0);
    if (fd >= 0) {
        ::close(fd);
    }
}

Names::~Names() = default;

std::string Names::look_up(unsigned flags, unsigned one, unsigned two) const {
    std::array<char, 4096> buffer{};  // the database's lines have at most 1024 bytes
    const char* name = call_library(access_.get(), buffer.data(), static_cast<int>(buffer.size()),
                                    static_cast<int>(flags | PCI_LOOKUP_NO_HWDB),
                                    static_cast<int>(one), static_cast<int>(two));
    return name != nullptr ? name : "";
}

std::string Names::gpu_name(const pci::Ids& ids) const {
    std::string vendor(short_vendor(ids.vendor));
    if (vendor.empty()) {
        vendor = plain(
            without_legal_form(look_up(PCI_LOOKUP_VENDOR | PCI_LOOKUP_NO_NUMBERS, ids.vendor)));
    }
    const std::string device =
        look_up(PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS, ids.vendor, ids.device);
    const std::string name = plain(marketing_name(device));
    if (vendor.empty()) {
        return "device " + vendor_device(ids);
    }
    if (name.empty()) {
        return plain(fmt::format("{} device {:04x}", vendor, ids.device));
    }
    // "ASPEED Graphics Family" has its vendor already.
    return name.starts_with(vendor + " ") ? name : plain(fmt::format("{} {}", vendor, name));
}

bool Names::knows(const pci::Ids& ids) const {
    return !look_up(PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS, ids.vendor, ids.device).empty();
}

std::string Names::function_name(const pci::Ids& ids, pci::ClassCode class_code) const {
    return plain(
        fmt::format("{}: {}", look_up(PCI_LOOKUP_CLASS, class_code.sub()),
                    look_up(PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, ids.vendor, ids.device)));
}

}  // namespace early_bind
