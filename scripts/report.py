"""What a check reports, and how it runs programs."""

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Trouble(Exception):
    pass


def say(text):
    print(f"{Path(sys.argv[0]).name}: {text}", flush=True)


def expect(condition, text):
    if not condition:
        raise Trouble(text)


def run(*words, **options):
    """Returns the standard output of a program that has to end well."""
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, **options)
    expect(done.returncode == 0, f"{shlex.join(words)} ended with {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout.strip()
