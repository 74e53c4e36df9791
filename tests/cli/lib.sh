# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the black-box tests share. A test works in a directory of its own and names its root by a
# relative path, so that the messages are the same everywhere.
set -u

machines=$(cd "$(dirname "$0")/../machines" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" || exit 1
failures=0

# What gcc's sanitizers and the locale may add to messages stays out of them.
LC_ALL=C
export LC_ALL

# absolute PATH: the programs are given on the command line and we change the directory.
absolute() {
    case $1 in
        /*) echo "$1" ;;
        *) echo "$OLDPWD/$1" ;;
    esac
}

# lay_out DIR [MKSYSFS-OPTION...]: a machine with two cards, in a root as a distribution makes it.
lay_out() {
    lay_out_dir=$1
    shift
    "$machines/mksysfs" "$machines/am4-x570-navi21-rx480.json" "$lay_out_dir" --force "$@" \
        >/dev/null || exit 1
    mkdir -p "$lay_out_dir/usr/share/misc" "$lay_out_dir/var/lib" "$lay_out_dir/run"
    cp "$machines/pci.ids" "$lay_out_dir/usr/share/misc/pci.ids"
    mkdir -p "$lay_out_dir/proc/self"
    echo '1 0 0:2 / / rw - tmpfs tmpfs rw' >"$lay_out_dir/proc/self/mountinfo"
}

# tree DIR: a sum over every name, link, content and time below DIR.
tree() {
    tar --sort=name -C "$1" -cf - . | cksum
}

fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

# check WHAT COMMAND...: the command must succeed.
check() {
    check_what=$1
    shift
    if "$@"; then
        echo "ok: $check_what"
    else
        fail "$check_what"
    fi
}

# same_text WHAT EXPECTED GOT: both whole.
same_text() {
    if [ "$2" = "$3" ]; then
        return 0
    fi
    fail "$1"
    printf '%s\n' "$2" >expected.txt
    printf '%s\n' "$3" >got.txt
    diff -u expected.txt got.txt
    return 1
}

# expect WHAT STATUS OUT ERR COMMAND...: exit status, standard output and standard error, whole.
expect() {
    expect_what=$1 expect_status=$2 expect_out=$3 expect_err=$4
    shift 4
    "$@" >out.txt 2>err.txt
    got_status=$?
    if [ "$got_status" -ne "$expect_status" ]; then
        fail "$expect_what: exit status $got_status and not $expect_status"
        cat err.txt
    elif same_text "$expect_what: output" "$expect_out" "$(cat out.txt)" &&
        same_text "$expect_what: messages" "$expect_err" "$(cat err.txt)"; then
        echo "ok: $expect_what"
    fi
}

# expect_unchanged DIR ...: as expect, and nothing below DIR may change.
expect_unchanged() {
    unchanged_dir=$1
    shift
    unchanged_before=$(tree "$unchanged_dir")
    expect "$@"
    check "$1: nothing was written" [ "$(tree "$unchanged_dir")" = "$unchanged_before" ]
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

command -v python3 >/dev/null || skip "no python3 to lay a machine out with"
