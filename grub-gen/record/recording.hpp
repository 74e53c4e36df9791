// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "core/pci/class_code.hpp"
#include "core/pci/identity.hpp"
#include "core/result.hpp"

namespace early_bind {

/// The number of the format, "schema" in the text.
inline constexpr int kRecordingSchema = 1;

/// A PCI function of a recorded machine.
struct RecordedFunction {
    pci::Address address;
    pci::Ids ids;  ///< zeros where the recording does not say
    pci::ClassCode class_code;
    std::uint8_t revision = 0;
    std::string driver;  ///< empty for none
    std::optional<int> group;
    std::optional<bool> boot_vga;        ///< nothing where the recording does not say
    bool boot_display = false;           ///< the kernel's newer word for it, for any display
    std::optional<pci::Address> parent;  ///< the bridge above; nothing on a root bus
    std::optional<pci::Address> physfn;  ///< of a virtual function
    std::optional<int> numa_node;
    std::string label;                              ///< class and name in words, for the reader
    std::map<std::string, std::string> connectors;  ///< "DP-1" to "connected"

    bool operator==(const RecordedFunction&) const = default;
};

/// An IOMMU group without a PCI function: a mediated device below one, or a platform device.
struct RecordedVirtualGroup {
    std::string name;
    std::optional<pci::Address> parent;

    bool operator==(const RecordedVirtualGroup&) const = default;
};

/// A framebuffer of the firmware that a driver holds.
struct RecordedFramebuffer {
    std::string name;  ///< "efi-framebuffer.0"
    std::string driver;
    std::optional<pci::Address> owner;

    bool operator==(const RecordedFramebuffer&) const = default;
};

struct RecordedNode {
    int node = 0;
    std::uint64_t total_kib = 0;
    std::string cpus;  ///< "0-7,16-23"

    bool operator==(const RecordedNode&) const = default;
};

struct RecordedMemory {
    std::uint64_t total_kib = 0;
    std::vector<RecordedNode> nodes;

    bool operator==(const RecordedMemory&) const = default;
};

struct RecordedCpus {
    std::string possible;  ///< "0-15"
    std::string online;
    std::vector<std::string> threads;  ///< the CPUs of each core: "0,8"
    std::vector<std::string> flags;    ///< those of pse, pdpe1gb, vmx and svm that it has
    std::string vendor;                ///< "GenuineIntel"

    bool operator==(const RecordedCpus&) const = default;
};

/// What `grub-gen record` writes down about a machine. The format is that of tests/machines, whose
/// README.md describes it.
struct Recording {
    std::string iommu = "none";  ///< "none", "intel", "amd", "arm-smmu" or "other"
    std::vector<RecordedFunction> functions;
    /// Root bus ("10000:e0") to the function that it hangs below (Intel VMD).
    std::map<std::string, pci::Address> root_bus_parents;
    /// Bridges that are in paths and not among the functions, to the bridge above.
    std::map<pci::Address, std::optional<pci::Address>> missing_bridges;
    std::map<int, RecordedVirtualGroup> virtual_groups;
    std::vector<RecordedFramebuffer> framebuffers;
    /// What the disks below a function carry for the host: the mount points of the system, "other"
    /// for any further file system that the boot waits for, and "swap". Nothing when not known.
    std::optional<std::map<pci::Address, std::vector<std::string>>> carriers;
    std::string kernel;                 ///< release: "6.1.0-9-amd64"
    std::string command_line;           ///< the words that matter here
    std::vector<std::string> firmware;  ///< those of "DMAR" and "IVRS" that are there
    std::optional<RecordedMemory> memory;
    std::optional<RecordedCpus> cpus;

    bool operator==(const Recording&) const = default;
};

/// Parses the JSON text. Whatever it returns can be laid out: names are plain names of files, every
/// parent is there and nothing hangs below itself. Errors name the place in the text ("line 3,
/// column 1 is not JSON", "devices[3].slot is no PCI address").
[[nodiscard]] Result<Recording> parse_recording(std::string_view text);

/// The JSON text, one line for each function.
[[nodiscard]] std::string render_recording(const Recording& recording);

/// Where each function and missing bridge has its directory: "sys/devices/pci0000:00/0000:00:01.0".
/// Fails when something hangs below itself or below what is not there.
[[nodiscard]] Result<std::map<pci::Address, std::string>> device_paths(const Recording& recording);

/// Whether this is a word that a function may carry in a recording.
[[nodiscard]] bool is_recorded_burden(std::string_view word);

/// "pci0000:00", the directory of a root bus: gives "0000:00".
[[nodiscard]] std::optional<std::string> root_bus_name(std::string_view directory);

}  // namespace early_bind
