"""Removes and purges the packages of an installed site, and looks at what is left."""

import re
from pathlib import Path

from report import ROOT, expect, say

USERS = ["clavero", "clavero-keys", "clavero-auth", "clavero-proxy"]
# What belongs to the client's package, or to apt and dpkg.
OTHERS = ("/usr/bin/clavero", "/usr/share/", "/var/lib/dpkg", "/var/cache", "/var/log", "/root/")


def check(machine, decrypt):
    """`decrypt` opens a message of the site, and is told when."""
    machine.run("apt-get", "-y", "remove", "clavero-server")
    expect((machine.root / "etc/clavero").is_dir(), "remove takes the settings away")
    expect_stopped(machine, "remove")
    machine.run("apt-get", "-y", "purge", "clavero-server")
    expect_kept(machine)
    machine.shell("apt-get -y install ./new/clavero-server_*.deb")
    decrypt("after a purge and another installation")
    # Now with services that run.
    machine.run("systemctl", "start", "clavero-backup.timer")
    machine.run("apt-get", "-y", "purge", "clavero-server")
    expect_stopped(machine, "a purge of running services")
    expect_kept(machine)
    readme = (ROOT / "packaging/debian/clavero-server.README.Debian").read_text(encoding="utf-8")
    section = re.search(r"(?s)\nRemoving it\n-+\n(.*)", readme)[1]
    for command in [line.strip() for line in section.splitlines() if line.startswith("    ")]:
        machine.shell(command)
    left = found(machine)
    users = [user for user in USERS if machine.try_run("getent", "passwd", user)[0] == 0]
    groups = [user for user in USERS if machine.try_run("getent", "group", user)[0] == 0]
    expect(not left + users + groups, f"the commands of README.Debian leave {left}, {users}, {groups}")
    say("the commands of README.Debian remove the site and its users")


def expect_stopped(machine, what):
    running = machine.try_run("pgrep", "-l", "clavero")[1]
    expect(not running, f"after {what}, these run: {running}")
    for kind in ["service", "timer"]:
        units = machine.run("systemctl", "list-units", "--no-legend", f"clavero*.{kind}")
        expect(not units, f"after {what}, systemd knows {units}")


def expect_kept(machine):
    """A purge leaves what cannot be made again, and nothing else."""
    left = found(machine)
    expect(left == [f"/var/lib/{name}" for name in ["clavero", "clavero-auth", "clavero-backups", "clavero-keys"]],
           f"a purge leaves {left}")
    expect((machine.root / "var/lib/clavero/root.key").exists(), "purge takes the keys away")
    users = machine.shell(f"getent passwd {' '.join(USERS)} | cut -d: -f1").split()
    expect(users == USERS, f"of the users, purge leaves {users}")
    say(f"purged; kept are the users {' '.join(users)} and {' '.join(left)}")


def found(machine):
    """Returns the files of the server's package and of the site. Of a directory, its content is left out."""
    paths = machine.shell("find / /run -xdev -name '*clavero*' -not -path '/proc/*' -prune | sort -u").split()
    return [path for path in paths if not path.startswith(OTHERS) and Path(path).name != "clavero.list"]
