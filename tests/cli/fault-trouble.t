#!/bin/bash
# Real trouble, not made by a library: a disk that is full, a store somebody else holds, a
# store cut short, a reader that goes away.
. "$(dirname "$0")/lib.sh"
data=$top/tests/data
wend ingest -q -s wend.db --as orders "$data/orders.csv" >/dev/null
wend store query -f csv -q 'SELECT * FROM event' >../before

# ---- another process writes ----
coproc holder { exec sql wend.db --hold; }
# shellcheck disable=SC2154
pid=$holder_PID
read -r word <&"${holder[0]}"
is "$word" held 'another process holds the store'
began=$(date +%s%N)
run env WEND_WAIT=0.5 wend ingest -q --as interactions "$data/calls.csv"
took=$((($(date +%s%N) - began) / 1000000))
expect_status 4 'an ingest that waited in vain ends 4'
like "$err" "'calls\.csv': store '.*/wend\.db' is held by process $pid; waited 0\.5 s, run again when it has ended" 'and says who holds the store and how long it waited'
ok "it waited as long as WEND_WAIT says ($took ms)" test $took -ge 500
run env WEND_WAIT=0 wend store set margin 0.4
expect_status 4 'WEND_WAIT=0 does not wait'
for report in 'ltv rfm' 'store info' 'store check'; do
	# shellcheck disable=SC2086
	run env WEND_WAIT=0 wend $report -q
	expect_status 0 "$report: a reader needs no lock"
done
eval "exec ${holder[1]}>&-"
wait "$pid" 2>/dev/null
run env WEND_WAIT=soon wend ltv rfm
expect_status 2 'a WEND_WAIT that is no number ends 2'
like "$err" "WEND_WAIT is 'soon'; give seconds" 'and says what to give'
wend store query -f csv -q 'SELECT * FROM event' >../after
same ../after ../before 'nobody who waited in vain left anything'

# ---- a store cut short, or emptied ----
size=$(stat -c %s wend.db)
for part in 1 2 3; do
	head -c $((size * part / 4)) wend.db >cut.db
	run wend store check -q -s cut.db
	expect_status 4 "a store cut to $part quarters ends 4"
	like "$err" "store '.*cut\.db' is damaged .*; restore a backup" 'and says so'
done
: >none.db
run wend ltv rfm -s none.db
expect_status 4 'a store without a byte ends 4'
like "$err" "'none\.db' is empty; run 'wend ingest' first" 'and says what to do'
run wend ltv rfm -s gone.db
expect_status 4 'a store that is not there ends 4'
like "$err" "no store at 'gone\.db'; run 'wend ingest' first" 'and says what to do'
ok 'and none was made' test ! -e gone.db

# ---- a disk that is full ----
mkdir "$frame/small"
if mount -t tmpfs -o size=640k tmpfs "$frame/small" 2>/dev/null; then
	trap 'umount "$frame/small" 2>/dev/null; rm -rf "$frame"' EXIT
	cp wend.db "$frame/small/wend.db"
	awk 'BEGIN { print "order,customer,time,amount,currency"
		for (i = 0; i < 60000; i++) printf "x%d,k%d%d,2026-%02d-%02dT10:00:00Z,%d.%02d,EUR\n", i * 7919 % 100003, i * 31 % 9973, i % 13, 1 + i % 9, 1 + i % 28, i * 17 % 991, i % 100 }' >big.csv
	run wend ingest -q -s "$frame/small/wend.db" --as orders big.csv
	expect_status 4 'an ingest onto a full disk ends 4'
	like "$err" "store '.*/small/wend\.db': the disk is full; free space and run again" 'and says so'
	wend store query -f csv -q -s "$frame/small/wend.db" 'SELECT * FROM event' >../after
	same ../after ../before 'the store is as before'
	run wend store check -q -s "$frame/small/wend.db"
	expect_status 0 'and sound'
	head -c 700000 /dev/zero >"$frame/small/filler" 2>/dev/null
	run wend ltv rfm -q -s wend.db -o "$frame/small/rfm.csv"
	expect_status 4 'a report onto a full disk ends 4'
	ok 'and leaves no file' test ! -e "$frame/small/rfm.csv"
	run wend store backup -q -s wend.db "$frame/small/copy.db"
	expect_status 4 'a backup onto a full disk ends 4'
	is "$(find "$frame/small" -name '*copy*' -o -name '.wend*')" '' 'and leaves nothing'
	rm "$frame/small/filler"
	umount "$frame/small"
else
	skip 'a disk that is full' 'no small file system can be mounted here'
fi

# ---- a reader that goes away ----
awk 'BEGIN { print "order,customer,time,amount,currency"; for (i = 0; i < 30000; i++) printf "y%d,p%d,2026-03-01,1.00,EUR\n", i, i }' >many.csv
wend ingest -q -s many.db --as orders many.csv >/dev/null
wend ltv rfm -q -f csv -s many.db 2>"$err" | head -n 2 >/dev/null
is "${PIPESTATUS[0]}" 141 'a closed pipe ends a long report by SIGPIPE'
expect_stderr_empty 'quietly'
is "$(find "$frame/tmp" "$frame/here" -name '.wend-*' -o -name 'wend-*' | head)" '' 'no temporary file is left'
done_testing
