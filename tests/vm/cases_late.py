# SPDX-License-Identifier: MIT
"""Cases in which the initramfs does not run early-bind: the late unit of the running system does what it still can."""

from testcase import GPU1, GPU3, case, places

# GPU 3, and the sound and USB functions of every card, come to the running system without a driver; GPU 1 does not.
NO_HOOK = """
nuke /usr/sbin/early-bind
modules=/lib/modules/*/kernel
nuke $modules/drivers/gpu/drm/tiny/cirrus* $modules/sound/pci/hda/snd-hda-intel.* $modules/drivers/usb/host/xhci-pci.*
"""


@case("no-hook-in-the-image", "trixie", initramfs="none (late unit)")
def no_hook(test):
    test.boot_direct(2, NO_HOOK)
    test.expect_end("partial", "late", "too-late", passed=places(GPU3))
    for place in sorted(places(GPU3)):
        test.expect_untouched(test.state.functions[place])
    left = {place: test.functions("code").get(place) for place in places(GPU1)}
    test.expect(set(left.values()) == {"too-late"}, f"GPU 1 is too late as a whole; the report has {left}")
