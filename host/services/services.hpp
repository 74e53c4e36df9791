// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "host/services/passed.hpp"

namespace early_bind::services {

/// A service, and whose GPUs it is for: without one it is not to start.
struct Service {
    std::string unit;  ///< "nvidia-persistenced.service"
    const Maker* maker = nullptr;
    std::string why;  ///< what it does with a card; empty for one that only the user knows
};

/// Services that are known to hold a card, or to fail without one.
[[nodiscard]] const std::vector<Service>& known_services();

/// What a word of the command line names: a known service ("nvidia-persistenced"), or UNIT=MAKER
/// for any other. `.service` may be left out. Errors say what is wrong with the word.
[[nodiscard]] Result<Service> parse_service(std::string_view word);

/// The drop-in (systemd.unit(5)): systemd skips the unit while the maker's mark is there. Without
/// us there is no mark, and the unit starts as it always did.
[[nodiscard]] std::string drop_in(const Service& service);

/// Whether the unit is installed.
[[nodiscard]] bool is_installed(const sysfs::Root& root, const std::string& unit);

/// How the drop-in of a service is.
enum class State {
    missing,
    so,       ///< as it is to be
    differs,  ///< ours, but another one
    foreign,  ///< a file of this name that is not ours
};
[[nodiscard]] State look(const sysfs::Root& root, const Service& service);

/// Writes the drop-in. A foreign one stays, and is an error.
[[nodiscard]] Result<void> write_drop_in(const sysfs::Root& root, const Service& service);

}  // namespace early_bind::services
