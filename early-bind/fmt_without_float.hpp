// SPDX-License-Identifier: MIT
#pragma once

// Included by the compiler's -include ahead of every source of the static early-bind: keeps fmt's
// floating point, 25 KB, out of it. A source that formats a float or double there does not compile.

#define FMT_USE_FLOAT 0
#define FMT_USE_DOUBLE 0
#define FMT_USE_LONG_DOUBLE 0
#define FMT_USE_FLOAT128 0

#include <fmt/format.h>

// fmt itself would let "{}" of a double compile, and print nothing.
template <>
struct fmt::formatter<float, char>;
template <>
struct fmt::formatter<double, char>;
template <>
struct fmt::formatter<long double, char>;
