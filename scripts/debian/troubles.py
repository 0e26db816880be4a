"""What an operator may run into with an installed site. Each trouble has to be one line that names its cause, has to leave
everything else as it was, and has to be over once the cause is gone."""

import subprocess

from report import expect, say

SITE = "/var/lib/clavero"
LISTENER = (
    "import socket, sys\ns = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
    "s.bind(('127.0.0.1', 5000))\ns.listen()\nprint(flush=True)\nsys.stdin.read()"
)


def check(machine):
    check_settings(machine)
    check_port(machine)
    check_file(machine, "clavero-keys", f"mv {SITE}/link/keys.key {SITE}/aside", f"mv {SITE}/aside {SITE}/link/keys.key",
               "link/keys.key: no such file")
    check_file(machine, "clavero-keys", f"chmod 644 {SITE}/root.key", f"chmod 640 {SITE}/root.key", "run: chmod 640")
    check_file(machine, "clavero-auth", f"mv {SITE}/audit.key {SITE}/aside", f"mv {SITE}/aside {SITE}/audit.key",
               "clavero-auth.service/audit.key: not a key of 32 bytes")
    check_file(machine, "clavero-proxy", f"mv {SITE}/tls/server.key {SITE}/aside", f"mv {SITE}/aside {SITE}/tls/server.key",
               "cannot stat '/var/lib/clavero/tls/server.key'")
    check_full_disk(machine)
    check_stop_during_start(machine)
    check_rotation_while_stopped(machine)
    check_start_together(machine)


def said(machine, cursor):
    """Returns what the units have said since the cursor."""
    return machine.run("journalctl", "--output=cat", f"--after-cursor={cursor}", "--unit=clavero-*").splitlines()


def now(machine):
    return machine.shell("journalctl --lines=1 --show-cursor --output=cat | sed -n 's/^-- cursor: //p'").strip()


def wait_until_well(machine):
    machine.wait_for(
        lambda: machine.show("clavero-proxy", "StatusText").endswith("2 of 2 servers up"), "the site is not well again")


def check_settings(machine):
    """A wrong line ends a start at once, and a reload changes nothing."""
    for service in ["keys", "auth", "proxy"]:
        unit, path = f"clavero-{service}", f"/etc/clavero/{service}.conf"
        machine.shell(f"cp {path} /root/kept && echo 'listne = 127.0.0.1:1' >>{path}")
        cursor, pid = now(machine), machine.show(unit, "MainPID")
        machine.run("systemctl", "reload", unit)
        machine.wait_for(
            lambda cursor=cursor: [line for line in said(machine, cursor) if "listne" in line], "the reload says nothing")
        expect(machine.show(unit, "MainPID") == pid, f"{unit} ended after a reload of wrong settings")
        cursor = now(machine)
        status, _ = machine.try_run("systemctl", "restart", unit)
        lines = [line for line in said(machine, cursor) if "listne" in line]
        expect(status != 0 and len(lines) == 1 and path in lines[0], f"a wrong setting: {lines}")
        expect(machine.show(unit, "ExecMainStatus") == "78", f"the status is {machine.show(unit, 'ExecMainStatus')}")
        expect(machine.show(unit, "ActiveState") == "failed", f"systemd starts {unit} again and again")
        machine.shell(f"mv /root/kept {path}")
        machine.run("systemctl", "restart", unit)
        say(f"a wrong setting: {lines[0]}")
    wait_until_well(machine)


