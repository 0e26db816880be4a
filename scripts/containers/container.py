"""A service of compose.yaml in its image, run without an engine."""

import ctypes
import os
import re
import subprocess
import time
from pathlib import Path

from .compose import mounts
from report import Trouble, expect, run, say

USER = "950"
CLONE_NEWNS = 0x00020000


class Container:
    """The image of a service, and what compose.yaml has it run with."""

    def __init__(self, yaml, name, service, volumes, networks, directory):
        self.name, self.service, self.volumes, self.networks = name, service, volumes, networks
        self.hosts = str(directory / f"{name}.hosts")
        Path(self.hosts).write_text(networks.hosts(name), encoding="utf-8")
        self.id = run("buildah", "from", "--pull-never", f"localhost/{service['image']}")
        self.root = Path(run("buildah", "mount", self.id))
        self.image = yaml.safe_load(run("buildah", "inspect", self.id))["Docker"]["config"]

    def remove(self):
        subprocess.run(["buildah", "rm", self.id], stdout=subprocess.DEVNULL, check=False)

    def enter(self):
        """Does in the child what an engine does before it runs the program."""
        self.networks.enter(self.name)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        root = str(self.root)

        def mount(*words):
            subprocess.run(["mount", *words], check=True)

        mount("--make-rprivate", "/")
        mount("--bind", root, root)
        mount("-t", "proc", "proc", f"{root}/proc")
        mount("--rbind", "/dev", f"{root}/dev")
        Path(f"{root}/etc/hosts").touch()
        mount("--bind", self.hosts, f"{root}/etc/hosts")
        for tmpfs in self.service.get("tmpfs", []):
            path, _, options = tmpfs.partition(":")
            mount("-t", "tmpfs", "-o", options or "mode=1777", "tmpfs", root + path)
        for volume, path, is_read_only in mounts(self.service):
            mount("--bind", self.volume(volume, root + path), root + path)
            if is_read_only:
                mount("-o", "remount,bind,ro", root + path)
        mount("-o", "remount,bind,ro", root)
        os.chroot(root)
        os.chdir(self.service.get("working_dir") or self.image.get("WorkingDir") or "/")

    def volume(self, name, path):
        """Returns a volume. A new one gets the owner and the mode of the directory that it is first mounted on."""
        volume = self.volumes / name
        Path(path).mkdir(parents=True, exist_ok=True)
        if not volume.exists():
            volume.mkdir()
            like = os.stat(path)
            os.chown(volume, like.st_uid, like.st_gid)
            os.chmod(volume, like.st_mode & 0o7777)
        return str(volume)

    @property
    def environment(self):
        """The variables. What stands in braces has its default."""
        own = {
            key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
            for key, value in self.service.get("environment", {}).items()
        }
        return dict(word.split("=", 1) for word in self.image["Env"]) | {"HOME": "/home/clavero"} | own

    def start(self, words=None, entrypoint=None, user=USER, **options):
        """Starts the program. Another entry point drops the image's command, as with an engine."""
        own = entrypoint or self.service.get("entrypoint")
        command = words or self.service.get("command") or ([] if own else self.image.get("Cmd")) or []
        command = [word.replace("$$", "$") for word in [*(own or self.image.get("Entrypoint") or []), *command]]
        confined = [
            "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
            "--inh-caps=-all", "--pdeathsig=KILL", "--",
        ]
        return subprocess.Popen(
            [*confined, *command], env=self.environment, preexec_fn=self.enter, text=True, **options)

    def run(self, words=None, entrypoint=None, text="", seconds=60):
        process = self.start(
            words, entrypoint, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Trouble(f"{self.name}: {words} did not end") from None
        return process.returncode, output

    def check(self):
        return self.run(self.image["Healthcheck"]["Test"][1:], entrypoint=["env"])

    def wait_until_healthy(self):
        end = time.monotonic() + 60
        while (result := self.check())[0] != 0:
            expect(time.monotonic() < end, f"{self.name} is not healthy: {result[1]}")
            time.sleep(0.2)
        say(f"{self.name}: {result[1].strip()}")
