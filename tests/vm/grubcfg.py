# SPDX-License-Identifier: MIT
"""Reads a grub.cfg: the entries in the order of the menu, and the file without our section."""

import re
import shlex
from dataclasses import dataclass, replace

OUR_SECTION = re.compile(r"\n### BEGIN (\S*/42_early-bind) ###\n.*?### END \1 ###\n", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    title: str
    id: str
    menu: tuple  # the titles of the sub-menus around it
    kernel: str = ""
    arguments: tuple = ()  # of the kernel
    initrd: str = ""
    options: tuple = ()  # the words of its head besides title and id
    body: tuple = ()  # its lines as written, without the blanks around them

    def lines(self, *commands):
        """The lines of its body with one of these commands."""
        return tuple(line for line in self.body if line.split(maxsplit=1)[0] in commands)

    def kernel_version(self):
        return self.kernel.rsplit("/vmlinuz-", 1)[-1]


def entries(text):
    """Every menuentry. Braces are counted by lines, as every generator of a grub.cfg writes them."""
    found, menus, depth, inside = [], [], 0, None
    for line in text.splitlines():
        word = line.strip()
        if word.startswith(("menuentry ", "submenu ")):
            words = shlex.split(word)
            title = words[1]
            if words[0] == "submenu":
                menus.append((title, depth))
            else:
                found.append(Entry(title, _id(words), tuple(name for name, _ in menus), options=_options(words)))
                inside = depth
        elif inside is not None and word and not (word == "}" and depth == inside + 1):
            found[-1] = replace(found[-1], body=found[-1].body + (word,))
        if found and word.startswith(("linux\t", "linux ")):
            words = shlex.split(word)
            found[-1] = replace(found[-1], kernel=words[1], arguments=tuple(words[2:]))
        elif found and word.startswith(("initrd\t", "initrd ")):
            found[-1] = replace(found[-1], initrd=shlex.split(word)[1])
        if word.endswith("{"):
            depth += 1
        elif word == "}":
            depth -= 1
            if inside == depth:
                inside = None
            if menus and menus[-1][1] == depth:
                menus.pop()
    return found


def find(entries_, title):
    """The first entry with a title."""
    return next(entry for entry in entries_ if entry.title == title)


def _id(words):
    for mark in ("--id", "$menuentry_id_option", "${menuentry_id_option}"):
        if mark in words[:-1]:
            return words[words.index(mark) + 1]
    return ""


def _options(words):
    """The words of an entry's head without title, id and brace."""
    words = words[2:-1] if words[-1] == "{" else words[2:]
    for mark in ("--id", "$menuentry_id_option", "${menuentry_id_option}"):
        if mark in words[:-1]:
            at = words.index(mark)
            words = words[:at] + words[at + 2:]
    return tuple(words)


def without_ours(text):
    return OUR_SECTION.sub("", text)
