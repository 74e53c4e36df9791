# SPDX-License-Identifier: MIT
# One place for the language standard, the warnings and the sanitizers of our own targets.

# Nothing here computes for long: -O3 would only make the build slower and the package larger.
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

function(early_bind_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF C_STANDARD 17)
  set(common -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
             -Wformat=2 -Wundef -Wduplicated-cond -Wlogical-op)
  # GCC 12 sees overlaps in its own std::string (https://gcc.gnu.org/PR105329).
  list(APPEND common -Wno-restrict)
  set(cxx -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wuseless-cast -Wextra-semi)
  target_compile_options(${target} PRIVATE
    ${common} $<$<COMPILE_LANGUAGE:CXX>:${cxx}>
    $<$<BOOL:${EARLY_BIND_WERROR}>:-Werror>)
  # fmt is compiled in core/fmt.cpp, so that one package serves distributions with different libfmt sonames; the static
  # thousands separator keeps std::locale out (650 KB in a static binary).
  target_compile_definitions(${target} PUBLIC FMT_STATIC_THOUSANDS_SEPARATOR=',')
  if(EARLY_BIND_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=address,undefined -fno-sanitize-recover=all
                                            -fno-omit-frame-pointer)
    target_compile_definitions(${target} PUBLIC _GLIBCXX_ASSERTIONS)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(EARLY_BIND_COVERAGE)
    target_compile_options(${target} PUBLIC --coverage -O0)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()
