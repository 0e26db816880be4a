"""What an operator may run into with the containers of a site. Each trouble is one line that names its cause."""

import signal
import subprocess
from pathlib import Path

from report import Trouble, expect, say


def check_before(site, daemons):
    """Nothing has made the site, so its volumes are empty."""
    for name in daemons:
        expect_trouble(site[name], "no such file", "without a site")


def check_after(site):
    """The site is made, and no daemon runs."""
    keys, proxy = site["keys"], site["proxy"]
    expect_trouble(keys, "/var/lib/clavero", "as another user", user="1234")
    expect_trouble(proxy, "/etc/clavero/", "as another user", user="1234")
    for container, path in [(keys, site.volumes / "data/root.key"), (proxy, site.volumes / "proxy/server.key")]:
        path.chmod(0o644)
        expect_trouble(container, "chmod 600", f"with a {path.name} that all may read")
        path.chmod(0o600)
    for container in [keys, proxy]:
        for _ in range(3):
            stop_during_start(container)
    say("a stop while a daemon starts ends it")


def expect_trouble(container, expected, when, **options):
    process = container.start(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    try:
        output, _ = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Trouble(f"{container.name} runs {when}: {process.communicate()[0]}") from None
    lines = [line for line in output.splitlines() if expected in line]
    expect(process.returncode in [66, 77, 78] and len(lines) == 1, f"{container.name} {when}: {process.returncode} {output}")
    say(f"{container.name} {when}: {lines[0]}")


def stop_during_start(container):
    """Stops a daemon as soon as its program runs. An engine's init, which is the first process, passes the signal on."""
    process = container.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    program = container.image["Entrypoint"][0]
    while process.poll() is None and Path(f"/proc/{process.pid}/comm").read_text().strip() != program:
        pass
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Trouble(f"{container.name} goes on after a stop during its start") from None
    expect(status in [0, -signal.SIGTERM], f"{container.name} ended with {status} after a stop during its start")
