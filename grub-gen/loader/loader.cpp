// SPDX-License-Identifier: MIT
#include "grub-gen/loader/loader.hpp"

#include <fmt/core.h>

#include "grub-gen/loader/grub_bls_loader.hpp"
#include "grub-gen/loader/grub_loader.hpp"
#include "grub-gen/loader/grub_place.hpp"
#include "grub-gen/loader/systemd_boot_loader.hpp"
#include "grub-gen/loader/uki_loader.hpp"

namespace early_bind {

std::string entry_id(std::string_view profile, std::string_view kernel) {
    return fmt::format("early-bind-{}-{}", profile, kernel);
}

bool is_layout_id(std::string_view id) {
    return id.starts_with("early-bind-");
}

bool is_grub(Loader::Kind kind) {
    return kind == Loader::Kind::grub || kind == Loader::Kind::grub_bls;
}

std::unique_ptr<Loader> find_loader(const sysfs::Root& root) {
    if (uses_ukis(root)) {
        return std::make_unique<UkiLoader>(root);
    }
    if (uses_systemd_boot(root)) {
        return std::make_unique<SystemdBootLoader>(root);
    }
    if (uses_bls(root)) {
        return std::make_unique<GrubBlsLoader>(root);
    }
    return std::make_unique<GrubLoader>(root);
}

}  // namespace early_bind
