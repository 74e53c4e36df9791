# SPDX-License-Identifier: MIT
"""Puts files over those of an initramfs: the kernel unpacks one cpio archive after the other, and the last one wins.

A fault is a shell script that runs in the initramfs ahead of everything else: init sources conf/conf.d/* before its
first script, with /dev, /proc and /sys there. The image has klibc's few commands and no rm: its `nuke` removes. On trixie
it has busybox besides, which comes along with cryptsetup.
"""

import stat
import zlib

FAULT_RAN, FAULT_FAILED = "fault: it is in place", "fault: it failed"

# Whatever the script says goes to the kernel's log. What it leaves running has to close its standard output.
RUN_FAULT = f"""\
{{ sh -e /fault 2>&1 && echo '{FAULT_RAN[7:]}' || echo '{FAULT_FAILED[7:]}'; }} |
    while read -r line; do echo "fault: $line" >/dev/kmsg; done
"""


def fault(script):
    """The files that make the initramfs run a shell script (set -e) ahead of early-bind."""
    return {"conf": None, "conf/conf.d": None, "conf/conf.d/zz-fault": RUN_FAULT, "fault": script}


def archive(files):
    """An uncompressed cpio archive (newc): path -> text, or None for a folder."""
    data = b""
    for number, (path, text) in enumerate([*files.items(), ("TRAILER!!!", "")], 1):
        name, content = path.encode() + b"\0", (text or "").encode()
        mode = stat.S_IFDIR | 0o755 if text is None else stat.S_IFREG | 0o644
        # inode, mode, user, group, links, time, size, device (2), node (2), length of the name, checksum (not used)
        header = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        data += _aligned(b"070701" + b"".join(b"%08X" % value for value in header) + name) + _aligned(content)
    return data


def join(initrd, files, target):
    """Writes the initrd with the files over its own to `target`; returns that."""
    with open(initrd, "rb") as original, open(target, "wb") as out:
        out.write(_aligned(original.read()) + archive(files))
    return target


def sealed(table):
    """A boot table whose records were changed, with the checksum that fits them."""
    body = table[: table.rindex("revision ")]
    return f"{body}revision {zlib.crc32(body.encode()):08x}\n"


def _aligned(data):
    return data + bytes(-len(data) % 4)
