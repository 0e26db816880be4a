#!/usr/bin/python3
"""A time-stamp authority, a plugin of claverod with nothing but Python's standard library.

    claverod … --plugin Examples/plugins/time-stamp.py --plugin-verbs time-stamp=STAMP,STAMPED

STAMP answers with a stamp: that this message was shown at this time, by this account. STAMPED tells whether a stamp is
one of this authority, for this message. The key is made at the first start, in the plugin's own directory.
"""
import datetime
import hashlib
import hmac
import os
import re
import sys

ANNOUNCEMENT = """\
* HELLO 1 time-stamp
* COMMAND STAMP ARGS="message:message" ACCESS=user REPEATABLE=yes RESULT=plain \
SUMMARY="Have it written down that you have a message now" \
HELP="The answer is a stamp, with the time and your name. The message itself is kept nowhere."
* COMMAND STAMPED ARGS="stamp:word message:message" ACCESS=anyone REPEATABLE=yes RESULT=plain \
SUMMARY="Find out when a message was stamped, and for whom" \
HELP="The stamp is what STAMP gave for the same message."
* READY
"""


def own_key():
    """32 random octets, the same at each start."""
    try:
        descriptor = os.open("key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        with open("key", "rb") as file:
            return file.read()
    with os.fdopen(descriptor, "wb") as file:
        key = os.urandom(32)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


class Authority:
    def __init__(self, key):
        self.key = key

    def seal(self, text, message):
        digest = hashlib.sha256(message).digest()
        return hmac.new(self.key, text.encode() + b"\0" + digest, hashlib.sha256).hexdigest()

    def stamp(self, user, message):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        text = f"stamp1:{now}:{user}"
        return f"250 2.0.0 {text}:{self.seal(text, message)}"

    def stamped(self, stamp, message):
        parts = re.fullmatch(r"(stamp1:([0-9TZ]{16}):([^:]+)):([0-9a-f]{64})", stamp)
        if not parts:
            return "501 5.5.4 Not a stamp"
        if not hmac.compare_digest(parts[4], self.seal(parts[1], message)):
            return "550 5.7.7 Not a stamp of this authority for this message"
        return f"250 2.0.0 {parts[3]} had this message at {parts[2]}"


def requests(stream):
    """The lines that come, each as its text and its literals; the latter stand where the text has an empty word."""
    while line := stream.readline():
        literals = []
        while mark := re.search(rb"\{(\d+)\+\}\r?\n$", line):
            literals.append(stream.read(int(mark[1])))
            line = line[: mark.start()] + b"\0" + stream.readline()
        yield line.decode().rstrip("\r\n"), literals


def main():
    authority = Authority(own_key())
    users = {}
    write(ANNOUNCEMENT.replace("\n", "\r\n"))
    for line, literals in requests(sys.stdin.buffer):
        first, _, rest = line.partition(" ")
        if first.startswith("#"):
            words = [literals.pop(0) if word == "\0" else word.encode() for word in rest.split(" ")]
            if words[0] == b"STAMP":
                reply = authority.stamp(users[first[1:]], words[1])
            else:
                reply = authority.stamped(words[1].decode(errors="replace"), words[2])
            write(f"{first} {reply}\r\n")
        elif lane := re.match(r"\* LANE (\d+) .*?(?: USER=(\S+))?$", line):
            users[lane[1]] = lane[2]
        elif end := re.match(r"\* END (\d+)$", line):
            users.pop(end[1], None)


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


main()
