#!/bin/sh
# ROT13, a plugin of claverod in shell: clavero-plugin(7) says what is spoken here.
#
#   claverod … --plugin Examples/plugins/rot13.sh --plugin-verbs rot13=ROT13
set -eu
export LC_ALL=C
blank=$(printf ' \r') # a line is read as words between these

note() { printf '#0 %d\r\n%s\r\n' $((${#1} + 2)) "$1"; }
note 'HELLO 2 rot13'
note 'COMMAND ROT13 ARGS="message:message" ACCESS=anyone REPEATABLE=yes RESULT=plain'\
' SUMMARY="Turn the letters of a message by 13 places"'\
' HELP="What was turned twice is as it was. It hides nothing from anybody."'
note READY

while IFS=$blank read -r lane length _; do # the header of a frame
    head -c "$length" | {                  # and its bytes, beyond which nothing in these braces can read
        IFS=$blank read -r verb _ count _ || exit 0
        [ "$verb" = ROT13 ] || exec cat >/dev/null # a note on lane 0, which does not matter here
        reply="250 2.0.0 {${count#message=}}"
        printf '%s %d\r\n%s\r\n' "$lane" $((${#reply} + ${count#message=} + 4)) "$reply"
        tr 'A-Za-z' 'N-ZA-Mn-za-m'
        printf '\r\n'
    }
done
