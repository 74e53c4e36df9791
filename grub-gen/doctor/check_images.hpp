// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/image.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// What an image has to hold.
struct ImageDemand {
    std::string table;           ///< the current boot table's text
    std::string revision;        ///< and its revision
    std::string program;         ///< the installed early-bind
    bool vfio_built_in = false;  ///< then the image needs no module
};

/// Whether init-top's ORDER (initramfs-tools, scripts/functions, cache_run_scripts()) runs our
/// script, and ahead of udev's.
[[nodiscard]] bool runs_ahead_of_udev(std::string_view order);

/// Whether an image runs early-bind before udev loads drivers: dracut starts udev after the hooks
/// of its first stage (99base/init.sh, dracut-pre-udev.service), and the unit says it for itself.
[[nodiscard]] bool runs_early(const ImageContents& contents);

/// What is wrong with an image; `name` is its path for the sentences.
[[nodiscard]] Findings judge_image(const std::string& name, const ImageContents& contents,
                                   const ImageDemand& demand);

/// Looks into the image of every installed kernel. Nothing to find while nothing is applied.
[[nodiscard]] Findings check_images(const Subject& subject);

}  // namespace early_bind::doctor
