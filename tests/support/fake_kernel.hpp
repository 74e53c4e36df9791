// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/sysfs/writer.hpp"
#include "early-bind/module_loader.hpp"

namespace early_bind::test {

/// A recording Writer that follows the kernel's rules for PCI drivers (drivers/base/bus.c, dd.c,
/// drivers/pci/pci-driver.c), without an attribute that early-bind has no business with: a write
/// anywhere else fails the test.
class FakeKernel final : public sysfs::Writer {
  public:
    struct Device {
        std::string native;        ///< the driver that takes it when it is loaded
        std::string driver;        ///< the driver that holds it, empty for none
        std::optional<int> group;  ///< without one vfio-pci refuses it
        std::string override{};    ///< driver_override, empty for "(null)"
        std::string d3cold{"1"};   ///< d3cold_allowed

        bool operator==(const Device&) const = default;
    };

    FakeKernel& add(const std::string& address, Device device);

    /// A platform device, held by the driver or by none.
    FakeKernel& add_framebuffer(const std::string& device, const std::string& driver);

    /// Registers a driver; it takes every free device that it may have, as the kernel does.
    void load(const std::string& driver);

    /// What udev does with the devices whose `uevent` said "add": loads their native drivers.
    void coldplug();

    /// Write `number`, counted from 0, fails with `code` instead of doing anything.
    void fail_write(std::size_t number, int code) { failing_ = Failing{number, code, false}; }

    /// Write `number` does its work and reports a failure all the same.
    void fail_write_late(std::size_t number, int code) { failing_ = Failing{number, code, true}; }

    /// Thrown by a write that does not come back.
    struct Blocked {};

    /// Write `number` blocks, before or after its effect, and so does every later write that needs
    /// the lock of the same device (drivers/base/dd.c, device_lock()) until release().
    void block_write(std::size_t number, bool after_effect) {
        blocking_ = Blocking{number, after_effect};
    }
    void release() { held_.clear(); }

    /// Binding this device reports success and binds nothing, as a probe that returns ENODEV does.
    void bind_nothing(const std::string& address) { liars_.insert(address); }

    [[nodiscard]] const Device& device(const std::string& address) const;
    [[nodiscard]] const std::map<std::string, Device>& devices() const { return devices_; }
    /// The driver of a platform device.
    [[nodiscard]] const std::string& framebuffer(const std::string& device) const {
        return framebuffers_.at(device);
    }

    /// What `cat driver_override` prints.
    [[nodiscard]] std::string override_of(const std::string& address) const;

    /// Every write in order, failed ones too: "0000:01:00.0/driver_override < vfio-pci".
    [[nodiscard]] const std::vector<std::string>& writes() const { return writes_; }

    [[nodiscard]] int write(const std::string& path, std::string_view text) override;
    [[nodiscard]] std::string read(const std::string& path) override;
    [[nodiscard]] std::string driver(const std::string& device_directory) override;
    [[nodiscard]] bool exists(const std::string& path) override;

  private:
    struct Failing {
        std::size_t number;
        int code;
        bool late;
    };

    struct Blocking {
        std::size_t number;
        bool after_effect;
    };

    [[nodiscard]] int write_platform(std::string_view path, const std::string& device);
    [[nodiscard]] int apply(std::string_view path, const std::string& text);
    [[nodiscard]] int write_device(const std::string& address, std::string_view attribute,
                                   const std::string& text);
    [[nodiscard]] int write_driver(const std::string& driver, std::string_view attribute,
                                   const std::string& address);
    [[nodiscard]] int attach(const std::string& driver, const std::string& address);
    void probe(const std::string& address);
    [[nodiscard]] static bool matches(const std::string& driver, const Device& device);

    std::map<std::string, Device> devices_;
    std::set<std::string> loaded_;
    std::set<std::string> liars_;
    std::set<std::string> plugged_;  ///< to be seen by udev
    std::vector<std::string> writes_;
    std::map<std::string, std::string> framebuffers_;
    std::optional<Failing> failing_;
    std::optional<Blocking> blocking_;
    std::string held_;  ///< the PCI device whose lock a stuck write holds
};

/// Answers as told, and registers the driver with the kernel where a real one would.
class FakeLoader final : public ModuleLoader {
  public:
    FakeLoader(FakeKernel& kernel, Result<ModuleState> answer)
        : kernel_(kernel), answer_(std::move(answer)) {}

    [[nodiscard]] Result<ModuleState> load(const std::string& name) override;

    [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

  private:
    FakeKernel& kernel_;
    Result<ModuleState> answer_;
    std::vector<std::string> asked_;
};

}  // namespace early_bind::test
