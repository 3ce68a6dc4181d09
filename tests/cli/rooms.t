#!/bin/bash
# Data flows one way: the includes say so, and the check that says so can fail.
. "$(dirname "$0")/lib.sh"

run "$top/scripts/check-rooms"
expect_status 0 'no room includes one above it'
expect_stderr_empty 'and nothing is to be said'

mkdir -p scripts include/wend src/base src/num src/csv
cp "$top/scripts/check-rooms" scripts/
cp "$top/include/wend/csv.h" "$top/include/wend/err.h" "$top/include/wend/hash.h" "$top/include/wend/str.h" include/wend/
echo '#include "wend/err.h"' >src/csv/good.c
run scripts/check-rooms
expect_status 0 'a room may include the one below'
# try WHAT TEXT FILE: this line must be found out.
try() {
	printf '%s\n' "$2" >"$3"
	run scripts/check-rooms
	expect_status 1 "found out: $1"
	like "$err" "$3" "and the file is named: $1"
	rm "$3"
}
try 'a room including the one above' '#include "wend/csv.h"' src/base/bad.c
try 'num using anything of ours' '#include "wend/err.h"' src/num/bad.c
try 'num using the system' '#include <stdio.h>' src/num/bad.c
try 'a header that is not there' '#include "wend/nothing.h"' src/csv/bad.c
try 'SQL outside the store' 'void f(void) { sqlite3_close(0); }' src/csv/bad.c
try 'printing below the commands' 'void f(void) { printf("x"); }' src/csv/bad.c
try 'ending the program below the commands' 'void f(void) { exit(1); }' src/csv/bad.c
try 'a public header without its room' '#include "err.h"' include/wend/bad.h
done_testing
