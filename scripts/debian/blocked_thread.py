"""Stops a single thread of a process, as a fault that blocks it would."""

import ctypes
import os
import queue
import threading
from pathlib import Path

from report import expect

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
# Also children that are threads, which a tracer has.
WALL = 0x40000000


def block(pid, name):
    """Stops the first thread whose name begins with `name`. It stays stopped until its process ends."""
    threads = [task for task in sorted(Path(f"/proc/{pid}/task").iterdir())
               if (task / "comm").read_text().startswith(name)]
    expect(threads, f"no thread {name}")
    stopped = queue.Queue()
    threading.Thread(target=hold, args=(int(threads[0].name), stopped), daemon=True).start()
    error = stopped.get(timeout=10)
    expect(error is None, f"the thread {name} cannot be stopped: {error}")


def hold(thread, stopped):
    """Traces a thread until it has ended. Whoever traces it has to take note of its end, or its process stays."""
    libc = ctypes.CDLL(None, use_errno=True)
    for request in [PTRACE_SEIZE, PTRACE_INTERRUPT]:
        if libc.ptrace(request, thread, None, None) != 0:
            return stopped.put(os.strerror(ctypes.get_errno()))
    os.waitpid(thread, WALL)
    stopped.put(None)
    while os.WIFSTOPPED(os.waitpid(thread, WALL)[1]):
        pass
