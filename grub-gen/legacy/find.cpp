// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/find.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"
#include "grub-gen/legacy/parsers.hpp"

namespace early_bind {
namespace {

using legacy::Findings;
using Parser = Findings (*)(std::string_view, const pci::Inventory&);

/// What GRUB's packages and we ourselves put into etc/grub.d.
constexpr std::array<std::string_view, 18> kGrubScripts = {
    "00_header",    "01_users",      "05_debian_theme", "08_fallback_counting", "10_hurd",
    "10_kfreebsd",  "10_linux",      "10_linux_zfs",    "12_menu_auto_hide",    "14_menu_show_once",
    "20_linux_xen", "20_memtest86+", "25_bli",          "30_os-prober",         "30_uefi-firmware",
    "35_fwupd",     "41_custom",     "42_early-bind"};

std::string below(std::string_view directory, std::string_view name) {
    return fmt::format("{}/{}", directory, name);
}

/// Reads the system below a root and gathers what is found.
class Finder {
  public:
    Finder(const sysfs::Root& root, const pci::Inventory& inventory)
        : root_(root), inventory_(inventory) {}

    /// A file of lines.
    void file(const std::string& path, Parser parse) {
        const auto text = root_.read(path);
        if (text) {
            add(path, parse(*text, inventory_));
        }
    }

    /// The files of a directory whose names end so.
    void directory(const std::string& path, std::string_view suffix, Parser parse) {
        for (const auto& name : names(path)) {
            if (name.ends_with(suffix)) {
                file(below(path, name), parse);
            }
        }
    }

    void driverctl() {
        const std::string directory = "etc/driverctl.d";
        for (const auto& name : names(directory)) {
            const std::string path = below(directory, name);
            const auto text = root_.read(path);
            auto finding = text ? legacy::find_in_driverctl(name, *text, inventory_) : std::nullopt;
            if (finding) {
                add(path, {*finding});
            }
        }
    }

    /// A whole script; with `next` it is only reported.
    void script(const std::string& path, const char* next = nullptr) {
        const auto text = root_.read(path);
        auto finding = text ? legacy::find_in_script(*text, inventory_) : std::nullopt;
        if (!finding) {
            return;
        }
        if (next != nullptr || is_packaged(path)) {
            finding->edit = LegacyEdit::none;
            finding->next = next != nullptr ? next : "it belongs to a package: remove that";
        }
        scripts_.emplace_back(sysfs::base_name(path));
        add(path, {*finding});
    }

    /// Scripts for passing devices where commands are.
    void commands(const std::string& directory) {
        if (root_.read_link(directory)) {
            return;  // /sbin is a link to usr/sbin
        }
        for (const auto& name : names(directory)) {
            const auto path = below(directory, name);
            const bool is_near = name.find("vfio") != std::string::npos;
            if (is_near && root_.read(path).value_or("").starts_with("#!")) {
                script(path);
            }
        }
    }

    void initramfs_scripts(const std::string& directory) {
        for (const auto& stage : names(directory)) {
            const std::string path = below(directory, stage);
            for (const auto& name : names(path)) {
                if (name != "00-early-bind" && name != "ORDER") {
                    script(below(path, name));
                }
            }
        }
    }

    /// Units that bind, or that run a script that was found.
    void units() {
        const std::string directory = "etc/systemd/system";
        for (const auto& name : names(directory)) {
            const std::string path = below(directory, name);
            const auto text = name.ends_with(".service") ? root_.read(path).value_or("") : "";
            auto finding = legacy::find_in_script(text, inventory_);
            const auto run = script_named_in(text);
            if (!finding && !run.empty()) {
                finding.emplace();
                finding->kind = LegacyKind::script;
                finding->meaning = fmt::format("runs {} in every boot", run);
            }
            if (finding) {
                finding->edit = LegacyEdit::none;
                finding->next = fmt::format("`systemctl disable {}` ends it", name);
                add(path, {*finding});
            }
        }
    }

    /// Hooks of the initramfs that copy a script that was found.
    void initramfs_hooks() {
        const std::string directory = "etc/initramfs-tools/hooks";
        for (const auto& name : names(directory)) {
            const std::string path = below(directory, name);
            const auto copied = script_named_in(root_.read(path).value_or(""));
            if (copied.empty()) {
                continue;
            }
            LegacyFinding finding;
            finding.kind = LegacyKind::script;
            finding.effect = LegacyEffect::loads;
            finding.meaning = fmt::format("puts {} into the initramfs", copied);
            finding.edit = LegacyEdit::set_aside;
            add(path, {finding});
        }
    }

    void grub_entries() {
        const std::string directory = "etc/grub.d";
        for (const auto& name : names(directory)) {
            const bool is_known =
                std::find(kGrubScripts.begin(), kGrubScripts.end(), name) != kGrubScripts.end();
            if (!is_known) {
                file(below(directory, name), legacy::find_in_grub_script);
            }
        }
        file("boot/grub/custom.cfg", legacy::find_in_grub_script);
        file("boot/grub2/custom.cfg", legacy::find_in_grub_script);
    }

