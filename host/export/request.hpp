// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cmdline/cmdline.hpp"
#include "core/result.hpp"
#include "grub-gen/machine.hpp"
#include "host/export/vm.hpp"

namespace early_bind {

/// Which VM a user wants described.
struct ExportRequest {
    std::string profile;               ///< empty: what is on vfio-pci now
    std::vector<std::string> devices;  ///< selectors (host/selection.hpp); none: all there are
    std::vector<std::pair<std::string, std::string>> roms;  ///< selectors with files
    std::optional<std::uint64_t> mebibytes;                 ///< instead of what the profile says
    std::optional<CpuList> cpus;                            ///< the same
    unsigned vcpus = 0;                                     ///< at most so many; 0: no limit
};

struct DescribedVm {
    Vm vm;
    std::vector<std::string> warnings;  ///< sentences
};

/// What the request comes to on this machine. Devices are those on vfio-pci now, or, with a
/// profile, those that its boot puts there: its bind set and the static set. Memory and CPUs are
/// those of the profile, of this boot's (`tokens`) when none is named. Errors are a sentence that
/// names what is wrong with the request.
[[nodiscard]] Result<DescribedVm> describe_vm(const Machine& machine, const Tokens& tokens,
                                              bool topoext, const ExportRequest& request);

/// The CPUs that the vCPUs of such a VM run on, in their order; the same as in describe_vm(), for
/// one that runs already.
[[nodiscard]] Result<CpuList> pinned_cpus(const Machine& machine, const Tokens& tokens,
                                          const ExportRequest& request);

}  // namespace early_bind
