"""Plays a screen test: a program on a terminal of its own, keys that are pressed, and the screen as it has to be then.

usage: terminal.py FILE COLUMNSxROWS NAME=VALUE…

A file is a list of steps, a line each; ${NAME} stands for a value. Where the file says `size`, that counts.

  size 40x12              the terminal's size
  env NAME VALUE          a variable of the program's environment
  file NAME TEXT          a file in the directory in which the program runs; \\n in the text ends a line
  account NAME PASSWORD   somebody who has signed up on the site
  start ARGUMENT…         start clavero
  type TEXT               type this
  enter TEXT              type this, and Enter
  ask TEXT                the same, once there is a prompt that is new since the last Enter or C-c
  paste TEXT              paste this, as a terminal with bracketed paste does; \\n, \\t and the like are what they are
                          in Python
  prompt                  until there is one
  echoes                  until the program lets the terminal echo what is typed, as it does while it waits for an answer
  key KEY…                Tab Enter Esc Up Down Left Right Home End Backspace, C-c and the like
  await TEXT              until the screen has this somewhere, on one row or wrapped
  gone TEXT               until the screen has it nowhere
  screen                  until the screen is what the lines up to `end` say, each behind a |; … in them is any text, and
                          empty lines at the end do not count
  cursor ROW COLUMN       until the cursor is there, from 1
  dim TEXT                until this stands on the screen, and all of it is dim
  plain TEXT              until this stands on the screen, and none of it is dim
  never TEXT              the program has not written this so far, at no time
  resize 40x12            the window gets another size
  relay                   a relay to the proxy, at the port ${relay}; what it passes on can be held up
  hold COUNT              the relay passes on so many bytes more of what the program sends, and no more
  go                      the relay passes on everything again
  cut                     the relay cuts its connections
  server                  a server that answers as it is told, at the port ${server}; it knows NOOP and LOGIN
  answer TEXT             what it answers to the next request; \\n, \\x1b and the like are what they are in Python
  trickle COUNT           the answer to the next request is a body of so many bytes, which come one by one until `flush`
  flush                   the rest of that body comes at once
  signal NAME SIGNAL      a signal to the process that the value NAME has the number of
  run COMMAND             a command of the outer shell, in the program's directory
  exit STATUS             until the program has ended with this status
"""

import fcntl
import os
import pty
import queue
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

import pyte

DEADLINE = time.monotonic() + 60
KEYS = {
    "Tab": "\t", "Enter": "\r", "Esc": "\x1b", "Up": "\x1b[A", "Down": "\x1b[B", "Right": "\x1b[C", "Left": "\x1b[D",
    "Home": "\x1b[H", "End": "\x1b[F", "Backspace": "\x7f",
}


class Screen(pyte.Screen):
    """A screen that knows dim text, which pyte does not: it is kept as italics, of which the program writes none."""

    def select_graphic_rendition(self, *attributes, **words):
        super().select_graphic_rendition(*(3 if each == 2 else each for each in attributes), **words)

    def text(self):
        return [line.rstrip() for line in self.display]


class Terminal:
    def __init__(self, columns, rows):
        self.screen = Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.child = None
        self.status = None
        self.size = (columns, rows)
        self.marked = 0

    def start(self, command, environment, directory):
        self.child, self.master = pty.fork()
        if self.child == 0:
            os.chdir(directory)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.size[1], self.size[0], 0, 0))
            os.execve(command[0], command, environment)
        self.screen.write_process_input = lambda text: os.write(self.master, text.encode())
        self.resize(*self.size)

    def resize(self, columns, rows):
        self.size = (columns, rows)
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def mark(self):
        self.marked = len(self.written)

    def has_prompt(self):
        cursor = self.screen.cursor
        return b"> " in self.written[self.marked:] and self.screen.display[cursor.y][:cursor.x].endswith("> ")

    def press(self, text):
        os.write(self.master, text.encode())

    def until(self, holds):
        """Reads what the program writes until `holds` does; false when it has ended, or time has, and it never did."""
        while not holds():
            rest = DEADLINE - time.monotonic()
            if rest <= 0 or self.status is not None or not select.select([self.master], [], [], rest)[0]:
                return False
            try:
                bytes = os.read(self.master, 65536)
            except OSError:
                bytes = b""
            if bytes:
                self.written += bytes
                self.stream.feed(bytes)
            else:
                self.status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        return True

    def end(self):
        if self.child and self.status is None:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)


