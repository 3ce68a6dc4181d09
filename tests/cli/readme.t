#!/bin/bash
# The README's tour runs as it stands, and prints what it shows.
. "$(dirname "$0")/lib.sh"

BUILD=$BUILD run "$top/scripts/check-docs" README.md
expect_status 0 'every command of the README prints what the README shows'
is "$(grep -v 'examples ran' "$out")" '' 'nothing to complain of'
done_testing
