#!/bin/bash
# A client of Clavero in bash: it logs in and issues one command, whose message is standard input.
#
#   client.sh alice ENCRYPT TO=bob,carol <message >sealed
#   client.sh bob DECRYPT <sealed >message
#   client.sh alice SIGN <message >signature
#   client.sh - VERIFY "$(cat signature)" <message
#
# The first word is the account, or - to issue the command without a log-in. CLAVERO_PORT is the proxy's port: 6000,
# unless it is set. The proxy must be on this machine, because bash has no TLS. The password is the first line of the
# file that CLAVERO_PASSWORD_FILE names. Without that, the program asks for it.
set -euo pipefail
export LC_ALL=C # lengths are in bytes

die() {
    printf 'client.sh: %s\n' "$*" >&2
    exit 1
}

# Reads a reply. Its code is then in $code, and its text, without enhanced codes, in $text. If the reply ends in a
# literal, the bytes of that go to standard output, and the text to standard error.
receive() {
    local line part
    text=
    while IFS= read -r line <&3 || die 'the connection was lost'; do
        line=${line%$'\r'}
        code=${line:0:3} part=${line:4}
        text+=${part#[245].*.* }$'\n'
        [[ ${line:3:1} == - ]] || break
    done
    [[ $code == [23]* ]] || die "$code ${text%$'\n'}"
    if [[ $line =~ ' '\{([0-9]+)\}$ ]]; then
        text=${text%\{*}
        printf %s "${text:+${text% }$'\n'}" >&2
        text=
        head -c "${BASH_REMATCH[1]}" <&3 # head reads no byte after these
        IFS= read -r line <&3 || die 'the connection was lost'
    fi
}

# Sends a request that ends in a literal: standard input, which may be any bytes. No variable of bash can hold a NUL, so
# the message is kept in base64.
request() {
    local message length
    message=$(base64)
    length=$(printf %s "$message" | base64 -d | wc -c)
    printf '%s {%d}\r\n' "$*" "$length" >&3
    receive
    [[ $code == 354 ]] || die "$code $text"
    printf %s "$message" | base64 -d >&3
    printf '\r\n' >&3
    receive
    printf %s "$text"
}

if (($# < 2)) || [[ $* == *[[:cntrl:]]* ]]; then die 'usage: client.sh account VERB [word ...] <message'; fi
exec 3<>"/dev/tcp/127.0.0.1/${CLAVERO_PORT:-6000}"
receive
if [[ $1 != - ]]; then
    if [[ -n ${CLAVERO_PASSWORD_FILE-} ]]; then
        IFS= read -r password <"$CLAVERO_PASSWORD_FILE"
    else
        IFS= read -r -s -p 'Password: ' password </dev/tty
        echo >&2
    fi
    printf %s "$password" | request LOGIN "$1" >/dev/null
fi
request "${@:2}"
