// SPDX-License-Identifier: MIT
#include "tests/support/fake_kernel.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace early_bind::test {
namespace {

constexpr std::string_view kDevices = "sys/bus/pci/devices/";
constexpr std::string_view kDrivers = "sys/bus/pci/drivers/";
constexpr std::string_view kPlatformDrivers = "sys/bus/platform/drivers/";
constexpr std::string_view kProbe = "sys/bus/pci/drivers_probe";
constexpr std::string_view kVfio = "vfio-pci";

/// sysfs takes one line end off (sysfs_streq(), driver_set_override()).
std::string without_line_end(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    return std::string(text);
}

/// The PCI device that a write is about.
std::string device_of(std::string_view path, std::string_view text) {
    if (path.starts_with(kDevices)) {
        const auto rest = path.substr(kDevices.size());
        return std::string(rest.substr(0, rest.find('/')));
    }
    return std::string(text);
}

}  // namespace

FakeKernel& FakeKernel::add_framebuffer(const std::string& device, const std::string& driver) {
    framebuffers_[device] = driver;
    return *this;
}

FakeKernel& FakeKernel::add(const std::string& address, Device device) {
    if (!device.driver.empty()) {
        loaded_.insert(device.driver);
    }
    devices_[address] = std::move(device);
    return *this;
}

void FakeKernel::load(const std::string& driver) {
    loaded_.insert(driver);
    for (auto& [address, device] : devices_) {
        if (device.driver.empty() && matches(driver, device)) {
            (void)attach(driver, address);
        }
    }
}

void FakeKernel::coldplug() {
    for (const auto& address : plugged_) {
        if (!devices_.at(address).native.empty()) {
            load(devices_.at(address).native);
        }
    }
    plugged_.clear();
}

const FakeKernel::Device& FakeKernel::device(const std::string& address) const {
    return devices_.at(address);
}

std::string FakeKernel::override_of(const std::string& address) const {
    const auto& override = device(address).override;
    return override.empty() ? "(null)" : override;
}

bool FakeKernel::matches(const std::string& driver, const Device& device) {
    return driver == (device.override.empty() ? device.native : device.override);
}

int FakeKernel::attach(const std::string& driver, const std::string& address) {
    auto& device = devices_.at(address);
    if (!device.driver.empty()) {
        return EBUSY;
    }
    if (driver == kVfio && !device.group) {
        return EINVAL;  // vfio_pci_core_register_device() without a group
    }
    if (!liars_.contains(address)) {
        device.driver = driver;
    }
    return 0;
}

void FakeKernel::probe(const std::string& address) {
    const auto& device = devices_.at(address);
    for (const auto& driver : loaded_) {
        if (device.driver.empty() && matches(driver, device)) {
            (void)attach(driver, address);
        }
    }
}

int FakeKernel::write_device(const std::string& address, std::string_view attribute,
                             const std::string& text) {
    auto& device = devices_.at(address);
    if (attribute == "driver_override") {
        device.override = text;  // neither unbinds nor probes
        return 0;
    }
    if (attribute == "d3cold_allowed") {
        if (text != "0" && text != "1") {
            return EINVAL;
        }
        device.d3cold = text;
        return 0;
    }
    if (attribute == "uevent") {
        if (text != "add") {
            return EINVAL;
        }
        plugged_.insert(address);
        return 0;
    }
    if (attribute == "driver/unbind") {
        if (device.driver.empty()) {
            return ENOENT;  // the link is not there
        }
        return write_driver(device.driver, "unbind", text);
    }
    ADD_FAILURE() << "unexpected write to " << attribute << " of " << address;
    return EACCES;
}

int FakeKernel::write_driver(const std::string& driver, std::string_view attribute,
                             const std::string& address) {
    if (!loaded_.contains(driver)) {
        return ENOENT;
    }
    const auto found = devices_.find(address);
    if (found == devices_.end()) {
        return ENODEV;
    }
    auto& device = found->second;
    if (attribute == "bind") {
        return matches(driver, device) ? attach(driver, address) : ENODEV;
    }
    if (attribute == "unbind") {
        if (device.driver != driver) {
            return ENODEV;
        }
        device.driver.clear();
        return 0;
    }
    ADD_FAILURE() << "unexpected write to " << attribute << " of the driver " << driver;
    return EACCES;
}

