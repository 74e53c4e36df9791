#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind lives in every initramfs: fully static, 1 MiB at most, and none of the parts of the
# C++ library that would cost hundreds of kilobytes.
#
#   static_binary.sh PROGRAM    the program as linked, with its symbols
set -eu
export LC_ALL=C

LIMIT=1048576
# Class names as nm -C prints them. std::locale::id and the like come with any iostream.
UNWANTED='std::(__cxx11::)?(ios_base|basic_i?o?stream|basic_[a-z]*buf|locale|ctype|num_put|regex|basic_regex)\b|std::__detail::_(NFA|Scanner|Compiler)\b'

program=$1
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

kind=$(file -bL "$program")
case $kind in
    *"statically linked"* | *"static-pie linked"*) ;;
    *) fail "not statically linked: $kind" ;;
esac

strip -o "$work/stripped" "$program"
size=$(stat -c %s "$work/stripped")
echo "$size bytes stripped, $((LIMIT - size)) left of $LIMIT"
if test "$size" -gt "$LIMIT"; then fail "$size bytes are more than $LIMIT"; fi

# Without symbols nothing would be found, whatever is in it.
nm -C "$program" >"$work/symbols"
if ! grep -qE ' main$' "$work/symbols"; then fail "$program is stripped: its symbols are needed"; fi
if grep -E "$UNWANTED" "$work/symbols" >"$work/unwanted"; then
    fail "unwanted parts of the C++ library ($(wc -l <"$work/unwanted") symbols):"
    head -n 20 "$work/unwanted"
fi

test "$failures" = 0
