"""What the parts of scripts/check-containers report, and how they run programs."""

import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Trouble(Exception):
    pass


def say(text):
    print(f"check-containers: {text}", flush=True)


def expect(condition, text):
    if not condition:
        raise Trouble(text)


def run(*words, **options):
    """Returns the standard output of a program that has to end well."""
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, **options)
    expect(done.returncode == 0, f"{shlex.join(words)} ended with {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout.strip()
