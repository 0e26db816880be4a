#!/usr/bin/python3
"""A time-stamp authority, a plugin of claverod with nothing but Python's standard library.

    claverod … --plugin Examples/plugins/time-stamp.py --plugin-verbs time-stamp=STAMP,STAMPED

STAMP answers with a stamp, which says that this account had this message at this time. STAMPED tells whether a stamp is
of this authority and for this message. The key is made at the first start, in the plugin's own directory.
"""
import datetime, hashlib, hmac, os, re, sys

NOTES = """HELLO 2 time-stamp
COMMAND STAMP ARGS="message:message" ACCESS=user REPEATABLE=yes RESULT=plain SUMMARY="Prove that you have a message" \
HELP="The answer is a stamp, with the time and your name. The message itself is kept nowhere."
COMMAND STAMPED ARGS="stamp:word message:message" ACCESS=anyone REPEATABLE=yes RESULT=plain \
SUMMARY="Find out when a message was stamped, and for whom" HELP="The stamp is what STAMP gave for the same message."
READY"""

if not os.path.exists("key"):
    with open(os.open("key.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0) as file:
        file.write(os.urandom(32))
        os.fsync(file)
    os.rename("key.new", "key")  # so that a crash leaves a whole key or none
with open("key", "rb") as file:
    KEY = file.read()


def seal(text, message):
    return hmac.new(KEY, text.encode() + b"\0" + hashlib.sha256(message).digest(), hashlib.sha256).hexdigest()


def answer(verb, user, message, stamp=b""):
    if verb == "STAMP":
        text = f"stamp1:{datetime.datetime.now(datetime.timezone.utc):%Y%m%dT%H%M%SZ}:{user}"
        return f"250 2.0.0 {text}:{seal(text, message)}"
    parts = re.fullmatch(r"(stamp1:([0-9TZ]{16}):([^:]+)):([0-9a-f]{64})", stamp.decode(errors="replace"))
    if parts and hmac.compare_digest(parts[4], seal(parts[1], message)):
        return f"250 2.0.0 {parts[3]} had this message at {parts[2]}"
    return "550 5.7.7 Not a stamp of this authority for this message" if parts else "501 5.5.4 Not a stamp"


def send(lane, line):
    sys.stdout.buffer.write(f"#{lane} {len(line.encode()) + 2}\r\n{line}\r\n".encode())
    sys.stdout.buffer.flush()


for note in NOTES.splitlines():
    send("0", note)
users = {}  # the account that each lane acts for
while (header := sys.stdin.buffer.readline()).endswith(b"\n"):
    lane, length, *attributes = header[1:].decode().split()
    body = sys.stdin.buffer.read(int(length))
    users.update((lane, word[5:]) for word in attributes if word.startswith("USER="))
    if "END" in attributes:
        users.pop(lane, None)
    elif lane != "0" and len(body) == int(length):
        request, _, body = body.partition(b"\r\n")
        (verb, _, *sizes), values = request.decode().split(), {}
        for label, size in (word.split("=") for word in sizes):
            values[label], body = body[: int(size)], body[int(size) :]
        send(lane, answer(verb, users.get(lane), **values))