class Relay:
    """Passes bytes between its clients and a port."""

    def __init__(self, port):
        self.port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        # The kernel would take a whole file otherwise, and the program would not wait.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.changed = threading.Condition()
        self.left = None
        self.sockets = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port))
            self.sockets += [client, server]
            threading.Thread(target=self.carry, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, False), daemon=True).start()

    def carry(self, source, target, is_held):
        try:
            while bytes := source.recv(self.room() if is_held else 65536):
                target.sendall(bytes)
                if is_held and self.left is not None:
                    self.left -= len(bytes)
        except OSError:
            pass
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def room(self):
        with self.changed:
            self.changed.wait_for(lambda: self.left is None or self.left > 0)
            return 65536 if self.left is None else min(self.left, 65536)

    def hold(self, count):
        with self.changed:
            self.left = count
            self.changed.notify_all()

    def cut(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.sockets = []


class Server:
    """Answers a line a request, as it is told."""

    MANIFEST = (
        '250-2.0.0 NOOP ARGS="[text:message]" ACCESS=anyone\r\n'
        '250 2.0.0 LOGIN ARGS="name:name password:secret" ACCESS=anyone PLUGIN=auth\r\n'
    )

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.answers = queue.Queue()
        self.flushed = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.speak, args=(client,), daemon=True).start()

    def speak(self, client):
        client.sendall(b"220 false.example Clavero ready\r\n")
        for line in client.makefile("rb"):
            if line == b"COMMANDS\r\n":
                client.sendall(self.MANIFEST.encode())
            else:
                answer = self.answers.get()
                self.trickle(client, answer) if isinstance(answer, int) else client.sendall(answer)

    def trickle(self, client, count):
        client.sendall(b"250 2.0.0 {%d}\r\n" % count)
        while count > 1 and not self.flushed.wait(0.02):
            client.sendall(b"x")
            count -= 1
        self.flushed.clear()
        client.sendall(b"x" * count + b"\r\n")


class Failure(Exception):
    pass


