// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/machine.hpp"
#include "grub-gen/setup/answers.hpp"

namespace early_bind::setup {

/// A configuration that is not written yet, and the machine as it would be with it.
struct Draft {
    std::string text;  ///< empty: there is none, and none is needed
    Machine machine;
    std::vector<std::string> notes;  ///< what else becomes of the file, one sentence each
};

/// The draft of these answers. `before` is the text to begin with, nothing when there is no file.
/// What the machine would not accept is an error; it is about an answer and names no place in the
/// file.
[[nodiscard]] Result<Draft> make_draft(const sysfs::Root& root,
                                       const std::optional<std::string>& before,
                                       const Answers& answers);

}  // namespace early_bind::setup