/// drivers/base/bus.c: unbinding what the driver does not hold, or binding what is held, fails.
int FakeKernel::write_platform(std::string_view path, const std::string& device) {
    const auto slash = path.find('/');
    const std::string driver(path.substr(0, slash));
    const auto found = framebuffers_.find(device);
    if (found == framebuffers_.end()) {
        return ENODEV;
    }
    const bool unbind = path.substr(slash + 1) == "unbind";
    if (unbind ? found->second != driver : !found->second.empty()) {
        return unbind ? ENODEV : EBUSY;
    }
    found->second = unbind ? "" : driver;
    return 0;
}

int FakeKernel::apply(std::string_view path, const std::string& text) {
    if (path.starts_with(kPlatformDrivers)) {
        return write_platform(path.substr(kPlatformDrivers.size()), text);
    }
    if (path == kProbe) {
        if (!devices_.contains(text)) {
            return ENODEV;
        }
        probe(text);
        return 0;  // whether it bound something or not
    }
    for (const auto prefix : {kDevices, kDrivers}) {
        if (!path.starts_with(prefix)) {
            continue;
        }
        const auto rest = path.substr(prefix.size());
        const auto slash = rest.find('/');
        if (slash == std::string_view::npos) {
            break;
        }
        const std::string name(rest.substr(0, slash));
        const auto attribute = rest.substr(slash + 1);
        if (prefix == kDrivers) {
            return write_driver(name, attribute, text);
        }
        return devices_.contains(name) ? write_device(name, attribute, text) : ENOENT;
    }
    ADD_FAILURE() << "unexpected write to " << path;
    return EACCES;
}

int FakeKernel::write(const std::string& path, std::string_view text) {
    const auto shown = path.starts_with(kDevices) ? path.substr(kDevices.size()) : path;
    const auto line = without_line_end(text);
    writes_.push_back(shown + " < " + line);
    const auto device = device_of(path, line);
    if (device == held_) {
        throw Blocked();
    }
    if (blocking_ && blocking_->number + 1 == writes_.size()) {
        if (blocking_->after_effect) {
            (void)apply(path, line);
        }
        held_ = device;
        throw Blocked();
    }
    if (failing_ && failing_->number + 1 == writes_.size()) {
        if (failing_->late) {
            (void)apply(path, line);
        }
        return failing_->code;
    }
    return apply(path, line);
}

std::string FakeKernel::driver(const std::string& device_directory) {
    const auto found = devices_.find(device_directory.substr(kDevices.size()));
    if (!device_directory.starts_with(kDevices) || found == devices_.end()) {
        ADD_FAILURE() << "unexpected look at the driver of " << device_directory;
        return {};
    }
    return found->second.driver;
}

std::string FakeKernel::read(const std::string& path) {
    const std::string_view rest = std::string_view(path).substr(kDevices.size());
    const auto found = devices_.find(std::string(rest.substr(0, rest.find('/'))));
    if (found != devices_.end() && rest.ends_with("/driver_override")) {
        return override_of(found->first);
    }
    if (found != devices_.end() && rest.ends_with("/d3cold_allowed")) {
        return found->second.d3cold;
    }
    if (found != devices_.end()) {
        ADD_FAILURE() << "unexpected read of " << path;
    }
    return {};
}

bool FakeKernel::exists(const std::string& path) {
    ADD_FAILURE() << "unexpected look for " << path;
    return false;
}

Result<ModuleState> FakeLoader::load(const std::string& name) {
    asked_.push_back(name);
    if (answer_ && *answer_ != ModuleState::absent) {
        kernel_.load(name);
    }
    return answer_;
}

}  // namespace early_bind::test
