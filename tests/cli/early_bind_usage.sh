#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind: what it says to words it does not understand and to a root that is none.
# usage: early_bind_usage.sh EARLY_BIND EARLY_BIND_HOST
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
early_bind=$(absolute "$1")
host=$2 # where early-bind looks for it: in the build folder, or where a package puts it

see='see early-bind --help'
missing="early-bind: a command is missing: boot, plan, status, late, complete or confirm; $see"
expect 'no command' 2 '' "$missing" "$early_bind"
expect 'only an option' 2 '' "$missing" "$early_bind" --sysroot .
expect 'unknown command' 2 '' "early-bind: \`fetch\` is not understood here; $see" "$early_bind" fetch
expect 'two commands' 2 '' "early-bind: \`status\` is not understood here; $see" \
    "$early_bind" plan status
expect 'unknown option' 2 '' "early-bind: \`--force\` is not understood here; $see" \
    "$early_bind" plan --force
expect 'missing value of --profile' 2 '' "early-bind: --profile needs a value; $see" \
    "$early_bind" plan --profile
expect 'missing value of --sysroot' 2 '' "early-bind: --sysroot needs a value; $see" \
    "$early_bind" status --sysroot
expect 'empty value' 2 '' "early-bind: --sysroot needs a value; $see" "$early_bind" plan --sysroot=
expect 'boot goes on whatever it is told' 0 '' \
    "early-bind: \`--force\` is not understood here; $see" "$early_bind" boot --force

"$early_bind" --help >help.txt
check '--help succeeds' [ $? -eq 0 ]
check '--help says how to call it' \
    [ "$(sed -n 1p help.txt)" = 'usage: early-bind COMMAND [OPTION...]' ]
check '--version is one line' [ "$("$early_bind" --version | grep -c '^early-bind [0-9.]*$')" -eq 1 ]

# What the booted system's commands are told goes to their program word by word.
if [ -x "$host" ]; then
    expect 'a command of the booted system' 1 '' \
        'early-bind: cannot open the root directory go ne: No such file or directory' \
        "$early_bind" --sysroot 'go ne' groups
else
    expect 'a command of the booted system, without its program' 2 '' \
        "early-bind: cannot run $host: No such file or directory; install the whole package early-bind" \
        "$early_bind" groups
fi

mkdir empty
: >file
gone='early-bind: cannot open the root directory gone: No such file or directory'
no_directory='early-bind: cannot open the root directory file: Not a directory'
expect 'plan: no such root' 2 '' "$gone" "$early_bind" plan --sysroot gone
expect 'status: no such root' 2 '' "$gone" "$early_bind" status --sysroot gone
expect 'boot: no such root' 0 '' "$gone" "$early_bind" boot --sysroot gone
expect 'boot: the root named first' 0 '' "$gone" "$early_bind" --sysroot gone boot
expect 'plan: a file as root' 2 '' "$no_directory" "$early_bind" plan --sysroot file
expect 'status: a file as root' 2 '' "$no_directory" "$early_bind" status --sysroot file
expect 'boot: a file as root' 0 '' "$no_directory" "$early_bind" boot --sysroot file
expect_unchanged empty 'plan: an empty root' 2 '' \
    'early-bind: cannot list empty/sys/bus/pci/devices: No such file or directory: no PCI devices there; is empty/ the root of a Linux system with /sys mounted?' \
    "$early_bind" plan --sysroot empty
no_command_line='cannot read empty/proc/cmdline: No such file or directory'
expect_unchanged empty 'status: an empty root' 2 '' "early-bind: $no_command_line" \
    "$early_bind" status --sysroot empty
expect_unchanged empty 'boot: an empty root' 0 '' "early-bind: $no_command_line, doing nothing" \
    "$early_bind" boot --sysroot empty
finish
