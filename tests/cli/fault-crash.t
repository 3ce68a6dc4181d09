#!/bin/sh
# A slice of `make prove-crash`: kill -9 and signals that can be caught, at random moments.
. "$(dirname "$0")/lib.sh"
[ -z "${WEND_SANITIZED-}" ] || skip_all 'a sanitizer wants to be preloaded first'
"$BUILD/fault/drive" kill --moments 4 --size 1000 --seed "${SEED:-1}" || exit 1
