// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "grub-gen/loader/grub_loader.hpp"

namespace early_bind {

/// GRUB whose stock entries come from BLS files (Fedora, RHEL): our entries stand in the include
/// file (bls_include.hpp), which 42_early-bind has grub.cfg source. The entry files in
/// boot/loader/entries are read only.
class GrubBlsLoader : public GrubLoader {
  public:
    using GrubLoader::GrubLoader;

    [[nodiscard]] Kind kind() const override { return Kind::grub_bls; }
    [[nodiscard]] std::string menu_path() const override;
    /// Writes or removes the include, and runs grub2-mkconfig only when grub.cfg does not source it
    /// as it should.
    [[nodiscard]] Result<void> update(Progress progress) const override;
    [[nodiscard]] Result<std::string> preview(const std::string& table) const override;
    [[nodiscard]] Result<CurrentMenu> read_menu() const override;
};

}  // namespace early_bind
