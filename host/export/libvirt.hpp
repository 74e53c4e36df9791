// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"
#include "host/export/tweaks.hpp"
#include "host/export/vm.hpp"

namespace early_bind {

struct LibvirtOptions {
    Tweaks tweaks;
    std::string domain;      ///< the name of a whole domain; empty: what goes into one
    unsigned first_bus = 0;  ///< of the guest, for the first card; the others follow
};

/// Guest buses from here on are free in a domain that virt-manager made: it gives each 14 ports.
inline constexpr unsigned kFreeBus = 16;

/// Whether text can be a domain's name: a word of letters, digits, `.`, `_`, `+` and `-` that does
/// not begin with one of the signs (schemas/domaincommon.rng takes more).
[[nodiscard]] bool is_domain_name(std::string_view text);

/// XML of libvirt's domains (libvirt.org/formatdomain.html), for q35 machines. A whole domain is
/// refused when memory or CPUs are not known.
[[nodiscard]] Result<std::string> render_libvirt(const Vm& vm, const LibvirtOptions& options);

}  // namespace early_bind
