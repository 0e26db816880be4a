"""Starts a program under callgrind and reads its counts: instructions, calls that count references, and allocations."""

import contextlib
import dataclasses
import re
import subprocess

COMMAND = ["valgrind", "--tool=callgrind", "--separate-threads=yes", "--compress-strings=no"]
# Calls from one function of Swift's runtime to another are not counted: one is often made of the other.
RUNTIME = re.compile(r"_?swift_|swift::")
REFERENCES = re.compile(r"swift_(bridgeObject|unknownObject|nonatomic_)?_?([Rr]etain|[Rr]elease)(_n)?('\d+)?$")
ALLOCATIONS = re.compile(r"(malloc|calloc|realloc|posix_memalign|aligned_alloc)$")


class NoDump(Exception):
    """callgrind has not written its counts."""


@dataclasses.dataclass
class Counts:
    """What a process, or a part of it, has done. Each field is counted once a call."""

    instructions: float = 0
    references: float = 0
    allocations: float = 0

    def __add__(self, other):
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.names()))

    def __truediv__(self, number):
        return Counts(*(getattr(self, name) / number for name in self.names()))

    @classmethod
    def names(cls):
        return [field.name for field in dataclasses.fields(cls)]


def read(text):
    """The counts in one file, which is one thread's."""
    counts = Counts(int(re.search(r"^totals: (\d+)", text, re.MULTILINE)[1]))
    caller = callee = ""
    for line in text.splitlines():
        if line.startswith("fn="):
            caller = line[3:]
        elif line.startswith("cfn="):
            callee = line[4:]
        elif line.startswith("calls="):
            calls = int(line[6:].split()[0])
            if ALLOCATIONS.match(callee) and not ALLOCATIONS.match(caller):
                counts.allocations += calls
            elif REFERENCES.match(callee) and not RUNTIME.match(caller):
                counts.references += calls
    return counts


class Dumps:
    """The dumps of one process whose files are in a directory of its own."""

    def __init__(self, directory):
        self.directory = directory
        self.number = 0

    def options(self):
        return [f"--callgrind-out-file={self.directory}/counts", f"--vgdb-prefix={self.directory}/vgdb"]

    def take(self, pid, awake):
        """The text of each thread's file, of what it did since the last call.

        `awake` is called if the process sleeps and may not be traced.
        """
        command = ["vgdb", f"--vgdb-prefix={self.directory}/vgdb", f"--pid={pid}", "dump"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dump:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    if dump.wait(timeout=2) != 0:
                        raise NoDump("callgrind has not dumped its counts")
                    break
                awake()
        self.number += 1
        texts = []
        for file in self.directory.glob(f"counts.{self.number}-*"):
            texts.append(file.read_text())
            file.unlink()
        return texts
