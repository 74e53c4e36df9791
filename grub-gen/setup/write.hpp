// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "grub-gen/machine.hpp"
#include "grub-gen/setup/answers.hpp"

namespace early_bind::setup {

/// The head of a configuration that setup makes: comments only.
[[nodiscard]] std::string new_file_head();

/// The profiles of the configuration that this machine would not have any more, were these GPUs
/// host-only.
[[nodiscard]] std::vector<std::string> gone_profiles(const Machine& machine,
                                                     const pci::AddressSet& host_only);

// Each takes the text of a configuration and the machine as it is with that text, and returns the
// new text; comments, order and hand-made entries stay. What is answered as it is configured
// changes nothing. Errors are toml_edit's.

/// With the answers about GPUs and the static set. Selectors that name nothing else stay as they
/// are written; new ones are locations, with the device's name behind them. The settings of
/// profiles that go become comments.
[[nodiscard]] Result<std::string> with_devices(std::string text, const Machine& machine,
                                               const Answers& answers);

/// With the answers about memory, CPUs and zram. Fails on the name of a profile that has no entry.
[[nodiscard]] Result<std::string> with_resources(std::string text, const Machine& machine,
                                                 const Answers& answers);

}  // namespace early_bind::setup
