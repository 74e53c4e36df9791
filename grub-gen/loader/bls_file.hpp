// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// Who reads an entry file: the readers understand different things by the same text.
enum class BlsReader {
    systemd_boot,  ///< src/boot/boot.c, boot_entry_add_type1()
    grub,          ///< the blscfg command of Fedora and RHEL, grub-core/commands/blscfg.c
};

struct BlsLine {
    std::string key;
    std::string value;

    [[nodiscard]] bool operator==(const BlsLine&) const = default;
};

/// An entry file of the Boot Loader Specification (type #1), `loader/entries/NAME.conf`.
struct BlsFile {
    BlsReader reader = BlsReader::systemd_boot;
    std::string name;  ///< in its directory: "debian-6.12.1+2-1.conf"
    std::string id;    ///< the name without ".conf" and what counts boots: "debian-6.12.1"
    std::optional<unsigned> tries_left;  ///< boots that are left; none: boots are not counted
    unsigned tries_done = 0;
    std::vector<BlsLine> lines;  ///< in their order, without comments, quotes and blanks around

    /// The key's value that the reader goes by: the first one for GRUB; for systemd-boot the last
    /// one, and all `options` joined with blanks. Empty when there is none.
    [[nodiscard]] std::string value(std::string_view key) const;

    /// All values of a key in their order: a kernel may have several `initrd` lines.
    [[nodiscard]] std::vector<std::string> values(std::string_view key) const;

    [[nodiscard]] bool has(std::string_view key) const;
};

/// Whether the reader looks at a file of this name: it ends with ".conf" and does not begin with a
/// dot, nor, for systemd-boot, with "auto-".
[[nodiscard]] bool is_bls_name(BlsReader reader, std::string_view name);

/// Reads the text of the file `name` as the reader does, which never fails: what it passes over is
/// passed over here. systemd-boot takes quotes around a value away, and a "+LEFT" or "+LEFT-DONE"
/// at the end of the name counts boots. GRUB knows neither, and stops at the first line that has no
/// value: an empty one ends the file.
[[nodiscard]] BlsFile parse_bls_file(BlsReader reader, std::string_view name,
                                     std::string_view text);

/// The file's text, one line for each of `lines`. Reading it with the file's reader gives the same
/// lines, provided that no value holds a newline or begins or ends with a blank.
[[nodiscard]] std::string render_bls_file(const BlsFile& file);

}  // namespace early_bind
