"""Runs the two sites of compose.yaml."""

import signal
import time
from contextlib import contextmanager

from . import images, troubles
from .compose import DAEMONS, SCALED, SCALED_DAEMONS
from .container import Container
from .database import Database
from .dockerfile import PROGRAMS
from .networks import Networks
from report import Trouble, expect, say

# Lines of README.md's transcript, and what the answers begin with. A sealed message and a signature are kept for later.
TRANSCRIPT = [
    ('SIGNUP alice "correct horse"', "alice signed up, key 1"),
    ('SIGNUP bob "battery staple"', "bob signed up, key 1"),
    ('LOGIN alice "correct horse"', "Logged in as alice"),
    ("ENCRYPT TO=bob attack at dawn", "clv1."),
    ("SIGN attack at dawn", "clvs1.alice.1."),
]
LATER = [
    ('LOGIN bob "battery staple"', "Logged in as bob"),
    ("DECRYPT {sealed}", "FROM=alice attack at dawn"),
    ("VERIFY {signature} attack at dawn", "alice signed this with key 1"),
]
PROXY_FILES = ["ca.crt", "proxy.crt", "proxy.key", "server.crt", "server.key"]


def speak(shell, lines, **kept):
    """Says the lines as a script; each answer is a line."""
    code, output = shell.run(text="".join(f"{request.format(**kept)}\n" for request, _ in lines))
    answers = output.splitlines()
    expect(code == 0 and len(answers) == len(lines), f"the shell ended with {code}:\n{output}")
    for (request, expected), answer in zip(lines, answers):
        expect(expected in answer, f"{request}: {answer}")
    return answers


def speak_soon(shell, lines, **kept):
    """Says the lines as soon as the proxy has a link again to the servers that were started last."""
    end = time.monotonic() + 30
    while True:
        try:
            return speak(shell, lines, **kept)
        except Trouble as trouble:
            if "451 4.4.1" not in str(trouble) or time.monotonic() > end:
                raise
            time.sleep(0.2)


class Site:
    """The containers of the services that run together."""

    def __init__(self, yaml, compose, names, directory):
        services = {name: compose["services"][name] for name in names}
        self.directory, self.started = directory, {}
        self.volumes = directory / "volumes"
        self.volumes.mkdir()
        self.networks = Networks(services, compose["networks"])
        self.containers = {
            name: Container(yaml, name, service, self.volumes, self.networks, directory)
            for name, service in services.items() if "build" in service
        }

    def __getitem__(self, name):
        return self.containers[name]

    def start(self, name):
        with open(self.directory / f"{name}.log", "w", encoding="utf-8") as log:
            self.started[name] = self[name].start(stdout=log, stderr=log)

    def stop(self, name):
        """Tells a daemon to stop. It has to drain and end by itself."""
        process = self.started.pop(name)
        process.send_signal(signal.SIGTERM)
        expect(process.wait(30) == 0, f"{name} ended with {process.returncode}")
        expect(self[name].check()[0] != 0, f"{name} is healthy after its end")

    def logs(self):
        for name in self.started:
            say(f"{name} said:\n{(self.directory / f'{name}.log').read_text(encoding='utf-8')[-3000:]}")

    def remove(self):
        for process in self.started.values():
            process.kill()
            process.wait()
        for container in self.containers.values():
            container.remove()
        self.networks.remove()


@contextmanager
def running(*arguments):
    site = Site(*arguments)
    try:
        yield site
    except BaseException:
        site.logs()
        raise
    finally:
        site.remove()


def run_first(yaml, compose, directory):
    names = [name for name in compose["services"] if name not in SCALED]
    with running(yaml, compose, names, directory) as site:
        for target, name in zip(PROGRAMS, ["keys", "proxy", "shell"]):
            images.check(target, site[name])
        for name in DAEMONS:
            code, output = site[name].check()
            expect(code != 0, f"{name} is healthy before it runs: {output}")
        troubles.check_before(site, DAEMONS)
        make(site, "init", "data", "proxy")
        troubles.check_after(site)
        for name in DAEMONS:
            site.start(name)
        for name in DAEMONS:
            site[name].wait_until_healthy()
        talk(site["shell"])
        code, output = site["operator"].run(["--socket", "auth.sock", "ACCOUNTS"])
        expect(code == 0 and output.startswith("alice active "), f"the operator: {output}")
        code, output = site["proxy"].run(["touch /file || exit 9"], entrypoint=["sh", "-c"])
        expect(code == 9 and "Read-only file system" in output, f"the root filesystem can be written: {output}")
        address = site.networks.addresses["servers"]["keys"]
        code, output = site["shell"].run([f"exec 3<>/dev/tcp/{address}/5000"], entrypoint=["bash", "-c"])
        expect(code != 0 and "unreachable" in output, f"clients reach a server: {output}")
        for name in reversed(DAEMONS):
            site.stop(name)
        say("all three ended at SIGTERM, and are not healthy any more")


def run_scaled(yaml, compose, directory):
    """The servers of a kind stand in for each other, and the proxy finds them by their names."""
    database = None
    with running(yaml, compose, [*SCALED, "shell"], directory) as site:
        try:
            for _ in range(2):
                code, output = site["password"].run()
                expect(code == 0, f"password: {output}")
            password = site.volumes / "password/password"
            database = Database(compose["services"]["database"], site.networks, password, directory)
            make(site, "scaled-init", "scaled-data", "scaled-proxy")
            for name in SCALED_DAEMONS:
                site.start(name)
            for name in SCALED_DAEMONS:
                site[name].wait_until_healthy()
            kept = talk(site["shell"])
            for stopped in [("keys1", "auth2"), ("keys2", "auth1")]:
                for name in stopped:
                    site.stop(name)
                speak_soon(site["shell"], LATER, **kept)
                for name in stopped:
                    site.start(name)
                for name in stopped:
                    site[name].wait_until_healthy()
            say("the servers of each kind stand in for each other")
            for name in reversed(SCALED_DAEMONS):
                site.stop(name)
            say("all five ended at SIGTERM, and are not healthy any more")
        finally:
            if database:
                database.stop()


def make(site, init, data, proxy):
    """Makes the site, twice: the second time leaves it as it was."""
    keys = set()
    for attempt in ["made the site", "left it as it was"]:
        code, output = site[init].run()
        expect(code == 0, f"{init}: {output}")
        keys.add((site.volumes / data / "root.key").read_bytes())
        expect(len(keys) == 1, f"{init} made another root key")
        say(f"{init} {attempt}")
    has = sorted(path.name for path in (site.volumes / proxy).iterdir())
    expect(has == PROXY_FILES, f"the proxy has {has}")


def talk(shell):
    answers = speak(shell, TRANSCRIPT)
    kept = {"sealed": answers[3], "signature": answers[4]}
    speak(shell, LATER, **kept)
    code, output = shell.run(text=f"VERIFY {answers[4]} attack at dusk\n")
    expect(code == 1 and "The signature does not match the message" in output, f"a false signature: {output}")
    say("the transcript is as in README.md, by the shell, with TLS")
    return kept
