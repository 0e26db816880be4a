#!/usr/bin/python3
"""A guest book, a plugin of claverod that keeps state and asks its host for something.

    claverod --plugins keys … --plugin Examples/plugins/guest-book.py \\
        --plugin-verbs guest-book=GUEST,GUESTS --plugin-services guest-book=SIGN

What a guest writes is signed with the guest's own key, which the plugin never sees: it asks its server to SIGN, for the
guest whose request it is answering. Whoever reads the book can have each entry checked by VERIFY.
"""
import collections, os, pathlib, sys

NOTES = b"""HELLO 2 guest-book
COMMAND GUEST ARGS="message:message" ACCESS=user REPEATABLE=no RESULT=plain \
SUMMARY="Write a line into the guest book" HELP="It is signed with your key, and stays there for everybody to read."
COMMAND GUESTS ACCESS=anyone REPEATABLE=yes RESULT=plain SUMMARY="Read the guest book" \
HELP="The last 100 entries: on each line the signature, which VERIFY checks, and what was written."
READY"""
waiting = collections.deque()  # frames that came while the host was asked for something


def send(lane, payload):
    sys.stdout.buffer.write(b"#%s %d\r\n%s" % (lane, len(payload), payload))
    sys.stdout.buffer.flush()


def receive():  # returns the lane and the bytes of the next frame that has any
    while (header := sys.stdin.buffer.readline()).endswith(b"\n"):
        lane, length = header[1:].split()[:2]
        body = sys.stdin.buffer.read(int(length))
        if len(body) == int(length) > 0:
            return lane, body
    sys.exit()  # the host has closed its end


def guest(lane, message):
    if not 0 < len(message) <= 200 or not message.decode(errors="surrogateescape").isprintable():
        return b"501 5.5.4 An entry is one line of 1 to 200 bytes\r\n"
    send(lane, b"SIGN literal message=%d\r\n%s" % (len(message), message))
    while (frame := receive())[0] != lane or not frame[1][:1].isdigit():  # until it is the reply
        waiting.append(frame)
    if not frame[1].startswith(b"250 "):
        return frame[1]
    book.write(frame[1].split()[-1] + b" " + message + b"\n")
    book.flush()
    os.fsync(book)
    return b"250 2.0.0 Written\r\n"


book = open("book", "ab")
book.truncate(pathlib.Path("book").read_bytes().rfind(b"\n") + 1)  # a crash may have cut a line short
for note in NOTES.splitlines():
    send(b"0", note + b"\r\n")
while True:
    lane, body = waiting.popleft() if waiting else receive()
    request, _, message = body.partition(b"\r\n")
    if request.startswith(b"GUEST "):
        send(lane, guest(lane, message))
    elif request.startswith(b"GUESTS "):
        text = b"\n".join(pathlib.Path("book").read_bytes().splitlines()[-100:]) or b"Nobody was here yet"
        send(lane, b"250 2.0.0 {%d}\r\n%s\r\n" % (len(text), text))  # a literal, since guests wrote it
