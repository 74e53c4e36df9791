// SPDX-License-Identifier: MIT
// What std::terminate() calls, in the static program: libstdc++'s own handler prints the name of
// the exception's type, for which it brings a demangler and stdio along (45 KB). libstdc++ declares
// it in <exception>, and the linker takes this one because it comes first.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string_view>

void __gnu_cxx::__verbose_terminate_handler() {
    constexpr std::string_view kMessage =
        "early-bind: internal error: an exception nobody catches\n";
    if (::write(STDERR_FILENO, kMessage.data(), kMessage.size()) < 0) {
        // Nobody is left to tell.
    }
    std::abort();
}
