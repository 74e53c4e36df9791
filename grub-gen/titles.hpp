// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace early_bind {

/// A GPU as titles speak of it.
struct TitleGpu {
    std::string name;         ///< "NVIDIA GeForce RTX 4090"
    std::string address;      ///< tells GPUs of the same name apart: "0000:41:00.0"
    bool management = false;  ///< a server's management display
};

/// What a menu entry is called: "Host keeps A; B, C to VMs" or "All GPUs to VMs (the host will have
/// no display): A, B". `keep` and `pass` are indices into `gpus`. Two GPUs of one name bear their
/// addresses. A management display is named only where the host keeps nothing else. What would not
/// fit on a screen is told as a number: "3 GPUs".
[[nodiscard]] std::string profile_title(const std::vector<TitleGpu>& gpus,
                                        const std::vector<std::size_t>& keep,
                                        const std::vector<std::size_t>& pass);

}  // namespace early_bind
