#!/bin/sh
# SPDX-License-Identifier: MIT
# The first hook of dracut's first stage, cmdline: ahead of udev, which loads the GPU drivers. It is sourced, without
# systemd by PID 1 itself, so nothing here ends the shell. Where the unit ran before, this finds the report and does
# nothing.
[ ! -x /usr/sbin/early-bind ] || /usr/sbin/early-bind boot || :
