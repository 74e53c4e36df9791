# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the shell tests share. A test is a list of checks; finish says how many failed.

failures=0

# check WHAT COMMAND...: the command must succeed.
check() {
    check_what=$1
    shift
    if "$@"; then
        echo "ok: $check_what"
    else
        echo "FAILED: $check_what"
        failures=$((failures + 1))
    fi
}

# check_equal WHAT GOT EXPECTED
check_equal() {
    check "$1" [ "$2" = "$3" ]
    [ "$2" = "$3" ] || printf '  got:      %s\n  expected: %s\n' "$2" "$3"
}

# skip WHY: for a missing tool; a failure where CI is set.
skip() {
    echo "SKIPPED: $1"
    [ -z "${CI:-}" ] || exit 1
    exit 77
}

finish() {
    [ "$failures" -eq 0 ] || echo "$failures checks failed"
    exit $((failures > 0))
}
