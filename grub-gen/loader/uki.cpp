// SPDX-License-Identifier: MIT
#include "grub-gen/loader/uki.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/text.hpp"
#include "grub-gen/loader/loader.hpp"
#include "grub-gen/loader/options_text.hpp"
#include "grub-gen/loader/setting.hpp"
#include "grub-gen/machine_facts.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kProfileSection = ".profile";
constexpr std::string_view kEnd = ".efi";
constexpr std::string_view kIdPrefix = "early-bind-";
constexpr std::size_t kSectionLimit = std::size_t{16} * 1024 * 1024;

/// A file of a root that is read in pieces: an image is too large to be held as a whole.
class File {
  public:
    File(const sysfs::Root& root, const std::string& path) : fd_(root.open_at(path, O_RDONLY)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

    [[nodiscard]] std::uint64_t size() const {
        struct stat status {};
        return ::fstat(fd_, &status) == 0 && status.st_size > 0
                   ? static_cast<std::uint64_t>(status.st_size)
                   : 0;
    }

    /// Fills the buffer as far as the file reaches; how many bytes that were.
    [[nodiscard]] std::size_t read(std::uint64_t offset, char* buffer, std::size_t size) const {
        std::size_t done = 0;
        while (done < size) {
            const auto got =
                ::pread(fd_, buffer + done, size - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got <= 0) {
                break;
            }
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

    [[nodiscard]] std::string read_text(std::uint64_t offset, std::size_t size) const {
        std::string text(size, '\0');
        text.resize(read(offset, text.data(), size));
        return text;
    }

  private:
    int fd_;
};

/// A section's text without what ends it: the stub takes zero bytes and newlines for that.
std::string text_of(const File& file, const PeSection& section) {
    const auto size = std::min<std::uint64_t>(section.size, kSectionLimit);
    auto text = file.read_text(section.offset, static_cast<std::size_t>(size));
    text.resize(std::min(text.size(), text.find('\0')));
    return std::string(text::trim(text));
}

/// Takes the profiles out of the sections: the first one is what boots without a choice.
void read_profiles(const File& file, Uki& uki) {
    std::vector<UkiProfile> profiles;
    for (const auto& section : uki.file.sections) {
        if (section.name == kProfileSection) {
            const auto text = text_of(file, section);
            profiles.push_back({find_setting(text, "ID").value_or(""),
                                find_setting(text, "TITLE").value_or(""),
                                {}});
        } else if (section.name == ".cmdline") {
            (profiles.empty() ? uki.cmdline : profiles.back().cmdline) = text_of(file, section);
        }
    }
    const auto shared = uki.cmdline;
    for (auto& profile : profiles) {
        profile.cmdline = profile.cmdline.empty() ? shared : profile.cmdline;
    }
    if (!profiles.empty()) {
        uki.cmdline = profiles.front().cmdline;
        profiles.erase(profiles.begin());
    }
    uki.profiles = std::move(profiles);
}

}  // namespace

const PeSection* Uki::section(std::string_view name) const {
    for (const auto& section : file.sections) {
        if (section.name == kProfileSection) {
            break;
        }
        if (section.name == name) {
            return &section;
        }
    }
    return nullptr;
}

Result<Uki> read_uki(const sysfs::Root& root, const std::string& path) {
    const auto name = root.outside_path(path);
    const File file(root, path);
    if (!file.is_open()) {
        return fail(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
    }
    auto parsed = parse_pe(file.read_text(0, kPeHeadLimit), file.size());
    if (!parsed) {
        return fail(fmt::format("cannot read {}: {}", name, parsed.error().what));
    }
    Uki uki;
    uki.path = path;
    uki.file = std::move(*parsed);
    if (const auto* section = uki.section(".osrel")) {
        uki.title = find_setting(text_of(file, *section), "PRETTY_NAME").value_or("");
    }
    if (const auto* section = uki.section(".uname")) {
        uki.kernel = text_of(file, *section);
    }
    read_profiles(file, uki);
    return uki;
}

std::optional<std::uint64_t> file_size(const sysfs::Root& root, const std::string& path) {
    const File file(root, path);
    return file.is_open() ? std::optional(file.size()) : std::nullopt;
}

bool same_bytes(const sysfs::Root& root, const std::string& path, std::uint64_t offset,
                const std::string& other_path, std::uint64_t other_offset, std::uint64_t size) {
    constexpr std::size_t kPiece = std::size_t{256} * 1024;
    const File file(root, path);
    const File other(root, other_path);
    if (!file.is_open() || !other.is_open()) {
        return false;
    }
    std::string a(kPiece, '\0');
    std::string b(kPiece, '\0');
    for (std::uint64_t done = 0; done < size; done += kPiece) {
        const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size - done));
        if (file.read(offset + done, a.data(), piece) != piece ||
            other.read(other_offset + done, b.data(), piece) != piece ||
            std::string_view(a).substr(0, piece) != std::string_view(b).substr(0, piece)) {
            return false;
        }
    }
    return true;
}

Result<std::string> read_section(const sysfs::Root& root, const std::string& path,
                                 const PeSection& section) {
    const File file(root, path);
    if (!file.is_open() || section.size > kSectionLimit) {
        return fail(fmt::format("cannot read {} of {}", section.name, root.outside_path(path)));
    }
    return file.read_text(section.offset, static_cast<std::size_t>(section.size));
}

std::string profile_text(const UkiProfile& profile) {
    return fmt::format("ID={}\nTITLE={}", profile.id, text::printable(profile.title));
}

std::string uki_profile_id(std::string_view profile) {
    return fmt::format("{}{}", kIdPrefix, profile);
}

std::string_view profile_of_uki_id(std::string_view id) {
    return id.starts_with(kIdPrefix) ? id.substr(kIdPrefix.size()) : std::string_view();
}

std::string uki_entry_name(std::string_view file, std::string_view profile) {
    return fmt::format("{}@{}", file, uki_profile_id(profile));
}

std::string_view profile_of_uki_entry(std::string_view name) {
    const auto at = name.find('@');
    return at == std::string_view::npos || !name.substr(0, at).ends_with(kEnd)
               ? std::string_view()
               : profile_of_uki_id(name.substr(at + 1));
}

std::string uki_default_pattern(std::string_view name, std::string_view kernel) {
    const auto version = name.find(kernel);
    const auto at = name.find('@');
    if (kernel.empty() || version == std::string_view::npos || at == std::string_view::npos) {
        return std::string(name);
    }
    return fmt::format("{}[0-9]*{}{}", name.substr(0, version), kEnd, name.substr(at));
}

bool is_installed_uki(std::string_view name, std::string_view kernel,
                      const std::vector<std::string>& tokens) {
    if (kernel.empty() || !name.ends_with(kEnd)) {
        return false;
    }
    name.remove_suffix(kEnd.size());
    return std::any_of(tokens.begin(), tokens.end(), [&](const std::string& token) {
        const auto front = fmt::format("{}-{}", token, kernel);
        const auto rest = name.starts_with(front) ? name.substr(front.size()) : "x";
        return rest.empty() || (rest.size() > 1 && rest.front() == '+' &&
                                rest.find_first_not_of("0123456789-", 1) == std::string_view::npos);
    });
}

UkiLayouts make_uki_layouts(const std::vector<Layout>& layouts, std::string_view cmdline) {
    UkiLayouts result;
    for (const auto& layout : layouts) {
        UkiProfile profile{uki_profile_id(layout.profile), layout.title,
                           with_arguments(cmdline, layout.arguments)};
        if (profile.cmdline.size() > kCommandLineLimit) {
            result.warnings.push_back(too_long(layout, profile.cmdline.size()));
        } else {
            result.profiles.push_back(std::move(profile));
        }
    }
    return result;
}

UkiLayouts wanted_uki_layouts(const sysfs::Root& root, const BootTable& table, const Uki& uki) {
    auto set = make_entry_set(table, title_gpus(table, Names(root)), read_machine_facts(root),
                              {{uki.kernel, words_of(uki.cmdline)}});
    auto layouts = make_uki_layouts(set.layouts, uki.cmdline);
    layouts.warnings.insert(layouts.warnings.begin(), set.warnings.begin(), set.warnings.end());
    return layouts;
}

}  // namespace early_bind
