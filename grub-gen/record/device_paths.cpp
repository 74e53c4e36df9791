// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <set>

#include "grub-gen/record/recording.hpp"

namespace early_bind {
namespace {

using pci::Address;

/// Finds directories from the top down.
class PathFinder {
  public:
    explicit PathFinder(const Recording& recording)
        : recording_(recording), above_(recording.missing_bridges) {
        for (const auto& function : recording.functions) {
            above_[function.address] = function.parent;
        }
    }

    Result<std::map<Address, std::string>> find() {
        for (const auto& [address, unused] : above_) {
            if (auto done = find(address); !done) {
                return tl::unexpected(done.error());
            }
        }
        return std::move(paths_);
    }

  private:
    static std::string bus(const Address& address) {
        return fmt::format("{:04x}:{:02x}", address.domain, address.bus);
    }

    /// What the directory of a function is in: a function, or nothing above a root bus.
    [[nodiscard]] std::optional<Address> holder(const Address& address) const {
        if (const auto& parent = above_.at(address)) {
            return parent;
        }
        const auto nested = recording_.root_bus_parents.find(bus(address));
        return nested == recording_.root_bus_parents.end() ? std::nullopt
                                                           : std::optional(nested->second);
    }

    /// The chain up to what is known or a root bus, then the paths down again: no recursion, since
    /// a file may hold a chain of any length.
    Result<void> find(const Address& address) {
        std::vector<Address> chain;
        std::set<Address> seen;
        for (std::optional<Address> next = address; next && !paths_.contains(*next);
             next = holder(*next)) {
            if (!above_.contains(*next)) {
                return fail(fmt::format("{} is below {}, which is not there",
                                        to_string(chain.back()), to_string(*next)));
            }
            if (!seen.insert(*next).second) {
                return fail(fmt::format("{} is below itself", to_string(*next)));
            }
            chain.push_back(*next);
        }
        for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
            const auto above = holder(*step);
            std::string path = above ? paths_.at(*above) : std::string("sys/devices");
            if (!above_.at(*step)) {
                path += "/pci" + bus(*step);
            }
            path += "/" + to_string(*step);
            constexpr std::size_t kLongest = 2048;  // of the 4096 bytes that a path may have
            if (path.size() > kLongest) {
                return fail(fmt::format("{} is below too many bridges", to_string(*step)));
            }
            paths_[*step] = std::move(path);
        }
        return {};
    }

    const Recording& recording_;
    std::map<Address, std::optional<Address>> above_;
    std::map<Address, std::string> paths_;
};

}  // namespace

std::optional<std::string> root_bus_name(std::string_view directory) {
    if (!directory.starts_with("pci")) {
        return std::nullopt;
    }
    std::string bus(directory.substr(3));
    return pci::parse_address(bus + ":00.0") ? std::optional(std::move(bus)) : std::nullopt;
}

Result<std::map<Address, std::string>> device_paths(const Recording& recording) {
    return PathFinder(recording).find();
}

}  // namespace early_bind
