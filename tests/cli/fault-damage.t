#!/bin/sh
# A slice of `make prove-fail`: stores with changed bytes. What a command says of them is the
# sentence, or what it says of the store before the damage; `store check` always sees it.
. "$(dirname "$0")/lib.sh"
[ -z "${WEND_SANITIZED-}" ] || skip_all 'a sanitizer wants to be preloaded first'
exec "$BUILD/fault/drive" damage --moments 12 --seed "${SEED:-1}"
