# SPDX-License-Identifier: MIT
"""What a VT100 shows of the bytes that a boot loader sends down a serial line: enough to read its menu."""

import re

ROWS, COLUMNS = 24, 80
SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z@])|\x1b[()][0-9A-Za-z]|\x1b[0-9A-Za-z=>]")
FRAME = "|+-/\\*^v<> │┌┐└┘─\t"


class Screen:
    def __init__(self):
        self.pending = ""
        self.clear()

    def clear(self):
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.marked = [[False] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.reverse = False

    def feed(self, text):
        text = self.pending + text
        self.pending = ""
        at = 0
        while at < len(text):
            character = text[at]
            if character == "\x1b":
                found = SEQUENCE.match(text, at)
                if found:
                    self._sequence(found)
                    at = found.end()
                elif len(text) - at < 16:
                    self.pending = text[at:]  # the rest of this sequence is still to come
                    return
                else:
                    at += 1
                continue
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self._down()
            elif character == "\b":
                self.column = max(0, self.column - 1)
            elif character >= " ":
                self._put(character)
            at += 1

    def _put(self, character):
        if self.column >= COLUMNS:
            self.column = 0
            self._down()
        self.cells[self.row][self.column] = character
        self.marked[self.row][self.column] = self.reverse
        self.column += 1

    def _down(self):
        if self.row < ROWS - 1:
            self.row += 1
            return
        self.cells = self.cells[1:] + [[" "] * COLUMNS]
        self.marked = self.marked[1:] + [[False] * COLUMNS]

    def _sequence(self, found):
        kind = found.group(2)
        numbers = [int(number) for number in re.findall(r"\d+", found.group(1) or "")]
        if kind == "H":
            row, column = (numbers + [1, 1])[:2] if len(numbers) != 1 else (numbers[0], 1)
            self.row = min(max(row, 1), ROWS) - 1
            self.column = min(max(column, 1), COLUMNS) - 1
        elif kind == "J":
            if numbers == [2] or (self.row, self.column) == (0, 0):
                reverse = self.reverse
                self.clear()
                self.reverse = reverse
        elif kind == "K":
            for column in range(self.column, COLUMNS):
                self.cells[self.row][column] = " "
                self.marked[self.row][column] = False
        elif kind == "m":
            for number in numbers or [0]:
                if number in (7, 47):  # GRUB; systemd-boot by the firmware: on light grey
                    self.reverse = True
                elif number in (0, 27, 40):
                    self.reverse = False

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def highlighted(self):
        """The text of the line in reverse video, which is the menu entry that Enter would boot; or None."""
        for cells, marked in zip(self.cells, self.marked):
            if sum(marked) > COLUMNS // 2:
                return "".join(cell for cell, mark in zip(cells, marked) if mark).strip(FRAME).strip()
        return None

    def shows_menu(self, loader="GRUB"):
        return (loader != "GRUB" or "GNU GRUB" in self.text()) and bool(self.highlighted())
