#!/bin/bash
# What once made a parser stumble, and what a fuzzer found worth keeping, is read again.
. "$(dirname "$0")/lib.sh"

for t in "$top"/tests/fuzz/*.c; do
	name=$(basename "$t" .c)
	n=0 bad=
	for f in "$top/tests/fuzz/corpus/$name"/*; do
		[ -f "$f" ] || continue
		n=$((n + 1))
		timeout 20 "$BUILD/replay/$name" "$f" >"$out" 2>&1 || bad="$bad ${f##*/}"
	done
	is "$bad" '' "$name: $n files of the corpus pass"
	ok "$name: has a corpus" test $n -gt 0
done
done_testing
