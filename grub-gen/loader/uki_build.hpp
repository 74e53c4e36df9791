// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grub-gen/loader/uki.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {

/// An image that kernel-install has just had made, and what of. Paths are relative to the root.
struct UkiRequest {
    std::string uki;                   ///< in the staging area, to be replaced
    std::string kernel;                ///< version
    std::string image;                 ///< the kernel
    std::vector<std::string> initrds;  ///< microcode included, in their order
    std::string config;                ///< uki.conf, which says how it is signed; empty for none
    std::string ukify;                 ///< the program; empty for the root's own
    std::string stub;                  ///< instead of ukify's own; empty for that
};

/// The files of a build, relative to the root.
struct UkiWork {
    std::string directory;    ///< of our own
    std::string cmdline;      ///< of the stock entry
    std::string device_tree;  ///< empty when the image has none
    std::string output;
    [[nodiscard]] std::string layout_cmdline(std::size_t index) const;
    [[nodiscard]] std::string layout_image(std::size_t index) const;
};

/// The calls of ukify(1): one for each layout, which makes a file of its profile, and one that
/// makes the image once more, as 60-ukify.install did, with these joined. The configuration, and so
/// the keys, are those of the first time. A profile's file is made without one.
[[nodiscard]] std::vector<std::vector<std::string>> plan_ukify(
    const UkiRequest& request, const UkiWork& work, const std::vector<UkiProfile>& layouts);

/// Why the second image may not take the first one's place, as a clause; empty when it may. All
/// that the two share is the same, byte for byte, it is signed if the first one is, and its
/// profiles behind the first are the layouts.
[[nodiscard]] std::string find_uki_mistake(const sysfs::Root& root, const Uki& before,
                                           const Uki& after,
                                           const std::vector<UkiProfile>& layouts);

/// What is possible without, as a clause behind that sentence.
inline constexpr std::string_view kWithoutUkis =
    "with `layout=bls` in /etc/kernel/install.conf and a kernel installed anew its entry gets them";

/// Why no layouts can be put into images here, as a sentence; empty when they can.
[[nodiscard]] std::string find_uki_obstacle(const sysfs::Root& root);

/// Replaces an image in kernel-install's staging area by one with the layouts of the root's boot
/// table as profiles. Whatever goes wrong, the image stays as it is. How many there are; 0 where
/// nothing was applied, and where another loader shows the menu.
[[nodiscard]] Result<std::size_t> add_uki_layouts(const sysfs::Root& root,
                                                  const UkiRequest& request, Progress progress);

}  // namespace early_bind
