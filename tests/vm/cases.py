# SPDX-License-Identifier: MIT
"""All cases. Each is a function with the @case decorator: it boots one guest and says what it expects.

`test` is what a case works with (testcase.py): boot an entry, expect something, look into the guest.
"""

from fnmatch import fnmatch

import cases_bls  # noqa: F401 the cases of a module are registered when it is read
import cases_choice  # noqa: F401
import cases_doctor  # noqa: F401
import cases_dracut  # noqa: F401
import cases_fault  # noqa: F401
import cases_grub  # noqa: F401
import cases_kernels  # noqa: F401
import cases_late  # noqa: F401
import cases_machine  # noqa: F401
import cases_menu  # noqa: F401
import cases_running  # noqa: F401
import cases_token  # noqa: F401
import cases_systemd_boot  # noqa: F401 their guest is made after all others, like those of the next
import cases_roots  # noqa: F401 the last: their guests are made after all others
from testcase import CASES


def select(pattern):
    return [found for found in CASES if fnmatch(found.name, pattern)]
