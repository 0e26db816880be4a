"""Renews the certificates of an installed site, and looks at what its services show after a reload."""

import re
import shlex
import subprocess
from contextlib import contextmanager

from report import expect, run, say

SITE, COPIES = "/var/lib/clavero", "/run/clavero-proxy-tls"
# Where a service shows a certificate, with what openssl has to say first, and the file of the certificate.
SHOWN = {
    "clavero-proxy": ("127.0.0.1:6000", ["-starttls", "smtp"], f"{SITE}/tls/server.crt"),
    "clavero-keys": ("127.0.0.1:5000", [], f"{SITE}/link/keys.crt"),
    "clavero-auth": ("127.0.0.1:5001", [], f"{SITE}/link/auth.crt"),
}
DROP_IN = "/etc/systemd/system/clavero-proxy.service.d/certificate.conf"
LIVE = "/etc/letsencrypt/live/gate.example"
SECRETS = [
    f"{SITE}/root.key", f"{SITE}/token.key", f"{SITE}/audit.key", f"{SITE}/link/keys.key", f"{SITE}/link/auth.key",
    f"{SITE}/link/proxy.key", f"{SITE}/link/ca.key", f"{SITE}/tls/server.key", f"{COPIES}/server.key",
    f"{COPIES}/proxy.key",
]
# The secrets that a service's user reads from files.
OWN = {
    "clavero-keys": {f"{SITE}/root.key", f"{SITE}/link/keys.key"},
    "clavero-auth": {f"{SITE}/token.key", f"{SITE}/link/auth.key"},
    "clavero-proxy": {f"{COPIES}/server.key", f"{COPIES}/proxy.key"},
    "nobody": set(),
}


def shown(machine, unit):
    """Returns the fingerprint of the certificate that a service shows to somebody who connects. openssl is this machine's."""
    address, words, _ = SHOWN[unit]
    done = subprocess.run(
        ["nsenter", f"--target={machine.leader}", "--net", "--", "openssl", "s_client", "-connect", address, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return fingerprint(done.stdout) if "BEGIN CERTIFICATE" in done.stdout else None


def fingerprint(pem):
    return run("openssl", "x509", "-noout", "-fingerprint", "-sha256", input=pem)


def on_disk(machine, path):
    return fingerprint((machine.root / path[1:]).read_text())


@contextmanager
def open_session(machine, log_in):
    """A session that is logged in. It must still be so at the end."""
    session = machine.start("clavero", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(line):
        session.stdin.write(f"{line}\n")
        session.stdin.flush()
        return session.stdout.readline()

    try:
        expect("Logged in as alice" in ask(log_in), "no session")
        yield
        answer = ask("WHOAMI")
        expect("alice" in answer, f"the open session was cut: {answer!r}")
    finally:
        session.stdin.close()
        session.wait(30)


def expect_renewed(machine, units, what, files=None):
    for unit in units:
        path = (files or {}).get(unit) or SHOWN[unit][2]
        machine.wait_for(
            lambda unit=unit, path=path: shown(machine, unit) == on_disk(machine, path),
            f"{unit} shows another certificate than {path}, {what}", 20)


def check(machine, log_in):
    check_secrets(machine)
    pids = {unit: machine.show(unit, "MainPID") for unit in SHOWN}
    expect_renewed(machine, SHOWN, "before anything was renewed")
    for words in [[], ["--new-keys", "--name", "gate.example"]]:
        before = {unit: shown(machine, unit) for unit in SHOWN}
        with open_session(machine, log_in):
            machine.run("claverod", "certificate", *words, SITE)
            machine.run("systemctl", "reload", *SHOWN)
            expect_renewed(machine, SHOWN, f"after claverod certificate {shlex.join(words)} and a reload")
            for unit in SHOWN:
                expect(shown(machine, unit) != before[unit], f"{unit} shows the earlier certificate")
        say(f"certificate {shlex.join(words)}: after a reload, all three show the new one, and a session goes on")
    for unit, pid in pids.items():
        expect(machine.show(unit, "MainPID") == pid, f"{unit} was restarted")
    # A link that is made now has the new certificates on both ends.
    machine.run("systemctl", "restart", "clavero-keys", "clavero-auth")
    machine.wait_for(
        lambda: machine.show("clavero-proxy", "StatusText").endswith("2 of 2 servers up"), "no links by new certificates")
    check_secrets(machine)
    check_replaced(machine, log_in)


def check_secrets(machine):
    """Every secret is read by the users who need it, and by no other."""
    for user, own in OWN.items():
        for path in SECRETS:
            status, _ = machine.try_run("runuser", "-u", user, "--", "cat", path)
            expect((status == 0) == (path in own), f"{user} {'cannot' if path in own else 'can'} read {path}")
    say(f"{len(SECRETS)} secrets: each user reads its own, and no other")


def check_replaced(machine, log_in):
    """Another program replaces a certificate that belongs to root alone, as certbot does."""
    write_pair(machine, LIVE, "gate.example")
    (machine.root / DROP_IN[1:]).parent.mkdir(exist_ok=True)
    (machine.root / DROP_IN[1:]).write_text(
        f"[Service]\nEnvironment=TLS_CERTIFICATE={LIVE}/fullchain.pem\nEnvironment=TLS_KEY={LIVE}/privkey.pem\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "clavero-proxy")
    files = {"clavero-proxy": f"{LIVE}/fullchain.pem"}
    expect_renewed(machine, files, "after a restart", files)
    with open_session(machine, log_in):
        write_pair(machine, LIVE, "gate.example")
        machine.run("systemctl", "reload", "clavero-proxy")
        expect_renewed(machine, files, "after it was replaced", files)
    say("a certificate that another program replaced, and that only root can read, is shown after a reload")
    # A wrong pair changes nothing.
    before = shown(machine, "clavero-proxy")
    (machine.root / f"{LIVE}/privkey.pem"[1:]).rename(machine.root / f"{LIVE}/aside"[1:])
    status, _ = machine.try_run("systemctl", "reload", "clavero-proxy")
    expect(status != 0, "a reload without a key seems to have worked")
    said = machine.shell("journalctl --output=cat --unit=clavero-proxy | grep privkey.pem | tail -n 1").strip()
    expect(re.search("cannot stat .*privkey.pem", said), f"the journal does not name the missing key: {said}")
    expect(shown(machine, "clavero-proxy") == before, "the proxy lost its certificate")
    say(f"a reload without a key fails, and the proxy goes on: {said}")
    (machine.root / DROP_IN[1:]).unlink()
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "clavero-proxy")
    expect_renewed(machine, ["clavero-proxy"], "after the drop-in was removed")


def write_pair(machine, folder, name):
    """Writes a new certificate and its key, both for root alone, in place of the earlier ones."""
    path = machine.root / folder[1:]
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
        "-keyout", f"{path}/new.key", "-out", f"{path}/new.pem", stderr=subprocess.DEVNULL)
    (path / "new.key").rename(path / "privkey.pem")
    (path / "new.pem").rename(path / "fullchain.pem")
