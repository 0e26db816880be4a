"""Stops a single thread of a process, as a fault that blocks it would."""

import ctypes
import os
from pathlib import Path

from .machine import expect

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207


def block(pid, name):
    """Stops the first thread whose name begins with `name`. It stays stopped until it or this process ends."""
    threads = [task for task in sorted(Path(f"/proc/{pid}/task").iterdir())
               if (task / "comm").read_text().startswith(name)]
    expect(threads, f"no thread {name}")
    libc = ctypes.CDLL(None, use_errno=True)
    for request in [PTRACE_SEIZE, PTRACE_INTERRUPT]:
        if libc.ptrace(request, int(threads[0].name), None, None) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
