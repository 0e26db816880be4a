"""A Debian machine of its own: debootstrap makes it, and systemd-nspawn boots it with a real systemd."""

import shutil
import subprocess
import time
from pathlib import Path

from report import Trouble, expect, run, say

# What the packages depend on or recommend, so that apt needs no network.
INCLUDED = [
    "systemd", "systemd-sysv", "dbus", "procps", "libssl3", "libsqlite3-0", "libreadline8", "libstdc++6", "logrotate",
    "openssh-client", "apt",
]
ENVIRONMENT = [
    "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
    "DEBIAN_FRONTEND=noninteractive", "TERM=dumb",
]


class Machine:
    def __init__(self, folder):
        """Makes the machine in a folder. A base that an earlier run has left there is used again."""
        base, self.root = folder / "base", folder / "root"
        if not base.exists():
            say("debootstrap makes a Debian 12")
            new = folder / "new"
            shutil.rmtree(new, ignore_errors=True)
            folder.mkdir(exist_ok=True)
            run("debootstrap", "--variant=minbase", f"--include={','.join(INCLUDED)}", "bookworm", str(new))
            new.rename(base)
        run("rm", "-rf", str(self.root))
        run("cp", "-a", str(base), str(self.root))
        # The journal of a container is in memory unless this folder exists.
        (self.root / "var/log/journal").mkdir(parents=True, exist_ok=True)
        self.process, self.leader = None, None

    def boot(self):
        with open(self.root.parent / "console", "w", encoding="utf-8") as console:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", "--private-network",
                 "--register=no", "--keep-unit", "--console=pipe"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        self.leader = self.wait_for(self.find_leader, "systemd does not start in the container")
        self.wait_for(
            lambda: self.try_run("systemctl", "is-system-running")[1].strip() in ["running", "degraded"],
            "the machine does not boot")
        say(f"booted, {self.run('systemctl', '--version').splitlines()[0]}")

    def find_leader(self):
        expect(self.process.poll() is None, f"systemd-nspawn ended: {(self.root.parent / 'console').read_text()}")
        for children in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            for child in children.read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return child
        return None

    def start(self, *words, **options):
        """Starts a command in the machine."""
        return subprocess.Popen(
            ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
             "--wdns=/root", "--", *ENVIRONMENT, *words], **options)

    def try_run(self, *words):
        """Returns the status and the output of a command in the machine."""
        done = self.start(
            *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output, _ = done.communicate()
        return done.returncode, output

    def run(self, *words):
        status, output = self.try_run(*words)
        expect(status == 0, f"{' '.join(words)} ended with {status}:\n{output[-3000:]}")
        return output

    def shell(self, command):
        return self.run("sh", "-c", command)

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    @staticmethod
    def wait_for(condition, trouble, seconds=90):
        """Returns what the condition returns, once that is true."""
        end = time.monotonic() + seconds
        while not (result := condition()):
            expect(time.monotonic() < end, trouble)
            time.sleep(0.2)
        return result

    def outside(self, pid):
        """Returns the number that a process of the machine has on this machine."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = [line for line in status.read_text().splitlines() if line.startswith("NSpid:")][0].split()[1:]
            except (OSError, IndexError):
                continue
            namespace = Path(f"/proc/{numbers[0]}/ns/pid")
            if len(numbers) > 1 and numbers[-1] == pid and namespace.exists() and namespace.samefile(
                    f"/proc/{self.leader}/ns/pid"):
                return int(numbers[0])
        raise Trouble(f"no process {pid}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        run("rm", "-rf", str(self.root))
