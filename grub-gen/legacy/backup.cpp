// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/backup.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/sysfs/descriptor.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

using sysfs::Descriptor;

constexpr std::string_view kBackupHeader = "early-bind-import 1";
constexpr const char* kStateFolder = "var/lib/early-bind";

/// Who may do what with a file.
struct Attributes {
    unsigned mode = 0644;
    unsigned uid = 0;
    unsigned gid = 0;
};

/// One line of the index. A sum is nothing where there is no file.
struct Entry {
    std::string path;
    Attributes attributes;  ///< before the change; meaningless when there was no file
    std::optional<std::string> before;
    std::optional<std::string> after;
};

struct Index {
    std::vector<Entry> entries;
    std::vector<std::string> made;  ///< directories that the changes made, the upper ones first
};

tl::unexpected<Error> cannot(const char* what, const sysfs::Root& root, const std::string& path) {
    return fail(
        fmt::format("cannot {} {}: {}", what, root.outside_path(path), std::strerror(errno)));
}

/// CRC-32 and length: enough to see that a file is not the one it was.
std::string sum(std::string_view content) {
    return fmt::format("{:08x}.{}", text::crc32(content), content.size());
}

std::optional<std::string> sum(const std::optional<std::string>& content) {
    return content ? std::optional(sum(std::string_view(*content))) : std::nullopt;
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// Whether there is anything of that name, a dangling link included.
bool is_there(const sysfs::Root& root, const std::string& path) {
    return Descriptor(root.open_at(path, O_PATH | O_NOFOLLOW)).get() >= 0;
}

Result<Attributes> attributes_of(const sysfs::Root& root, const std::string& path) {
    const Descriptor file(root.open_at(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
        return cannot("look at", root, path);
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(fmt::format("{} is no regular file", root.outside_path(path)));
    }
    return Attributes{status.st_mode & 07777U, status.st_uid, status.st_gid};
}

Result<void> set_attributes(const sysfs::Root& root, const std::string& path,
                            const Attributes& attributes) {
    const Descriptor file(root.open_at(path, O_RDONLY | O_NOFOLLOW));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
        return cannot("look at", root, path);
    }
    const bool is_owner = status.st_uid == attributes.uid && status.st_gid == attributes.gid;
    // The owner first: a change of owner may take bits off the mode.
    if ((!is_owner && ::fchown(file.get(), attributes.uid, attributes.gid) != 0) ||
        ::fchmod(file.get(), attributes.mode) != 0) {
        return cannot("set mode and owner of", root, path);
    }
    return {};
}

/// The file's content; nothing when there is none.
Result<std::optional<std::string>> content_of(const sysfs::Root& root, const std::string& path) {
    if (!is_there(root, path)) {
        return std::nullopt;
    }
    auto content = root.read(path);
    if (!content) {
        return tl::unexpected(content.error());
    }
    return std::optional(std::move(*content));
}

Result<void> put(const sysfs::Root& root, const std::string& path,
                 const std::optional<std::string>& content,
                 const std::optional<Attributes>& attributes) {
    if (!content) {
        return sysfs::remove(root, path);
    }
    if (auto done = sysfs::replace_file(root, path, *content); !done) {
        return done;
    }
    return attributes ? set_attributes(root, path, *attributes) : Result<void>();
}

std::string render(const Index& index) {
    std::string text = fmt::format("{}\n", kBackupHeader);
    for (const auto& directory : index.made) {
        text += fmt::format("directory {}\n", directory);
    }
    for (const auto& entry : index.entries) {
        text += fmt::format("file {:04o} {} {} {} {} {}\n", entry.attributes.mode,
                            entry.attributes.uid, entry.attributes.gid, entry.before.value_or("-"),
                            entry.after.value_or("-"), entry.path);
    }
    return text + fmt::format("end {:08x}\n", text::crc32(text));
}

std::optional<unsigned> parse_number(std::string_view text, int base) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, value, base);
    return code == std::errc{} && stop == end && !text.empty() ? std::optional(value)
                                                               : std::nullopt;
}

/// A path that stays below the root and names a file.
bool is_path(std::string_view path) {
    const auto pieces = text::split(path, '/');
    return std::none_of(pieces.begin(), pieces.end(), [](std::string_view piece) {
        return piece.empty() || piece == "." || piece == "..";
    });
}

