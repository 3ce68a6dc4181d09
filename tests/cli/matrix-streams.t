#!/bin/bash
# Behaviour matrix: full disks, closed streams, readers that stop, for every report.
. "$(dirname "$0")/matrix.sh"

# ---- a store ----
need_store
is "$(mode wend.db)" 600 'a store is private (S11)'
for f in wend.db-wal wend.db-shm; do
	[ ! -e $f ] || is "$(mode $f)" 600 "$f is private (S11)"
done
for r in "${reports[@]}"; do
	run call "$r" -q
	expect_status 0 "$r: works"
	expect_stderr_empty "$r: -q ends 0 without a word"
	rm -f copy.db
	call "$r" >/dev/full 2>"$err"
	status=$?
	expect_status 4 "$r: a full disk ends 4"
	rm -f copy.db
	call "$r" >&- 2>"$err"
	status=$?
	expect_status 4 "$r: a closed standard output ends 4"
	rm -f copy.db
	call "$r" <&- >"$out" 2>"$err"
	status=$?
	expect_status 0 "$r: a closed standard input does not matter"
	rm -f copy.db
	{ call "$r" 2>"$err"; echo $? >../pipe; } | true
	case $(cat ../pipe) in 0 | 141) pass "$r: a reader that stops early is no error" ;; *) fail "$r: a reader that stops early is no error" "status $(cat ../pipe)" ;; esac
	unlike "$err" 'cannot write|Broken pipe' "$r: nor a message"
	rm -f copy.db
done
done_testing
