// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/image.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "core/profile/boot_table.hpp"
#include "core/text.hpp"
#include "grub-gen/process.hpp"
#include "grub-gen/temporary_directory.hpp"

namespace early_bind::doctor {
namespace {

using namespace std::string_view_literals;

constexpr const char* kProgram = "usr/sbin/early-bind";
constexpr const char* kMergedProgram = "usr/bin/early-bind";  // where usr/sbin is a link to it
constexpr const char* kOrder = "scripts/init-top/ORDER";
constexpr const char* kScript = "scripts/init-top/00-early-bind";
constexpr std::string_view kModule = "/vfio-pci.ko";
// Below usr/lib until dracut 059, below var/lib in dracut-ng; with the number that orders the
// hooks.
constexpr std::string_view kHookFolder = "/dracut/hooks/cmdline/";
constexpr std::string_view kHook = "-early-bind.sh";
constexpr std::string_view kWantedUnit = "/sysinit.target.wants/early-bind-initrd.service";
constexpr std::chrono::minutes kTimeLimit{2};

/// The "newc" header of a cpio member: magic and 13 numbers of eight hexadecimal digits.
constexpr std::size_t kHeaderSize = 110;
constexpr std::size_t kFileSizeAt = 54;
constexpr std::size_t kNameSizeAt = 94;

struct Compression {
    std::string_view magic;
    std::vector<std::string> decompressor;
};

/// What the kernel and initramfs-tools know (lib/decompress.c, unmkinitramfs(8)).
const std::array<Compression, 8>& compressions() {
    static const std::array<Compression, 8> kCompressions = {{
        {"\x28\xb5\x2f\xfd"sv, {"zstd", "-q", "-d", "-c"}},
        {"\x1f\x8b"sv, {"gzip", "-d", "-c"}},
        {"\xfd\x37zXZ\0"sv, {"xz", "-d", "-c"}},
        {"\x5d\0\0"sv, {"xz", "--format=lzma", "-d", "-c"}},
        {"\x02\x21\x4c\x18"sv, {"lz4", "-d", "-c"}},
        {"\x04\x22\x4d\x18"sv, {"lz4", "-d", "-c"}},
        {"BZh"sv, {"bzip2", "-d", "-c"}},
        {"\x89LZO"sv, {"lzop", "-d", "-c"}},
    }};
    return kCompressions;
}

/// Whether a member begins at `at`, which may be behind the end.
bool is_member(std::string_view image, std::size_t at) {
    if (at >= image.size()) {
        return false;
    }
    const auto magic = image.substr(at, 6);
    return magic == "070701" || magic == "070702";
}

/// A number in a member's header.
std::optional<std::size_t> number_at(std::string_view image, std::size_t at) {
    return at + 8 <= image.size() ? text::parse_hex<std::uint32_t>(image.substr(at, 8))
                                  : std::nullopt;
}

/// What follows a name or a file begins at a multiple of four.
std::size_t aligned(std::size_t offset) {
    return (offset + 3) & ~std::size_t{3};
}

/// An uncompressed archive.
struct PlainArchive {
    std::size_t end = 0;  ///< the offset behind it and the zeros that pad it
    bool ours = false;    ///< it has a file of ours
};

bool is_module(std::string_view name) {
    return name.find(kModule) != std::string_view::npos;
}

bool is_hook(std::string_view name) {
    return name.find(kHookFolder) != std::string_view::npos && name.ends_with(kHook);
}

bool is_ours(std::string_view name) {
    constexpr std::array<std::string_view, 5> kFiles = {kProgram, kMergedProgram, kBootTablePath,
                                                        kOrder, kScript};
    return std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end() || is_module(name) ||
           is_hook(name) || name.ends_with(kWantedUnit);
}

/// Reads the headers of the archive at `at`; nothing when it is cut short.
std::optional<PlainArchive> read_plain_archive(std::string_view image, std::size_t at) {
    PlainArchive archive;
    while (is_member(image, at)) {
        const auto file_size = number_at(image, at + kFileSizeAt);
        const auto name_size = number_at(image, at + kNameSizeAt);
        if (!file_size || !name_size || *name_size == 0 || image.size() - at < kHeaderSize) {
            return std::nullopt;
        }
        const auto name = image.substr(at + kHeaderSize, *name_size - 1);
        at = aligned(aligned(at + kHeaderSize + *name_size) + *file_size);
        if (at > image.size()) {
            return std::nullopt;
        }
        if (name == "TRAILER!!!") {
            archive.end = std::min(image.find_first_not_of('\0', at), image.size());
            return archive;
        }
        archive.ours = archive.ours || is_ours(name);
    }
    return std::nullopt;
}

/// A file's bytes, read only where they are looked at.
class MappedFile {
  public:
    explicit MappedFile(int fd) {
        struct stat status {};
        if (fd < 0 || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
            return;
        }
        size_ = static_cast<std::size_t>(status.st_size);
        bytes_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes_ == MAP_FAILED) {
            bytes_ = nullptr;
            size_ = 0;
        }
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() {
        if (bytes_ != nullptr) {
            ::munmap(bytes_, size_);
        }
    }
    [[nodiscard]] std::string_view view() const { return {static_cast<char*>(bytes_), size_}; }

