# SPDX-License-Identifier: MIT
"""Cases in which the machine is another one than that which `grub-gen apply` saw."""

from dataclasses import replace

from machine import CARD_SOUND_AND_USB, Slot
from testcase import EVERY_KERNEL, GPU1, GPU2, GPU3, case, places


@case("iommu-off", *EVERY_KERNEL)
def iommu_off(test):
    test.machine = replace(test.machine, iommu=False)
    test.boot_direct(2)
    test.expect_end("refused", "iommu-off")


@case("bus-numbers-moved", "trixie")
def bus_numbers_moved(test):
    test.machine = test.machine.with_slot(Slot(1, "an added network card", ("e1000e,romfile=",)))
    test.boot_direct(2)
    test.expect_end("done", passed=places(GPU1, GPU3))
    then, now = test.functions("address_then"), test.functions("address")
    for place in sorted(places(GPU1, GPU3)):
        stock = test.installed.stock.functions[place].address
        live = test.state.functions[place].address
        test.expect(live != stock, f"the bus number of {place} is another one than in the stock boot, {stock}")
        said = now.get(place), then.get(place)
        test.expect(said == (live, stock), f"{place} is reported at {live} and was at {stock}; the report has {said}")


@case("cards-swapped", "trixie")
def cards_swapped(test):
    test.machine = test.machine.with_slot(replace(GPU3, port=GPU2.port), replace(GPU2, port=GPU3.port))
    test.boot_direct(3)
    test.expect_end("done", "moved", passed=places(GPU1, replace(GPU2, port=GPU3.port)))


@case("kept-card-pulled", "trixie")
def kept_card_pulled(test):
    test.machine = test.machine.with_slot(replace(GPU3, functions=()))
    test.boot_direct(3)
    test.expect_end("refused", "kept-missing")


@case("passed-card-pulled", "trixie")
def passed_card_pulled(test):
    test.machine = test.machine.with_slot(replace(GPU3, functions=()))
    test.boot_direct(1)
    test.expect_end("done", "missing", passed=places(GPU2))


@case("card-added", "trixie")
def card_added(test):
    # Of the model that the layout passes: what counts is that the table does not know this one.
    test.machine = test.machine.with_slot(replace(GPU3, port=7))
    test.boot_direct(1)
    test.expect_end("done", passed=places(GPU2, GPU3))


@case("another-card-in-its-place", "trixie")
def another_card_in_its_place(test):
    test.machine = test.machine.with_slot(replace(GPU3, functions=("secondary-vga",) + CARD_SOUND_AND_USB))
    test.boot_direct(1)
    test.expect_end("done", "missing", passed=places(GPU2))


def shared_group(name, neighbour, code, driver):
    """A passed card behind a conventional bridge, and in its group a device that is no part of it."""

    @case(name, "trixie")
    def unsafe(test):
        slot = replace(GPU3, neighbours=(neighbour,))
        test.machine = test.machine.with_slot(slot)
        test.boot_direct(1)
        test.expect_end("refused", "moved", code, new={slot.card_places(1)[0]: driver, slot.places()[1]: ""})


shared_group("group-shared-with-network-card", "e1000,romfile=", "foreign-in-closure", "e1000")
shared_group("group-shared-with-disk", "nvme,serial=1", "storage-guard", "nvme")