def check_port(machine):
    machine.run("systemctl", "stop", "clavero-keys")
    holder = subprocess.Popen(
        ["nsenter", f"--target={machine.leader}", "--net", "--", "/usr/bin/python3", "-c", LISTENER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        expect_trouble(machine, "clavero-keys", "127.0.0.1:5000: address already in use")
        expect(machine.show("clavero-keys", "ActiveState") == "activating", "systemd does not try again")
    finally:
        holder.stdin.close()
        holder.wait(10)
    wait_until_well(machine)


def check_file(machine, unit, spoil, mend, expected):
    machine.run("systemctl", "stop", unit)
    machine.shell(spoil)
    expect_trouble(machine, unit, expected)
    machine.shell(mend)
    machine.run("systemctl", "start", unit)
    wait_until_well(machine)


def expect_trouble(machine, unit, expected):
    """Starts a unit that cannot start. It says why."""
    cursor = now(machine)
    status, _ = machine.try_run("systemctl", "start", unit)
    lines = [line for line in said(machine, cursor) if expected in line]
    expect(status != 0 and lines, f"{unit} does not say {expected!r}: {said(machine, cursor)}")
    say(f"{unit}: {lines[0]}")


def check_full_disk(machine):
    """No room for renewed certificates, and none for the proxy's copies."""
    kept = (machine.root / f"{SITE}/tls/server.crt"[1:]).read_bytes()
    machine.shell(f"mkdir /root/tls && cp -a {SITE}/tls/. /root/tls && mount -t tmpfs -o size=64k tmpfs {SITE}/tls && "
                  f"cp -a /root/tls/. {SITE}/tls && chmod --reference=/root/tls {SITE}/tls && "
                  f"chown --reference=/root/tls {SITE}/tls && (cat /dev/zero >{SITE}/tls/zero || :) 2>/dev/null")
    status, output = machine.try_run("claverod", "certificate", "--server", SITE)
    expect(status != 0 and "no space left" in output.lower(), f"a full disk: {status}: {output}")
    left = machine.shell(f"ls {SITE}/tls").split()
    expect(left == ["server.crt", "server.key", "zero"], f"a renewal without room leaves {left}")
    expect(machine.shell(f"cat {SITE}/tls/server.crt").encode() == kept, "a renewal without room changes the certificate")
    machine.shell(f"umount {SITE}/tls && rm -r /root/tls")
    say(f"a full disk: {output.strip()}")


def check_stop_during_start(machine):
    for unit in ["clavero-keys", "clavero-auth", "clavero-proxy"]:
        for _ in range(3):
            machine.run("systemctl", "stop", unit)
            machine.run("systemctl", "start", "--no-block", unit)
            machine.run("systemctl", "stop", unit)
            state, result = machine.show(unit, "ActiveState"), machine.show(unit, "Result")
            expect((state, result) == ("inactive", "success"), f"{unit} is {state}, {result} after a stop during its start")
        machine.run("systemctl", "start", unit)
    wait_until_well(machine)
    say("a stop while a service starts is no failure")


def check_rotation_while_stopped(machine):
    machine.run("systemctl", "stop", "clavero-keys")
    status, output = machine.try_run("logrotate", "--force", "/etc/logrotate.d/clavero")
    expect(status == 0, f"no rotation while a server is stopped: {output}")
    machine.run("systemctl", "start", "clavero-keys")
    wait_until_well(machine)
    directory = "/var/lib/clavero-keys"
    report = machine.run(
        "claverod", "audit", "verify", "--server", "keys", "--key", f"{SITE}/audit.pub", f"{directory}/audit-keys.log")
    expect("continues: no earlier file" not in report and report.strip().endswith("intact"), report)
    say("the audit log of a server that is stopped is rotated, and goes on afterwards")


def check_start_together(machine):
    """One server finds the database's log without its mode, as the other one has it for a moment when it makes it."""
    database = f"{SITE}/db/clavero.db"
    machine.run("systemctl", "stop", "clavero-keys", "clavero-auth")
    machine.run("runuser", "-u", "clavero-keys", "--", "sh", "-c", f"umask 077; : >{database}-wal; : >{database}-shm")
    before = machine.show("clavero-auth", "NRestarts")
    machine.run("systemctl", "start", "--no-block", "clavero-auth")
    machine.wait_for(lambda: machine.show("clavero-auth", "MainPID") != "0", "the server does not start")
    machine.shell(f"chmod 660 {database}-wal {database}-shm")
    machine.run("systemctl", "start", "clavero-auth", "clavero-keys")
    expect(machine.show("clavero-auth", "NRestarts") == before, "a server ends because the other one makes the log")
    wait_until_well(machine)
    say("a server waits for the log that the other one makes")
