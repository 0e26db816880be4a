"""Builds the images, and checks what is in them."""

import os
import shlex
import subprocess

from .container import USER
from .dockerfile import LABELS, PROGRAMS
from report import ROOT, expect, run, say

# The compiler, the linker, git, and the headers have no business in an image.
BUILD_TOOLS = ["swift", "swiftc", "clang", "gcc", "cc", "ld", "make", "git"]
# The most megabytes of files that an image may have.
SIZES = {"server": 150, "proxy": 150, "shell": 150}


def build():
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=False)
    for target in PROGRAMS:
        say(f"building {target}")
        options = shlex.split(os.environ.get("CLAVERO_BUILD_OPTIONS", ""))
        run(
            "buildah", "bud", "--layers", "--format", "docker", "--target", target, "-t", f"clavero-{target}",
            "--build-arg", f"REVISION={done.stdout.strip() or 'unknown'}", *options, ".", cwd=ROOT)


def check(target, container):
    size = sum(path.lstat().st_size for path in container.root.rglob("*") if not path.is_symlink())
    programs = sorted(path.name for path in (container.root / "usr/local/bin").iterdir())
    expect(programs == [PROGRAMS[target]], f"{target} holds {programs}")
    path = f"/usr/local/bin/{programs[0]}"
    expect(container.image["Entrypoint"] == programs, f"{target} has the entry point {container.image['Entrypoint']}")
    code, output = container.run([path], entrypoint=["ldd"])
    expect(code == 0 and "not found" not in output, f"{target} lacks a library:\n{output}")
    tools = [tool for tool in BUILD_TOOLS if (container.root / "usr/bin" / tool).is_symlink()
             or (container.root / "usr/bin" / tool).exists()]
    expect(not tools, f"{target} has {tools}")
    expect(container.image["User"] == f"{USER}:{USER}", f"{target} runs as {container.image['User']}")
    labels = container.image["Labels"]
    for label in LABELS:
        expect(labels.get(f"org.opencontainers.image.{label}"), f"{target} has no label {label}")
    code, output = container.run(["--version"], entrypoint=container.image["Entrypoint"])
    version = labels["org.opencontainers.image.version"]
    expect(code == 0 and version in output, f"{target} is labelled {version}: {output}")
    own = (container.root / path[1:]).stat().st_size
    say(f"{target}: {size / 1e6:.1f} MB of files, {own / 1e6:.1f} MB of them {programs[0]}")
    expect(size <= SIZES[target] * 1e6, f"{target} has more than {SIZES[target]} MB of files")
