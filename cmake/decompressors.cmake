# SPDX-License-Identifier: MIT
# early_bind_zstd and early_bind_xz: the part of libzstd and liblzma that reads a .ko.zst or .ko.xz.
#
# The distribution's libzstd.a and liblzma.a would do, but they add 240 KB more to early-bind: they are
# made for speed, and libzstd.a reads the formats of before 2016 too. The
# macros below are the libraries' own.

function(early_bind_zstd source)
  set(work "${CMAKE_CURRENT_BINARY_DIR}/zstd")
  file(COPY "${source}/lib/zstd.h" "${source}/lib/zstd_errors.h" DESTINATION "${work}/include")
  file(GLOB sources CONFIGURE_DEPENDS "${source}/lib/common/*.c" "${source}/lib/decompress/*.c")
  early_bind_foreign_library(early_bind_zstd ${sources})
  # The list of lib/README.md for a small decoder.
  target_compile_definitions(early_bind_zstd PRIVATE
    ZSTD_LEGACY_SUPPORT=0 HUF_FORCE_DECOMPRESS_X1 ZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT ZSTD_NO_INLINE
    ZSTD_STRIP_ERROR_STRINGS DYNAMIC_BMI2=0 ZSTD_DISABLE_ASM)
  target_include_directories(early_bind_zstd SYSTEM INTERFACE "${work}/include")
endfunction()

function(early_bind_xz source)
  set(work "${CMAKE_CURRENT_BINARY_DIR}/xz")
  set(liblzma "${source}/src/liblzma")
  file(COPY "${liblzma}/api/" DESTINATION "${work}/include" FILES_MATCHING PATTERN "*.h")
  file(GLOB sources CONFIGURE_DEPENDS "${liblzma}/common/*.c")
  list(FILTER sources EXCLUDE REGEX "/[^/]*(encoder|_mt|outqueue|hardware|string_conversion)[^/]*$")
  list(APPEND sources
    "${liblzma}/check/check.c" "${liblzma}/check/crc32_small.c" "${liblzma}/check/crc64_small.c"
    "${liblzma}/lz/lz_decoder.c" "${liblzma}/lzma/lzma_decoder.c" "${liblzma}/lzma/lzma2_decoder.c"
    "${liblzma}/simple/simple_coder.c" "${liblzma}/simple/simple_decoder.c" "${liblzma}/simple/x86.c")
  early_bind_foreign_library(early_bind_xz ${sources})
  # LZMA2 and x86 is what the kernel's build and Documentation/staging/xz.rst know for this machine.
  target_compile_definitions(early_bind_xz PRIVATE
    HAVE_SMALL HAVE_DECODERS HAVE_DECODER_LZMA2 HAVE_DECODER_X86 HAVE_CHECK_CRC32 HAVE_CHECK_CRC64
    HAVE_STDINT_H HAVE_INTTYPES_H HAVE_STDBOOL_H HAVE_STRING_H HAVE_FUNC_ATTRIBUTE_CONSTRUCTOR
    HAVE___BUILTIN_BSWAPXX SIZEOF_SIZE_T=${CMAKE_SIZEOF_VOID_P} TUKLIB_SYMBOL_PREFIX=lzma_)
  foreach(directory api common check lz lzma simple rangecoder delta)
    target_include_directories(early_bind_xz PRIVATE "${liblzma}/${directory}")
  endforeach()
  target_include_directories(early_bind_xz PRIVATE "${source}/src/common")
  target_include_directories(early_bind_xz SYSTEM INTERFACE "${work}/include")
endfunction()
