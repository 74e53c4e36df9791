// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace early_bind {

/// What a user may want of a VM besides what early-bind knows.
struct Tweaks {
    bool hide_kvm = false;            ///< the guest's CPU does not say that it is KVM's
    std::string vendor_id;            ///< of the hypervisor, instead of "Microsoft Hv"; or empty
    std::uint64_t looking_glass = 0;  ///< MiB of shared memory for pictures; 0 for none
    bool scream = false;              ///< shared memory for sound
    bool x_vga = false;               ///< legacy VGA on the first GPU, for guests without UEFI
};

/// The names that the clients of the host look for in /dev/shm, and the size that Scream wants
/// (looking-glass.io, "libvirt/QEMU configuration"; github.com/duncanthrax/scream, "IVSHMEM").
inline constexpr const char* kLookingGlass = "looking-glass";
inline constexpr const char* kScream = "scream-ivshmem";
inline constexpr unsigned kScreamMebibytes = 2;

/// Reads the size of Looking Glass' memory: MiB that are a power of two, 1 to 1024, or the largest
/// picture, "3840x2160", which gives two frames of four bytes a pixel, 10 MiB for the rest, and the
/// next power of two, since it becomes a PCI region. Nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> parse_looking_glass(std::string_view text);

/// Whether text can be the hypervisor's vendor: CPUID has room for 12 characters. Only letters and
/// digits, as Proxmox wants it and no other has to quote.
[[nodiscard]] bool is_vendor_id(std::string_view text);

}  // namespace early_bind