std::optional<Entry> parse_entry(std::string_view line) {
    std::vector<std::string_view> words;
    for (int i = 0; i < 6; ++i) {
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos) {
            return std::nullopt;
        }
        words.push_back(line.substr(0, blank));
        line.remove_prefix(blank + 1);
    }
    const auto mode = parse_number(words[1], 8);
    const auto uid = parse_number(words[2], 10);
    const auto gid = parse_number(words[3], 10);
    if (words[0] != "file" || !mode || !uid || !gid || !is_path(line)) {
        return std::nullopt;
    }
    const auto optional_sum = [](std::string_view word) {
        return word == "-" ? std::nullopt : std::optional(std::string(word));
    };
    return Entry{
        std::string(line), {*mode, *uid, *gid}, optional_sum(words[4]), optional_sum(words[5])};
}

std::optional<Index> parse_index(std::string_view content) {
    const auto last = content.rfind("end ");
    if (last == std::string_view::npos ||
        content.substr(last) != fmt::format("end {:08x}\n", text::crc32(content.substr(0, last)))) {
        return std::nullopt;
    }
    auto lines = text::split(content.substr(0, last), '\n');
    lines.pop_back();  // what follows the last newline
    if (lines.empty() || lines.front() != kBackupHeader) {
        return std::nullopt;
    }
    Index index;
    constexpr std::string_view kMade = "directory ";
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
        if (line->starts_with(kMade) && is_path(line->substr(kMade.size()))) {
            index.made.emplace_back(line->substr(kMade.size()));
        } else if (auto entry = parse_entry(*line)) {
            index.entries.push_back(std::move(*entry));
        } else {
            return std::nullopt;
        }
    }
    return index;
}

