# SPDX-License-Identifier: MIT
# Where the sources are of the C libraries that we compile ourselves, and how we compile them.

# early_bind_sources(KMOD kmod libkmod/libkmod.c ...): for each prefix, source package and file that
# must be in it, sets PREFIX_SOURCE to the directory. That is the environment or cache variable
# PREFIX_SOURCE_DIR where it is set; else the distribution's source package.
function(early_bind_sources)
  set(arguments ${ARGN})
  while(arguments)
    list(POP_FRONT arguments prefix package file)
    set(${prefix}_SOURCE_DIR "$ENV{${prefix}_SOURCE_DIR}" CACHE PATH
        "Unpacked sources of ${package} for the static build; empty: the distribution's source package")
    set(file_of_${prefix} ${file})
    if(${prefix}_SOURCE_DIR)
      get_filename_component(source_of_${prefix} "${${prefix}_SOURCE_DIR}" ABSOLUTE
                             BASE_DIR "${CMAKE_SOURCE_DIR}")
    else()
      list(APPEND wanted ${package})
      list(APPEND wanting ${prefix})
    endif()
    list(APPEND prefixes ${prefix})
  endwhile()

  if(wanted)
    execute_process(COMMAND "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/distribution-source" ${wanted}
                    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE
                    RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      list(TRANSFORM wanting APPEND _SOURCE_DIR)
      list(JOIN wanting ", " wanting)
      message(FATAL_ERROR
        "No sources for the static early-bind (the reason stands above). Set ${wanting} to unpacked "
        "source trees, or configure with -DEARLY_BIND_STATIC=OFF to link the shared libkmod.")
    endif()
    string(REPLACE "\n" ";" found "${found}")
    foreach(prefix directory IN ZIP_LISTS wanting found)
      set(source_of_${prefix} "${directory}")
    endforeach()
  endif()

  foreach(prefix ${prefixes})
    if(NOT EXISTS "${source_of_${prefix}}/${file_of_${prefix}}")
      message(FATAL_ERROR "${source_of_${prefix}} has no ${file_of_${prefix}}. It comes from "
                          "${prefix}_SOURCE_DIR if that is set, else it is the cached source package: "
                          "remove it to have it fetched anew.")
    endif()
    message(STATUS "Static early-bind: ${source_of_${prefix}}")
    set(${prefix}_SOURCE "${source_of_${prefix}}" PARENT_SCOPE)
  endforeach()
endfunction()

# What makes the static early-bind small, for its own code and for the libraries in it. The objects
# keep their machine code (fat), so that a program that links without -flto, as the tests do, can.
function(early_bind_small target)
  target_compile_options(${target} PRIVATE
    -ffunction-sections -fdata-sections
    $<$<CONFIG:Release>:-Os> $<$<CONFIG:Release>:-flto=auto> $<$<CONFIG:Release>:-ffat-lto-objects>)
endfunction()

# A static library from someone else's C sources: none of our warnings.
function(early_bind_foreign_library target)
  add_library(${target} STATIC ${ARGN})
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11 C_EXTENSIONS ON C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON
    EXPORT_COMPILE_COMMANDS OFF UNITY_BUILD OFF)
  target_compile_options(${target} PRIVATE -w)
  early_bind_small(${target})
endfunction()
