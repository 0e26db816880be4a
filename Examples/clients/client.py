#!/usr/bin/python3
"""A client of Clavero with nothing but Python's standard library: it logs in and issues one command.

    client.py alice ENCRYPT TO=bob,carol <message >sealed
    client.py bob DECRYPT <sealed >message
    client.py - VERIFY TOKEN= <token

The first word is the account, or - to issue the command without a log-in. Standard input is the last argument.
CLAVERO_HOST and CLAVERO_PORT name the proxy: 127.0.0.1 and 6000, unless they are set. The connection is encrypted if
CLAVERO_CA names a file of trusted certificates, and always to another machine. The password is the first line of the
file that CLAVERO_PASSWORD_FILE names. If there is none, the program asks for it.
"""
import getpass, os, re, socket, ssl, sys

# The code, "-" if more lines follow, the text after any enhanced code, and the length of a literal.
REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -])(?:[245]\.\d+\.\d+ )?(.*?) ?(?:(?<= )\{(\d+)\})?\r\n")


def receive():
    """Returns the code and the text of a reply, and the bytes of its literal or None. Ends the program at a refusal."""
    texts = []
    while line := REPLY_LINE.fullmatch(file.readline(8192)):
        code, more, text, length = line.groups()
        texts.append(text.decode())
        body = file.read(int(length) + 2) if length else None
        if length and len(body) < int(length) + 2:
            break
        if more == b" ":
            text = "\n".join(texts)
            return (code, text, body and body[:-2]) if code < b"400" else sys.exit(f"client.py: {code.decode()} {text}")
    sys.exit("client.py: the connection was lost")


def request(line, argument=None):
    """Sends a request, whose last argument is sent as a literal, so it may be any bytes. Returns text and literal."""
    connection.sendall((line if argument is None else f"{line}{{{len(argument)}}}").encode() + b"\r\n")
    code, *reply = receive()
    if code == b"354":
        connection.sendall(argument + b"\r\n")
        code, *reply = receive()
    return reply


if len(sys.argv) < 3 or not "".join(sys.argv).isprintable():  # a line end would begin another request
    sys.exit(__doc__)
user, line = sys.argv[1], " ".join(sys.argv[2:])
host, authorities = os.getenv("CLAVERO_HOST", "127.0.0.1"), os.getenv("CLAVERO_CA")
connection = socket.create_connection((host, os.getenv("CLAVERO_PORT", "6000")), timeout=60)
file = connection.makefile("rb", buffering=0)  # a buffer could swallow what belongs to TLS
receive()
if authorities or host not in ("127.0.0.1", "::1", "localhost"):
    request("STARTTLS")
    connection = ssl.create_default_context(cafile=authorities).wrap_socket(connection, server_hostname=host)
file = connection.makefile("rb")
if user != "-":
    path = os.getenv("CLAVERO_PASSWORD_FILE")
    request(f"LOGIN {user} ", (open(path).readline().rstrip("\n") if path else getpass.getpass()).encode())
text, body = request(line, input().encode()) if line[-1] == "=" else request(line + " ", sys.stdin.buffer.read())
print(text, end="\n" if text else "", file=sys.stdout if body is None else sys.stderr)
sys.stdout.buffer.write(body or b"")
