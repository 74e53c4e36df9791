# SPDX-License-Identifier: MIT
"""Cases of the kernel command line and the boot table."""

from testcase import GPU1, GPU2, GPU3, STOCK, case, places

NO_TABLE = "nuke /var/lib/early-bind/boot-table"


@case("off", "trixie")
def off(test):
    test.boot_direct(2, add=["early-bind.off"])
    test.expect_end("off", "off")


@case("dry-run", "trixie")
def dry_run(test):
    test.boot_direct(2, add=["early-bind.dry-run"])
    test.expect_end("dry-run", "dry-run")
    for function in test.installed.stock.of_slot(GPU1) + test.installed.stock.of_slot(GPU3):
        test.expect(test.state.logged("early-bind", f"would {function.address}: bind to vfio-pci"),
                    f"the log says that {function.address} would be bound")


@case("profile-unknown", "trixie")
def profile_unknown(test):
    test.boot_direct(2, add=["early-bind.profile=keep-nothing"], drop=["early-bind.profile="])
    test.expect_end("refused", "profile-unknown")


@case("table-damaged", "trixie")
def table_damaged(test):
    table = test.installed.boot_table
    test.expect("\npass 1\n" in table, f"the boot table passes GPU number 1 somewhere; it is:\n{table}")
    test.boot_direct(2, files={"var/lib/early-bind/boot-table": table.replace("\npass 1\n", "\npass 2\n", 1)})
    test.expect_end("refused", "table-damaged")


# early-bind.keep=: no profile, no table ------------------------------------------------------------------------------


def keep(name, selector, passed, fault=""):
    """early-bind.keep=, as one types it behind the stock entry's arguments in GRUB's editor."""

    @case(name, "trixie")
    def kept(test):
        arguments = test.iommu_arguments(2) + [f"early-bind.keep={selector}"]
        test.boot_direct(STOCK, fault=fault, add=arguments)
        test.expect_end("done", passed=passed)


keep("keep-address", "02:00.0", places(GPU1, GPU3))
keep("keep-location-without-table", GPU2.card_places()[0], places(GPU1, GPU3), NO_TABLE)
keep("keep-ids", "1013:00b8", places(GPU1, GPU2))


@case("keep-ambiguous", "trixie")
def keep_ambiguous(test):
    test.boot_direct(STOCK, add=test.iommu_arguments(2) + ["early-bind.keep=1234:1111"])
    test.expect_end("refused", "keep-invalid")
