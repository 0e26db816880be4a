#!/bin/sh
# ROT13, a plugin of claverod in shell: clavero-plugin(7) says what is spoken here.
#
#   claverod … --plugin Examples/plugins/rot13.sh --plugin-verbs rot13=ROT13
set -eu

printf '* HELLO 1 rot13\r\n'
printf '* COMMAND ROT13 ARGS="message:message" ACCESS=anyone REPEATABLE=yes RESULT=plain'
printf ' SUMMARY="Turn the letters of a message by 13 places"'
printf ' HELP="What was turned twice is as it was. It hides nothing from anybody."\r\n'
printf '* READY\r\n'

cr=$(printf '\r')
while IFS= read -r line; do
    line=${line%"$cr"}
    case $line in
    '#'*' ROT13 {'*'+}') ;;
    *) continue ;; # * LANE and * END, which do not matter here, and whatever a newer server says
    esac
    lane=${line%% *}
    count=${line##*\{}
    count=${count%"+}"}
    printf '%s 250 2.0.0 {%s}\r\n' "$lane" "$count"
    head -c "$count" | LC_ALL=C tr 'A-Za-z' 'N-ZA-Mn-za-m'
    printf '\r\n'
    IFS= read -r _ # the line end behind the literal
done
