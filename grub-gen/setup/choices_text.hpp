// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "grub-gen/machine.hpp"
#include "grub-gen/setup/answers.hpp"
#include "grub-gen/setup/monitors.hpp"

namespace early_bind::setup {

// What the dialogue shows to choose from. All of it is whole lines.

/// The GPUs with their numbers, monitors, groups and what would go along.
[[nodiscard]] std::string gpus_text(const Machine& machine, const Monitors& monitors);

/// The devices for the static set with their numbers; those that are in it have a `*`.
[[nodiscard]] std::string statics_text(const Machine& machine);

/// The profiles with an entry, with their numbers and titles.
[[nodiscard]] std::string profiles_text(const Machine& machine);

/// How much memory there is, how much of it is the host's, where it is, and the sizes of pages.
[[nodiscard]] std::string memory_text(const Hardware& hardware);

/// The cores with their threads, by NUMA node.
[[nodiscard]] std::string cpus_text(const Hardware& hardware);

/// What the menu would have, by profile.
[[nodiscard]] std::string menu_text(const Machine& machine);

// What is configured, in the words of an answer.

/// The GPUs that may be passed, by number: "1 2", "none".
[[nodiscard]] std::string current_pass(const Machine& machine);

/// The static set, by number.
[[nodiscard]] std::string current_statics(const Machine& machine);

// The same for the profiles of this name; nothing when they differ.
[[nodiscard]] std::optional<std::string> current_memory(const Machine& machine,
                                                        const std::vector<std::string>& profiles);
[[nodiscard]] std::optional<std::string> current_cpus(const Machine& machine,
                                                      const std::vector<std::string>& profiles);
[[nodiscard]] std::optional<std::string> current_zram(const Machine& machine,
                                                      const std::vector<std::string>& profiles);

/// What a profile is set up for, in the words of an answer.
[[nodiscard]] std::string memory_words(const ResourceRequest& request);
[[nodiscard]] std::string cpus_words(const ResourceRequest& request);
[[nodiscard]] std::string zram_words(const ResourceRequest& request);

}  // namespace early_bind::setup