/// The numbers of the backups, sorted.
std::vector<unsigned> backup_numbers(const sysfs::Root& root) {
    std::vector<unsigned> numbers;
    for (const auto& name : root.list(kBackupPath).value_or(std::vector<std::string>())) {
        if (const auto number = parse_number(name, 10)) {
            numbers.push_back(*number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

std::string copy_path(const std::string& directory, const Entry& entry) {
    return fmt::format("{}/files/{}", directory, entry.path);
}

/// Removes the directories above a path up to `top` as far as they are empty.
void remove_empty(const sysfs::Root& root, std::string path, const std::string& top) {
    while (path.size() >= top.size() && sysfs::remove(root, path)) {
        path = parent_of(path);
    }
}

void remove_backup(const sysfs::Root& root, const std::string& directory, const Index& index) {
    // The index first: a backup without one is none, and what is left of it does no harm.
    (void)sysfs::remove(root, directory + "/index");
    for (const auto& entry : index.entries) {
        const std::string copy = copy_path(directory, entry);
        if (entry.before && sysfs::remove(root, copy)) {
            remove_empty(root, parent_of(copy), directory + "/files");
        }
    }
    remove_empty(root, directory, kStateFolder);
}

/// Directories above `path` that are not there, the upper ones first.
std::vector<std::string> missing_directories(const sysfs::Root& root, const std::string& path) {
    std::vector<std::string> missing;
    for (auto parent = parent_of(path); !parent.empty() && !is_there(root, parent);
         parent = parent_of(parent)) {
        missing.insert(missing.begin(), parent);
    }
    return missing;
}

Result<Index> make_index(const sysfs::Root& root, const std::vector<FileChange>& changes) {
    Index index;
    for (const auto& change : changes) {
        if (!is_path(change.path) || change.path.find('\n') != std::string::npos) {
            return fail(fmt::format("{} is no path that can be backed up",
                                    text::printable(root.outside_path(change.path))));
        }
        Entry entry{change.path, {}, sum(change.before), sum(change.after)};
        if (change.before) {
            const auto attributes = attributes_of(root, change.path);
            if (!attributes) {
                return tl::unexpected(attributes.error());
            }
            entry.attributes = *attributes;
        } else {
            const auto missing = missing_directories(root, change.path);
            index.made.insert(index.made.end(), missing.begin(), missing.end());
        }
        const auto now = content_of(root, change.path);
        if (!now) {
            return tl::unexpected(now.error());
        }
        if (*now != change.before) {
            return fail(fmt::format("{} was changed meanwhile; run this again",
                                    root.outside_path(change.path)));
        }
        index.entries.push_back(std::move(entry));
    }
    return index;
}

Result<void> write_backup(const sysfs::Root& root, const std::string& directory,
                          const std::vector<FileChange>& changes, const Index& index) {
    if (auto made = sysfs::make_directories(root, directory); !made) {
        return made;
    }
    // A file that few may read is not to be read here by more.
    const Descriptor top(root.open_at(kBackupPath, O_RDONLY | O_DIRECTORY));
    if (top.get() < 0 || ::fchmod(top.get(), 0700) != 0) {
        return cannot("set the mode of", root, kBackupPath);
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].before) {
            if (auto done = sysfs::replace_file(root, copy_path(directory, index.entries[i]),
                                                *changes[i].before);
                !done) {
                return done;
            }
        }
    }
    return sysfs::replace_file(root, directory + "/index", render(index));
}

/// What undoing means for one file.
struct Restoration {
    const Entry* entry = nullptr;
    bool is_due = true;  ///< false when the file is as it was before
    std::optional<std::string> content;
};

/// Checks that everything can be taken back, and what is to be written for it.
Result<std::vector<Restoration>> plan_undo(const sysfs::Root& root, const std::string& directory,
                                           const Index& index) {
    std::vector<Restoration> plan;
    for (const auto& entry : index.entries) {
        const auto now = content_of(root, entry.path);
        if (!now) {
            return tl::unexpected(now.error());
        }
        const auto now_sum = sum(*now);
        if (now_sum != entry.after && now_sum != entry.before) {
            return fail(fmt::format(
                "{} was changed after the import, so nothing is undone; the file as it was is {}",
                root.outside_path(entry.path),
                entry.before ? root.outside_path(copy_path(directory, entry))
                             : std::string("none: it was not there")));
        }
        Restoration restoration{&entry, now_sum != entry.before, std::nullopt};
        if (entry.before) {
            auto copy = root.read(copy_path(directory, entry));
            if (!copy) {
                return tl::unexpected(copy.error());
            }
            if (sum(std::string_view(*copy)) != *entry.before) {
                return fail(fmt::format("{} is damaged, so nothing is undone",
                                        root.outside_path(copy_path(directory, entry))));
            }
            restoration.content = std::move(*copy);
        }
        plan.push_back(std::move(restoration));
    }
    return plan;
}

Result<void> undo(const sysfs::Root& root, const std::string& directory, const Index& index) {
    const auto plan = plan_undo(root, directory, index);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    for (const auto& [entry, is_due, content] : *plan) {
        auto done = is_due          ? put(root, entry->path, content, entry->attributes)
                    : entry->before ? set_attributes(root, entry->path, entry->attributes)
                                    : Result<void>();
        if (!done) {
            return done;
        }
    }
    for (auto made = index.made.rbegin(); made != index.made.rend(); ++made) {
        (void)sysfs::remove(root, *made);  // what has got other files in it stays
    }
    remove_backup(root, directory, index);
    return {};
}

std::vector<std::string> paths_of(const Index& index) {
    std::vector<std::string> paths;
    for (const auto& entry : index.entries) {
        paths.push_back(entry.path);
    }
    return paths;
}

}  // namespace

Result<Backup> change_files(const sysfs::Root& root, const std::vector<FileChange>& changes) {
    const auto index = make_index(root, changes);
    if (!index) {
        return tl::unexpected(index.error());
    }
    const auto numbers = backup_numbers(root);
    const std::string directory =
        fmt::format("{}/{}", kBackupPath, numbers.empty() ? 1 : numbers.back() + 1);
    if (const auto written = write_backup(root, directory, changes, *index); !written) {
        remove_backup(root, directory, *index);
        return tl::unexpected(written.error());
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto& change = changes[i];
        const auto attributes = change.before ? std::optional(index->entries[i].attributes)
                                              : std::optional<Attributes>();
        if (const auto done = put(root, change.path, change.after, attributes); !done) {
            const auto undone = undo(root, directory, *index);
            return fail(fmt::format("{}; {}", done.error().what,
                                    undone ? std::string("everything is as it was before")
                                           : fmt::format("{}; `grub-gen import --undo` tries "
                                                         "again",
                                                         undone.error().what)));
        }
    }
    return Backup{directory, paths_of(*index)};
}

Result<Backup> undo_changes(const sysfs::Root& root) {
    const auto numbers = backup_numbers(root);
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
        const std::string directory = fmt::format("{}/{}", kBackupPath, *number);
        const std::string path = directory + "/index";
        if (!root.exists(path)) {
            continue;  // was never completed
        }
        const auto content = root.read(path);
        if (!content) {
            return tl::unexpected(content.error());
        }
        const auto index = parse_index(*content);
        if (!index) {
            return fail(
                fmt::format("{} is damaged, so nothing is undone; the files as they were "
                            "are below {}/files",
                            root.outside_path(path), root.outside_path(directory)));
        }
        if (const auto undone = undo(root, directory, *index); !undone) {
            return tl::unexpected(undone.error());
        }
        return Backup{directory, paths_of(*index)};
    }
    return fail("nothing was taken over here, so there is nothing to undo");
}

}  // namespace early_bind
