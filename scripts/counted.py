"""A daemon whose work is counted, and the sessions that give it work."""

import contextlib
import os
import re
import signal
import socket
import statistics
import subprocess
import time

import callgrind

SESSIONS = 50
BATCHES = 3
# AuditWriter's functions, which the thread that writes the audit log alone runs, as Swift mangles their names.
AUDIT_WRITER = "$s5Audit0A6WriterC"


class Trouble(Exception):
    """What keeps the guard from counting, in one line."""


class Daemon:
    """A running daemon, natively or under callgrind; ended when the context is left."""

    def __init__(self, directory, program, *options, counted=False):
        self.dumps = callgrind.Dumps(directory)
        self.writes_audit_log = False
        command = [program, "--listen", "127.0.0.1:0", "--threads", "1", *options]
        if counted:
            command = callgrind.COMMAND + self.dumps.options() + command
        # Swift seeds its hashing anew for each process otherwise.
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "SWIFT_DETERMINISTIC_HASHING": "1"})  # fmt: skip

    def __enter__(self):
        last = b"nothing was said"
        for line in self.process.stderr:
            if address := re.search(rb'"message":"listening","address":"127\.0\.0\.1:(\d+)"', line):
                self.port = int(address[1])
                return self
            last = line.strip()
        self.process.wait()
        raise Trouble(f"{self.process.args[0]} has ended: {last.decode(errors='replace')}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    @contextlib.contextmanager
    def stopped(self):
        """The process does nothing meanwhile."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        yield
        self.process.send_signal(signal.SIGCONT)

    def count(self, awake):
        """What was done since the last call. `awake` is called if the process sleeps and may not be traced."""
        counts = callgrind.Counts()
        for thread in self.dumps.take(self.process.pid, awake):
            if AUDIT_WRITER in thread:
                self.writes_audit_log = True
            else:
                counts += callgrind.read(thread)
        return counts


class Client:
    """One session."""

    def __init__(self, daemon):
        self.socket = socket.create_connection(("127.0.0.1", daemon.port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.socket.makefile("rb")
        self.replies.readline()

    def send(self, request, count=1):
        self.socket.sendall((request + b"\r\n") * count)

    def hear(self, request, count=1):
        for _ in range(count):
            reply = self.replies.readline()
            if reply[:4] not in (b"250 ", b"235 "):
                verb = request.split()[0].decode()
                raise Trouble(f"{verb} was answered with: {reply.decode(errors='replace').strip()}")
        return reply

    def ask(self, request):
        self.send(request)
        return self.hear(request)

    def log_in(self):
        """Also awaits that a proxy has its links: it answers 4yz until then."""
        while True:
            with contextlib.suppress(Trouble):
                self.ask(b"LOGIN guard correcthorse")
                return self
            time.sleep(0.05)


class Sessions:
    """Clients that have logged in, and one that keeps the process awake."""

    def __init__(self, counted, door=None):
        """`door`: where they connect to, if that is not the daemon that is counted."""
        self.counted = counted
        door = door or counted
        self.waker = Client(door).log_in()
        token = self.waker.ask(b"TOKEN").split()[-1]
        self.clients = [Client(door) for _ in range(SESSIONS)]
        for client in self.clients:
            client.ask(b"LOGIN TOKEN=" + token)

    def round(self, request, in_flight):
        """So many requests of each session at once."""
        with self.counted.stopped():
            for client in self.clients:
                client.send(request, in_flight)
        for client in self.clients:
            client.hear(request, in_flight)

    def measure(self, request, in_flight, requests):
        """Counts for one request: the median of batches of so many, and how far their instructions are apart."""
        rounds = max(requests // (SESSIONS * in_flight), 1)

        def batch():
            for _ in range(rounds):
                self.round(request, in_flight)
            return self.counted.count(lambda: self.waker.ask(b"NOOP")) / (rounds * SESSIONS * in_flight)

        batch()
        found = [batch() for _ in range(BATCHES)]
        medians = [statistics.median(getattr(one, name) for one in found) for name in callgrind.Counts.names()]
        instructions = [one.instructions for one in found]
        return callgrind.Counts(*medians), (max(instructions) - min(instructions)) / medians[0]
