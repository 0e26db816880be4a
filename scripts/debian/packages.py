"""The Debian packages: where they are, and an older release made of them."""

import re
import shutil

from report import expect, run

OLD = "0.0.9"


def find(folder):
    """Returns the packages that `make deb` has made, by their names."""
    found = {path.name.split("_")[0]: path for path in folder.glob("*.deb") if "dbgsym" not in path.name}
    expect(set(found) == {"clavero", "clavero-server"}, f"{folder} has not the two packages: run make deb")
    return found


def make_older(packages, folder):
    """Makes packages of an older release: with a lower version, and with other settings as its packages had them."""
    for name, package in packages.items():
        tree = folder / name
        run("dpkg-deb", "--raw-extract", str(package), str(tree))
        control = tree / "DEBIAN/control"
        text = re.sub(r"(?m)^Version: .*$", f"Version: {OLD}", control.read_text())
        control.write_text(text)
        if name == "clavero-server":
            for path in [tree / "etc/logrotate.d/clavero", *servers_settings(tree / "etc/clavero")]:
                path.write_text(f"# The settings of {OLD}.\n{path.read_text()}")
        run("dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "--build", str(tree), str(folder / f"{name}_{OLD}.deb"))
        shutil.rmtree(tree)


def servers_settings(folder):
    """Returns the settings files of the servers. The proxy has another one."""
    return [path for path in sorted(folder.glob("*.conf")) if "proxy" not in path.name]


def commands(readme, title):
    """Returns the commands of a section of README.Debian."""
    section = re.search(rf"(?s)\n{title}\n-+\n(.*?)\n\n[^\n ][^\n]*\n-+\n", readme)
    expect(section, f"README.Debian has no section {title}")
    text = section[1].replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if re.match("    [^ ]", line)]
