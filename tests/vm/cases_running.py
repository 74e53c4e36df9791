# SPDX-License-Identifier: MIT
"""The booted system: the desktop comes up on the kept card, a VM gets the passed ones, and cards change hands at run time."""

from running import Console, Inside, choose_desktop, expect_desktop_on
from testcase import GPU1, GPU2, GPU3, case, places

# Everything that a person could have edited between two boots.
FILES = ("{ find /etc /usr/share/X11 -type l -printf '%p %l\\n'; find /etc /usr/share/X11 -type f -exec sha256sum {} +; } "
         "| sort")
DRIVERS = "find /sys/bus/pci/devices/*/driver -printf '%h %l\\n'"
VM = "--machine --accel tcg --memory 64M --vcpus 1"


@case("desktop-follows-the-layout", "bookworm")
def desktop_follows_the_layout(test):
    console = Console(test)
    console.title("booted: " + test.menu_entry(1).title)
    guest = test.boot_layout(1)
    choose_desktop(guest)
    guest.must("systemctl start display-manager", 120)
    expect_in_use(console, 1)
    guest.must(f"{FILES} >/root/files")

    entry = test.menu_entry(2)
    test.reboot_to(*entry.menu, entry.title)
    console.title("booted: " + entry.title)
    expect_in_use(console, 2)
    times = "systemctl show --value --property={} {}"
    told = int(guest.must(times.format("ExecMainExitTimestampMonotonic", "early-bind-display")))
    begun = int(guest.must(times.format("ExecMainStartTimestampMonotonic", "display-manager")))
    test.expect(0 < told < begun, f"the display manager began, at {begun} us, when the files were there, at {told} us")
    edited = console.type(f"{FILES} | diff /root/files - && echo no file was edited")
    test.expect(edited.output == "no file was edited\n", f"no file was edited between; there is: {edited.output}")


def expect_in_use(console, kept):
    """In the layout that keeps a GPU, Xorg is on that one, and a VM gets the others from one and the same command."""
    test, guest = console.test, console.test.guest
    test.expect_layout(kept)
    slots = dict(enumerate(test.machine.gpus(), 1))
    passed = [function for number, slot in slots.items() if number != kept for function in test.state.of_slot(slot)]
    for command in ("grep -o 'early-bind.*' /proc/cmdline", "early-bind status", "early-bind display"):
        console.must(command)
    unit = guest.must("systemctl show --property=Result,ConditionResult,ExecMainStatus early-bind-display")
    test.expect(sorted(unit.split()) == ["ConditionResult=yes", "ExecMainStatus=0", "Result=success"],
                f"early-bind-display.service ran; systemd says {unit.split()}")
    desktop = expect_desktop_on(console, test.state.of_slot(slots[kept])[0])

    console.must(f"early-bind export qemu {VM}")
    inside = Inside(console, VM)
    inside.expect_has(passed)
    test.expect(expect_desktop_on(console, test.state.of_slot(slots[kept])[0]) == desktop, "Xorg is the same as before")
    inside.end()


@case("switch-at-run-time", "bookworm")
def switch_at_run_time(test):
    console = Console(test)
    console.title("booted: " + test.menu_entry(1).title)
    guest = test.boot_direct(1)
    first, second, third = [test.state.of_slot(slot)[0] for slot in (GPU1, GPU2, GPU3)]
    choose_desktop(guest)
    guest.must("systemctl start display-manager", 120)
    desktop = expect_desktop_on(console, first)

    console.title("a card that the desktop uses stays")
    drivers = guest.must(DRIVERS)
    refused = console.type(f"early-bind bind {first.address} --headless --run")
    test.expect(refused.status == 1 and f"Xorg (process {desktop}) has /dev/dri/card" in refused.output
                and refused.output.endswith("refused: nothing would be changed\n"),
                f"a card that Xorg has open is refused; that said: {refused.output}")
    change = f"early-bind switch {test.profile(2)['name']}"
    refused = console.type(change)
    test.expect(refused.status == 1 and f"Xorg (process {desktop}) has" in refused.output,
                f"so is another layout; that said: {refused.output}")

    console.title("a card that nobody uses goes and comes")
    dry = console.must(f"early-bind release {third.address}")
    test.expect(dry.endswith("nothing was changed: --run does it\n"), f"without --run it only says so; it says: {dry}")
    test.expect_equal_text(drivers, guest.must(DRIVERS), "the drivers after what only says what it would do")
    console.must(f"early-bind release {third.address} --run", 120)
    expect_changed(console, GPU2)
    console.must("early-bind bind gpu:cirrus --run", 120)
    expect_changed(console, GPU2, GPU3)
    test.expect(expect_desktop_on(console, first) == desktop, "Xorg did not mind")

    console.title("another layout, and the desktop with it")
    console.must(change + " --run --stop-display-manager", 180)
    expect_changed(console, GPU1, GPU3)
    expect_desktop_on(console, second)
    inside = Inside(console, f"{VM} --device {first.address}")
    inside.expect_has(test.state.of_slot(GPU1))
    refused = console.type(f"early-bind release {first.address} --run")
    test.expect(refused.status == 1 and f"(process {inside.pid})" in refused.output,
                f"a card that a VM has is refused; that said: {refused.output}")
    inside.end()

    console.title("what is there to plan with")
    listed = console.must("early-bind groups")
    for function in test.on_vfio():
        test.expect(function.address in listed, f"groups lists {function.address}")
    console.must("early-bind cpus && early-bind inputs")
    console.must(f"early-bind rom {third.address} /root/third.rom && early-bind rom {third.address} --check /root/third.rom")

    console.title("two cards for the host: Xorg by itself would take the first, which the firmware shows its output on")
    console.must(f"early-bind release {first.address} --run", 120)
    expect_changed(console, GPU3)
    guest.must("systemctl restart display-manager", 120)
    expect_desktop_on(console, second, first)

    console.title("and back")
    console.must(f"early-bind switch {test.profile(1)['name']} --run --stop-display-manager", 180)
    expect_changed(console, GPU2, GPU3)
    expect_desktop_on(console, first)

    console.title("the last card goes, and with it the desktop until it comes again")
    console.must(f"early-bind bind {first.address} --headless --run --stop-display-manager", 180)
    expect_changed(console, GPU1, GPU2, GPU3)
    gone = console.type("systemctl is-active display-manager")
    test.expect(gone.output == "inactive\n", f"without a card there is no desktop; it is {gone.output}")
    console.must(f"early-bind release {first.address} --run", 120)
    expect_changed(console, GPU2, GPU3)
    expect_desktop_on(console, first)


def expect_changed(console, *passed):
    """vfio-pci holds the cards in these slots and nothing else, all others have their drivers, and status agrees."""
    test = console.test
    test.read_state()
    test.expect_end("done", "changed", passed=places(*passed))
    console.must("early-bind status")
