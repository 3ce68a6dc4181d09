#!/bin/bash
# What once made a parser stumble, and what a fuzzer found worth keeping, is read again.
. "$(dirname "$0")/lib.sh"

for t in "$top"/tests/fuzz/*.c; do
	name=$(basename "$t" .c)
	set -- "$top/tests/fuzz/corpus/$name"/*
	n=$# bad=
	# All at once; one by one only to say which.
	if ! timeout 300 "$BUILD/replay/$name" "$@" >"$out" 2>&1; then
		bad='all together'
		for f in "$@"; do
			timeout 20 "$BUILD/replay/$name" "$f" >"$out" 2>&1 || bad="$bad ${f##*/}"
		done
	fi
	is "$bad" '' "$name: $n files of the corpus pass"
	ok "$name: has a corpus" test -f "$1"
done
done_testing
