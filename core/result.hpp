// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace early_bind {

/// A failure that names the object it happened to, as one sentence without a full stop:
/// "cannot read /sys/bus/pci/devices: No such file or directory".
struct Error {
    std::string what;
};

/// A value or the Error that stands in its place.
template <class T>
using Result = tl::expected<T, Error>;

/// Shorthand for returning an Error from a function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(std::string what) {
    return tl::unexpected<Error>(Error{std::move(what)});
}

}  // namespace early_bind
