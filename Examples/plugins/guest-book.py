#!/usr/bin/python3
"""A guest book, a plugin of claverod that keeps state and asks its host for something.

    claverod --plugins keys … --plugin Examples/plugins/guest-book.py \\
        --plugin-verbs guest-book=GUEST,GUESTS --plugin-services guest-book=SIGN

What a guest writes is signed with the guest's own key, which the plugin never sees: it asks its server to SIGN, for the
guest whose request it is answering. Whoever reads the book can have each entry checked by VERIFY.
"""
import collections
import json
import os
import re
import sys

BOOK = "book.jsonl"
LINES = 100

ANNOUNCEMENT = """\
* HELLO 1 guest-book
* COMMAND GUEST ARGS="message:message" ACCESS=user REPEATABLE=no RESULT=plain \
SUMMARY="Write a line into the guest book" \
HELP="It is signed with your key, and stays there for everybody to read."
* COMMAND GUESTS ACCESS=anyone REPEATABLE=yes RESULT=plain \
SUMMARY="Read the guest book" \
HELP="The last 100 entries: on each line the signature, which VERIFY checks, and what was written."
* READY
"""


class Link:
    """What the host says, a line with its literals at a time."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.waiting = collections.deque()

    def write(self, *parts):
        for part in parts:
            self.sink.write(part if isinstance(part, bytes) else part.encode())
        self.sink.flush()

    def read(self):
        line = self.source.readline()
        literals = []
        while mark := re.search(rb"\{(\d+)\+?\}\r?\n$", line):
            literals.append(self.source.read(int(mark[1])))
            line = line[: mark.start()] + self.source.readline()
        return line.decode(), literals

    def requests(self):
        while True:
            item = self.waiting.popleft() if self.waiting else self.read()
            if not item[0]:
                return
            yield item

    def ask(self, lane, verb, message):
        """The host's reply, on one line. Requests that come meanwhile have to wait."""
        self.write(f"{lane} {verb} {{{len(message)}+}}\r\n", message, "\r\n")
        while True:
            line, literals = item = self.read()
            if not line:
                sys.exit(0)
            if re.match(re.escape(lane) + r" \d", line):
                text = line.split(" ", 1)[1].rstrip()
                return text if not literals else f"{text} {literals[0].decode()}"
            self.waiting.append(item)


def repair():
    """Drops what a crash has left of a line: it was never acknowledged."""
    with open(BOOK, "ab+") as book:
        book.seek(0)
        book.truncate(book.read().rfind(b"\n") + 1)


def entries():
    with open(BOOK, encoding="utf-8") as book:
        return [json.loads(line) for line in book]


def add(entry):
    with open(BOOK, "a", encoding="utf-8") as book:
        book.write(json.dumps(entry) + "\n")
        book.flush()
        os.fsync(book.fileno())


def guest(link, lane, message):
    text = message.decode(errors="replace")
    if not 0 < len(message) <= 200 or not text.isprintable():
        return "501 5.5.4 An entry is one line of 1 to 200 octets"
    reply = link.ask(lane, "SIGN", message)
    if not reply.startswith("250 "):
        return reply
    add({"signature": reply.split()[-1], "text": text})
    return "250 2.0.0 Written"


def guests():
    return [f"{entry['signature']} {entry['text']}" for entry in entries()[-LINES:]] or ["Nobody was here yet"]


def main():
    repair()
    link = Link(sys.stdin.buffer, sys.stdout.buffer)
    link.write(ANNOUNCEMENT.replace("\n", "\r\n"))
    for line, literals in link.requests():
        lane, _, rest = line.partition(" ")
        if rest.startswith("GUEST "):
            link.write(f"{lane} {guest(link, lane, literals[0])}\r\n")
        elif rest.startswith("GUESTS"):
            *more, last = guests()
            for text in more:
                link.write(f"{lane} 250-2.0.0 {text}\r\n")
            link.write(f"{lane} 250 2.0.0 {last}\r\n")


main()
