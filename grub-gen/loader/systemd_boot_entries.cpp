// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_entries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/loader/options_text.hpp"
#include "grub-gen/loader/systemd_boot_order.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kSeparator = "--";
constexpr std::string_view kConf = ".conf";
constexpr std::string_view kKernelFile = "vmlinuz-";

/// The kernel's name with nothing in it that a file's name may not have (systemd, bootspec.c,
/// efi_loader_entry_name_valid()) or that would count boots.
std::string file_label(std::string_view kernel) {
    std::string label(kernel);
    std::replace_if(
        label.begin(), label.end(),
        [](char c) { return !text::is_letter(c) && !text::is_digit(c) && c != '-' && c != '.'; },
        '_');
    return label;
}

std::string front_of(std::string_view profile) {
    return fmt::format("{}{}{}", kEntryPrefix, profile, kSeparator);
}

/// The bytes of the command line that the kernel gets: systemd-boot puts the initrd's names before
/// the options, with backslashes for slashes (boot.c, initrd_prepare()).
std::size_t command_line_length(const BlsFile& file) {
    std::size_t length = file.value("options").size();
    for (const auto& initrd : file.values("initrd")) {
        length += std::string_view("initrd= ").size() + initrd.size();
    }
    return length;
}

bool has_initramfs(const BlsFile& file) {
    const auto words = words_of(file.value("options"));
    return file.has("initrd") || std::any_of(words.begin(), words.end(), [](const auto& word) {
               return word.starts_with("initrd=");
           });
}

/// Whether an entry boots another system than the one that is installed here: another machine's, a
/// live system, or one to rescue this one with.
bool is_elsewhere(const BlsFile& file, std::string_view machine_id) {
    const auto other = file.value("machine-id");
    const auto words = words_of(file.value("options"));
    const auto name = text::lower_case(file.id + ' ' + file.value("title"));
    return (!machine_id.empty() && !other.empty() && other != machine_id) ||
           std::any_of(words.begin(), words.end(),
                       [](const auto& w) { return w == "boot=casper" || w == "boot=live"; }) ||
           name.find("rescue") != std::string::npos || name.find("recovery") != std::string::npos;
}

BlsFile make_layout_file(const BlsFile& stock, const Layout& layout, const std::string& sort_key) {
    BlsFile file;
    file.name = entry_file_name(layout.profile, layout.kernel);
    file.id = file.name.substr(0, file.name.size() - kConf.size());
    file.lines.push_back({"title", layout.title});
    if (!sort_key.empty()) {
        file.lines.push_back({"sort-key", sort_key});
    }
    bool has_options = false;
    const auto options = with_arguments(stock.value("options"), layout.arguments);
    for (const auto& line : stock.lines) {
        if (line.key == "options" && !has_options) {
            file.lines.push_back({line.key, options});
            has_options = true;
        } else if (line.key != "options" && line.key != "title" && line.key != "sort-key") {
            file.lines.push_back(line);
        }
    }
    if (!has_options) {
        file.lines.push_back({"options", options});
    }
    return file;
}

/// Whether the separator behind it is the first one, so that the name can be cut again.
bool can_be_cut(std::string_view profile) {
    return fmt::format("{}{}", profile, kSeparator).find(kSeparator) == profile.size();
}

}  // namespace

bool is_our_file(std::string_view name) {
    return name.starts_with(kEntryPrefix) && name.ends_with(kConf);
}

std::string entry_file_name(std::string_view profile, std::string_view kernel) {
    return fmt::format("{}{}{}", front_of(profile), file_label(kernel), kConf);
}

std::string_view profile_of_file(std::string_view name) {
    if (!name.starts_with(kEntryPrefix)) {
        return {};
    }
    name.remove_prefix(std::string_view(kEntryPrefix).size());
    const auto separator = name.find(kSeparator);
    return separator == std::string_view::npos ? std::string_view() : name.substr(0, separator);
}

std::string default_pattern(std::string_view name) {
    const auto front = front_of(profile_of_file(name));
    return name.size() > front.size() && text::is_digit(name[front.size()])
               ? fmt::format("{}[0-9]*{}", front, kConf)
               : std::string(name);
}

std::string kernel_of(const BlsFile& file) {
    if (auto version = file.value("version"); !version.empty()) {
        return version;
    }
    const auto path = file.value("linux");
    const auto name = path.substr(path.find_last_of("/\\") + 1);
    const bool names_kernel = name.starts_with(kKernelFile) && !name.ends_with(".efi");
    return names_kernel ? name.substr(kKernelFile.size()) : file.id;
}

StockFiles choose_stock(std::vector<BlsFile> files, std::string_view machine_id,
                        std::string_view loader_default) {
    StockFiles stock;
    std::erase_if(files, [](const BlsFile& file) { return is_our_file(file.name); });
    stock.sorted = std::all_of(files.begin(), files.end(),
                               [](const BlsFile& file) { return file.has("sort-key"); });
    std::erase_if(files, [machine_id](const BlsFile& file) {
        return !file.has("linux") || is_elsewhere(file, machine_id);
    });
    const auto rank = [loader_default](const BlsFile& file) {
        const bool meant = !file.has("version") && !loader_default.empty() &&
                           (matches_pattern(loader_default, file.name) ||
                            matches_pattern(loader_default, file.id));
        return meant ? 0 : 1;
    };
    std::stable_sort(files.begin(), files.end(), [&rank](const BlsFile& a, const BlsFile& b) {
        return rank(a) != rank(b) ? rank(a) < rank(b) : is_shown_before(a, b);
    });
    std::vector<std::string> known;  // file names of kernels
    for (auto& file : files) {
        const auto kernel = file.value("linux");
        if (std::find(known.begin(), known.end(), kernel) != known.end()) {
            continue;
        }
        known.push_back(kernel);
        if (has_initramfs(file)) {
            stock.files.push_back(std::move(file));
        } else {
            stock.warnings.push_back(
                fmt::format("leaving out the kernel of {}: it has no initramfs that early-bind "
                            "could run in",
                            file.name));
        }
    }
    return stock;
}

LayoutFiles make_layout_files(const StockFiles& stock, const std::vector<Layout>& layouts) {
    LayoutFiles result;
    for (const auto& layout : layouts) {
        if (!can_be_cut(layout.profile)) {
            append_once(result.warnings,
                        fmt::format("leaving out the profile {}: in the name of a file for "
                                    "systemd-boot `{}` ends the profile's; name it otherwise",
                                    layout.profile, kSeparator));
            continue;
        }
        const auto sort_key =
            stock.sorted ? fmt::format("zz-early-bind-{:04}", result.files.size()) : std::string();
        auto file = make_layout_file(stock.files[layout.stock], layout, sort_key);
        const auto length = command_line_length(file);
        if (length > kCommandLineLimit) {
            result.warnings.push_back(too_long(layout, length));
        } else {
            result.files.push_back(std::move(file));
        }
    }
    return result;
}

std::string layout_text(const BlsFile& file) {
    return "# One of the GPU layouts of early-bind. `grub-gen refresh` makes it of the stock "
           "entry.\n" +
           render_bls_file(file);
}

}  // namespace early_bind