class Play:
    def __init__(self, path, size, values):
        self.path = path
        self.values = values
        self.directory = tempfile.TemporaryDirectory()
        self.values["here"] = self.directory.name
        self.environment = dict(
            PATH=os.environ["PATH"], TERM="xterm-256color", LANG="C.UTF-8", INPUTRC="/dev/null", PAGER="cat",
            HOME=self.directory.name)
        self.size = size
        self.terminal = None

    def run(self):
        with open(self.path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        number = 0
        while number < len(lines):
            line = re.sub(r"\$\{(\w+)\}", lambda match: self.values[match[1]], lines[number])
            number += 1
            if not line or line.startswith("#"):
                continue
            word, _, rest = line.partition(" ")
            at = number
            block = []
            if word == "screen":
                while lines[number] != "end":
                    block.append(lines[number].removeprefix("|").rstrip())
                    number += 1
                number += 1
            try:
                getattr(self, "do_" + word)(*([block] if word == "screen" else [rest]))
            except Failure as failure:
                raise Failure(f"{os.path.basename(self.path)}:{at}: {line}\n{failure}")

    def expect(self, holds, wanted):
        if not self.terminal.until(holds):
            shown = "\n".join("  |" + line for line in trimmed(self.terminal.screen.text()))
            cursor = "cursor {} {}".format(*cursor_of(self.terminal.screen))
            state = "" if self.terminal.status is None else f", the program ended with {self.terminal.status}"
            raise Failure(f"expected: {wanted}\n     got ({cursor}{state}):\n{shown}")

    def do_size(self, text):
        self.size = size_of(text)

    def do_env(self, text):
        name, _, value = text.partition(" ")
        self.environment[name] = value

    def do_file(self, text):
        name, _, value = text.partition(" ")
        with open(os.path.join(self.directory.name, name), "w", encoding="utf-8") as file:
            file.write(value.replace("\\n", "\n"))

    def do_account(self, text):
        name, _, password = text.partition(" ")
        with socket.create_connection(("127.0.0.1", int(self.values["port"])), 20) as connection:
            connection.sendall(f'SIGNUP {name} "{password}"\r\nQUIT\r\n'.encode())
            replies = connection.makefile("rb").read().decode()
        if "signed up" not in replies:
            raise Failure(replies)

    def do_start(self, text):
        self.terminal = Terminal(*self.size)
        self.terminal.start([self.values["clavero"]] + shlex.split(text), self.environment, self.directory.name)

    def do_type(self, text):
        self.terminal.press(text)

    def do_enter(self, text):
        self.terminal.mark()
        self.terminal.press(text + "\r")

    def do_paste(self, text):
        text = text.encode().decode("unicode_escape").encode("latin-1").decode()
        self.terminal.press("\x1b[200~" + text + "\x1b[201~")

    def do_prompt(self, _):
        self.expect(self.terminal.has_prompt, "a prompt")

    def do_echoes(self, _):
        # Nothing tells of a change of the terminal's mode, so it is looked at again and again.
        while not termios.tcgetattr(self.terminal.master)[3] & termios.ECHO:
            if time.monotonic() > DEADLINE:
                raise Failure("the terminal does not echo")
            time.sleep(0.01)

    def do_ask(self, text):
        self.do_prompt("")
        self.do_enter(text)

    def do_key(self, text):
        for name in text.split():
            if name in ("C-c", "Enter"):
                self.terminal.mark()
            control = chr(ord(name[2].upper()) ^ 0x40) if name.startswith("C-") else None
            self.terminal.press(control or KEYS[name])

    def do_await(self, text):
        self.expect(lambda: text in "".join(self.terminal.screen.display), text)

    def do_gone(self, text):
        self.expect(lambda: text not in "".join(self.terminal.screen.display), f"no {text}")

    def do_screen(self, lines):
        lines = trimmed(lines)
        patterns = [re.compile(".*".join(re.escape(part) for part in line.split("…")), re.DOTALL) for line in lines]

        def holds():
            shown = trimmed(self.terminal.screen.text())
            return len(shown) == len(patterns) and all(map(re.Pattern.fullmatch, patterns, shown))

        self.expect(holds, "\n" + "\n".join("  |" + line for line in lines))

    def do_cursor(self, text):
        row, column = map(int, text.split())
        self.expect(lambda: cursor_of(self.terminal.screen) == (row, column), f"cursor {row} {column}")

    def do_dim(self, text):
        self.expect(lambda: self.styles(text) == {True}, f"{text}, dim")

    def do_plain(self, text):
        self.expect(lambda: self.styles(text) == {False}, f"{text}, not dim")

    def styles(self, text):
        """Whether the cells in which `text` was found are dim; empty when it is not there."""
        screen = self.terminal.screen
        for row, line in enumerate(screen.display):
            place = line.find(text)
            if place >= 0:
                return {screen.buffer[row][column].italics for column in range(place, place + len(text))}
        return set()

    def do_never(self, text):
        if text.encode() in self.terminal.written:
            raise Failure(f"the program has written {text}")

    def do_resize(self, text):
        self.terminal.resize(*size_of(text))

    def do_relay(self, _):
        self.relay = Relay(int(self.values["port"]))
        self.values["relay"] = str(self.relay.listener.getsockname()[1])

    def do_hold(self, text):
        self.relay.hold(int(text))

    def do_go(self, _):
        self.relay.hold(None)

    def do_cut(self, _):
        self.relay.cut()

    def do_server(self, _):
        self.server = Server()
        self.values["server"] = str(self.server.listener.getsockname()[1])

    def do_answer(self, text):
        self.server.answers.put(text.encode().decode("unicode_escape").encode("latin-1"))

    def do_trickle(self, text):
        self.server.answers.put(int(text))

    def do_flush(self, _):
        self.server.flushed.set()

    def do_signal(self, text):
        name, _, number = text.partition(" ")
        os.kill(int(self.values[name]), getattr(signal, "SIG" + number))

    def do_run(self, text):
        done = subprocess.run(text, shell=True, cwd=self.directory.name, capture_output=True, check=False, timeout=20)
        if done.returncode != 0:
            raise Failure(f"status {done.returncode}: {done.stderr.decode()}")

    def do_exit(self, text):
        self.expect(lambda: self.terminal.status is not None, f"the end of the program with {text}")
        if self.terminal.status != int(text):
            raise Failure(f"the program ended with {self.terminal.status}")


def cursor_of(screen):
    return screen.cursor.y + 1, screen.cursor.x + 1


def size_of(text):
    columns, _, rows = text.partition("x")
    return int(columns), int(rows)


def trimmed(lines):
    lines = list(lines)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def main():
    path, size, *pairs = sys.argv[1:]
    play = Play(path, size_of(size), dict(pair.split("=", 1) for pair in pairs))
    try:
        play.run()
    except Failure as failure:
        sys.exit(str(failure))
    finally:
        if play.terminal:
            play.terminal.end()
        play.directory.cleanup()


main()
