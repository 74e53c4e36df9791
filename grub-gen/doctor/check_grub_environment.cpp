// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_grub_environment.hpp"

#include <fmt/core.h>

#include "grub-gen/grub_environment.hpp"
#include "grub-gen/loader/grub_place.hpp"

namespace early_bind::doctor {
Findings check_grub_environment(const Subject& subject) {
    if (!is_grub(subject.loader->kind())) {
        return {};
    }
    const auto place = find_grub(subject.root);
    const auto name = subject.root.outside_path(place.environment());
    if (!subject.root.exists(place.directory())) {
        return {};  // no menu either, which is the problem
    }
    if (!subject.root.exists(place.environment())) {
        return {{Code::grubenv_missing, fmt::format("there is no {}", name)}};
    }
    if (!subject.root.is_live()) {
        return {{Code::skipped,
                 fmt::format("whether GRUB can write {} can be told in the running system only",
                             name)}};
    }
    const auto where = find_unwritable(subject.root);
    if (!where) {
        return {{Code::skipped, fmt::format("whether GRUB can write {} cannot be told: {}", name,
                                            where.error().what)}};
    }
    if (!where->empty()) {
        return {{Code::grubenv_unwritable,
                 fmt::format("GRUB cannot write {}, which lies on {}", name, *where)}};
    }
    return {{Code::grubenv_ok, fmt::format("GRUB can write {}", name)}};
}

}  // namespace early_bind::doctor
