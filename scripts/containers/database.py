"""The database of the scaled site. In place of its image, which needs an engine, this machine's PostgreSQL runs in the
database's network."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import time

from report import expect, run, say


def programs():
    """Returns the directory of PostgreSQL's programs; None if it is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    return found[-1] if found else None


class Database:
    def __init__(self, service, networks, password, directory):
        """Makes a cluster with the password in that file, and starts it."""
        self.networks, self.programs = networks, programs()
        self.directory = directory / "postgres"
        self.directory.mkdir()
        own = self.directory / "password"
        shutil.copy(password, own)
        user = pwd.getpwnam("postgres")
        for path in [self.directory, own]:
            os.chown(path, user.pw_uid, user.pw_gid)
            path.chmod(0o700)
        # The user postgres has to reach it.
        directory.chmod(0o711)
        settings = service["environment"]
        name, options = settings["POSTGRES_USER"], settings["POSTGRES_INITDB_ARGS"].split()
        self.run("initdb", "--pgdata=data", f"--username={name}", "--pwfile=password", "--auth-local=trust", *options)
        with open(self.directory / "data/pg_hba.conf", "a", encoding="utf-8") as file:
            file.write("host all all all scram-sha-256\n")
        self.process = self.start("postgres", "-D", "data", "-k", str(self.directory), "-h", "0.0.0.0")
        end = time.monotonic() + 60
        while self.start("pg_isready", "--quiet", f"--host={self.directory}").wait() != 0:
            expect(time.monotonic() < end, "PostgreSQL does not start")
            time.sleep(0.1)
        self.run("createdb", f"--host={self.directory}", f"--username={name}", settings["POSTGRES_DB"])
        say(f"database: {run(f'{self.programs}/postgres', '--version')}, in place of {service['image']}")

    def start(self, program, *words, **options):
        with open(self.directory / "log", "a", encoding="utf-8") as log:
            return subprocess.Popen(
                ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=KILL", "--",
                 f"{self.programs}/{program}", *words],
                cwd=self.directory, stdout=log, stderr=log, preexec_fn=lambda: self.networks.enter("database"),
                **options)

    def run(self, program, *words):
        status = self.start(program, *words).wait()
        log = (self.directory / "log").read_text(encoding="utf-8")
        expect(status == 0, f"{program} ended with {status}: {log[-2000:]}")

    def stop(self):
        """Stops it at once, with the sessions that are open."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