  private:
    void* bytes_ = nullptr;
    std::size_t size_ = 0;
};

/// The first thing that went wrong, of what tail, the decompressor and cpio said.
std::string first_complaint(std::string_view said) {
    for (const auto line : text::split(said, '\n')) {
        if (line.find(": ") != std::string_view::npos) {
            return text::printable(line.substr(0, 200));
        }
    }
    return "cpio says no more";
}

/// Unpacks our files of one archive; returns the names that were unpacked, one a line.
Result<std::string> unpack(const std::string& image, const ImagePart& part,
                           const std::string& directory) {
    // No pipe without a shell; what varies are its parameters, none of which it reads as script.
    std::vector<std::string> argv = {
        "sh",
        "-c",
        R"(image=$1 offset=$2 directory=$3; shift 3; tail -c "+$offset" -- "$image" | "$@" |)"
        R"( { cd -- "$directory" && cpio --extract --quiet --verbose --make-directories)"
        R"( --no-preserve-owner --no-absolute-filenames --unconditional)"
        R"( usr/sbin/early-bind usr/bin/early-bind var/lib/early-bind/boot-table)"
        R"( scripts/init-top/ORDER scripts/init-top/00-early-bind)"
        R"( '*/dracut/hooks/cmdline/*-early-bind.sh')"
        R"( '*/sysinit.target.wants/early-bind-initrd.service' '*/vfio-pci.ko*'; })",
        "sh",
        std::filesystem::absolute(image).string(),
        std::to_string(part.offset + 1),
        directory};
    argv.insert(argv.end(), part.decompressor.begin(), part.decompressor.end());
    process::Options options;
    options.set = {{"LC_ALL", "C"}};
    options.timeout = kTimeLimit;
    const auto outcome = process::run(argv, options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != 0) {
        return fail(first_complaint(outcome->err));
    }
    return outcome->err;
}

void take(std::optional<std::string>& into, const sysfs::Root& unpacked, const std::string& path,
          std::size_t limit) {
    if (!into && unpacked.exists(path)) {
        into = unpacked.read(path, limit).value_or("");
    }
}

}  // namespace

Result<std::vector<ImagePart>> find_parts(std::string_view image) {
    std::vector<ImagePart> parts;
    std::size_t at = 0;
    while (is_member(image, at)) {
        const auto archive = read_plain_archive(image, at);
        if (!archive) {
            return fail("an archive in it is cut short");
        }
        if (archive->ours) {
            parts.push_back({at, {"cat"}});
        }
        at = archive->end;
    }
    bool known = at > 0;
    for (const auto& compression : compressions()) {
        if (image.substr(at).starts_with(compression.magic)) {
            parts.push_back({at, compression.decompressor});
            known = true;
        }
    }
    if (!known) {
        return fail("it begins with no archive of a known kind");
    }
    return parts;
}

Result<ImageContents> read_image(const sysfs::Root& root, const std::string& path) {
    const int fd = root.open_at(path, O_RDONLY);
    if (fd < 0) {
        return fail(std::strerror(errno));
    }
    const MappedFile file(fd);
    ::close(fd);
    const auto parts = find_parts(file.view());
    if (!parts) {
        return tl::unexpected(parts.error());
    }
    ImageContents contents;
    std::optional<std::string> order;
    for (const auto& part : *parts) {
        const auto directory = TemporaryDirectory::make();
        const auto unpacked =
            directory ? sysfs::Root::open(directory->path()) : tl::unexpected(directory.error());
        const auto names = unpacked ? unpack(root.outside_path(path), part, directory->path())
                                    : tl::unexpected(unpacked.error());
        if (!names) {
            return tl::unexpected(names.error());
        }
        take(contents.table, *unpacked, kBootTablePath, kBootTableLimit);
        take(contents.program, *unpacked, kProgram, kProgramLimit);
        take(contents.program, *unpacked, kMergedProgram, kProgramLimit);
        take(order, *unpacked, kOrder, kBootTableLimit);
        contents.script = contents.script || unpacked->exists(kScript);
        for (const auto name : text::split(*names, '\n')) {
            contents.vfio = contents.vfio || is_module(name);
            contents.hook = contents.hook || is_hook(name);
            contents.unit = contents.unit || name.ends_with(kWantedUnit);
        }
    }
    contents.order = order.value_or("");
    return contents;
}

}  // namespace early_bind::doctor
