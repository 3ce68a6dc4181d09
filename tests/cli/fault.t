#!/bin/sh
# A slice of `make prove-fail`: of every class of calls a few fail, in every command; the
# status is one of the contract, the store as before or as after, nothing else is left.
. "$(dirname "$0")/lib.sh"
[ -z "${WEND_SANITIZED-}" ] || skip_all 'a sanitizer wants to be preloaded first'
exec "$BUILD/fault/drive" fail --stride 2500 --moments 1 --seed "${SEED:-1}"