    /// What the running kernel was given and no file explains.
    void running_kernel() {
        const auto text = root_.read("proc/cmdline");
        if (!text) {
            return;
        }
        // The entries of our own profiles set vfio-pci's options.
        const bool is_ours = parse_tokens(*text).profile.has_value();
        Findings unexplained;
        for (auto& finding : legacy::find_in_command_line(*text, inventory_)) {
            const bool is_known = std::any_of(
                found_.begin(), found_.end(),
                [&finding](const LegacyFinding& other) { return other.text == finding.text; });
            if (!is_known && !(is_ours && finding.effect == LegacyEffect::options)) {
                finding.kind = LegacyKind::running_kernel;
                finding.line = 0;
                finding.edit = LegacyEdit::none;
                finding.next =
                    "no file that is looked at has it: take it out where it was typed or where "
                    "your boot loader is set up";
                unexplained.push_back(std::move(finding));
            }
        }
        add("proc/cmdline", std::move(unexplained));
    }

    /// nouveau is kept off by NVIDIA's own driver too; only with that one kept off as well is it
    /// part of a set-up for passing cards.
    [[nodiscard]] Findings finish() {
        const auto blocks = [](const LegacyFinding& finding, std::string_view driver) {
            return std::any_of(finding.drivers.begin(), finding.drivers.end(),
                               [driver](const std::string& one) { return one == driver; });
        };
        const bool no_nvidia =
            std::any_of(found_.begin(), found_.end(), [&blocks](const LegacyFinding& finding) {
                return blocks(finding, "nvidia") || blocks(finding, "nvidia_current");
            });
        if (!no_nvidia) {
            std::erase_if(found_, [&blocks](const LegacyFinding& finding) {
                return finding.drivers.size() == 1 && blocks(finding, "nouveau");
            });
        }
        return std::move(found_);
    }

  private:
    [[nodiscard]] std::vector<std::string> names(const std::string& directory) const {
        return root_.list(directory).value_or(std::vector<std::string>());
    }

    /// The first script found that a text names; empty when it names none.
    [[nodiscard]] std::string script_named_in(std::string_view text) const {
        const auto named =
            std::find_if(scripts_.begin(), scripts_.end(), [text](const std::string& script) {
                return text.find(script) != std::string_view::npos;
            });
        return named == scripts_.end() ? std::string() : *named;
    }

    /// Whether a file belongs to a package: dpkg's lists say it. Where there are none, everything
    /// in /usr but /usr/local does.
    [[nodiscard]] bool is_packaged(const std::string& path) const {
        const std::string directory = "var/lib/dpkg/info";
        const auto lists = names(directory);
        if (lists.empty()) {
            return path.starts_with("usr/") && !path.starts_with("usr/local/");
        }
        // The lists say /sbin where that is a link to usr/sbin.
        const std::string in_usr = fmt::format("/{}\n", path);
        const std::string at_top = path.starts_with("usr/") ? in_usr.substr(4) : in_usr;
        constexpr std::size_t kLimit = std::size_t{16} * 1024 * 1024;
        return std::any_of(lists.begin(), lists.end(), [&](const std::string& name) {
            const auto list = name.ends_with(".list")
                                  ? root_.read(below(directory, name), kLimit).value_or("")
                                  : std::string();
            return list.find("\n" + in_usr) != std::string::npos ||
                   list.find("\n" + at_top) != std::string::npos;
        });
    }

    void add(const std::string& path, Findings findings) {
        const auto link = root_.read_link(path);
        for (auto& finding : findings) {
            finding.path = path;
            if (link && finding.edit != LegacyEdit::none) {
                finding.edit = LegacyEdit::none;
                finding.next = fmt::format("this is a link to {}: take it out there by hand",
                                           text::printable(*link));
            }
            found_.push_back(std::move(finding));
        }
    }

    const sysfs::Root& root_;
    const pci::Inventory& inventory_;
    Findings found_;
    std::vector<std::string> scripts_;  ///< names of those found
};

}  // namespace

std::vector<LegacyFinding> find_legacy(const sysfs::Root& root, const pci::Inventory& inventory) {
    Finder finder(root, inventory);
    finder.file("etc/default/grub", legacy::find_in_grub_defaults);
    finder.directory("etc/default/grub.d", ".cfg", legacy::find_in_grub_defaults);
    finder.file(kKernelCommandLinePath, legacy::find_in_command_line);
    finder.directory("etc/modprobe.d", ".conf", legacy::find_in_modprobe);
    finder.file("etc/initramfs-tools/modules", legacy::find_in_module_list);
    finder.file("etc/modules", legacy::find_in_module_list);
    for (const auto& name : root.list("etc/modules-load.d").value_or(std::vector<std::string>())) {
        const std::string path = "etc/modules-load.d/" + name;
        // Debian's modules.conf is a link to ../modules, which has been read.
        if (name.ends_with(".conf") && !root.read_link(path)) {
            finder.file(path, legacy::find_in_module_list);
        }
    }
    finder.file("etc/dracut.conf", legacy::find_in_dracut);
    finder.directory("etc/dracut.conf.d", ".conf", legacy::find_in_dracut);
    finder.driverctl();
    finder.directory("etc/udev/rules.d", ".rules", legacy::find_in_udev_rules);
    for (const char* directory :
         {"sbin", "usr/sbin", "usr/bin", "usr/local/sbin", "usr/local/bin"}) {
        finder.commands(directory);
    }
    finder.initramfs_scripts("etc/initramfs-tools/scripts");
    finder.initramfs_scripts("usr/share/initramfs-tools/scripts");
    finder.initramfs_hooks();
    finder.units();
    finder.script("etc/rc.local", "take these lines out by hand");
    finder.grub_entries();
    finder.running_kernel();
    return finder.finish();
}

}  // namespace early_bind
