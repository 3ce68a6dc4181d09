#!/bin/bash
# The manual is the program's: options both ways, SYNOPSIS, reports, examples that run.
. "$(dirname "$0")/lib.sh"

for p in "$top"/man/*.1 "$top/man/wend-tutorial.7"; do
	BUILD=$BUILD run "$top/scripts/check-docs" "man/${p##*/}"
	expect_status 0 "${p##*/}: options, SYNOPSIS, reports and examples are the program's"
	[ "$status" = 0 ] || sed 's/^/# /' "$out"
done
for p in "$top"/man/*; do
	mandoc -T lint -W style "$p" 2>/dev/null | grep -v 'STYLE: referenced manual not found' >"$out"
	expect_stdout_empty "${p##*/}: mandoc has nothing to say"
done
done_testing
