#!/bin/bash
# Behaviour matrix: stores and files in trouble, and an interrupt.
. "$(dirname "$0")/matrix.sh"

need_store

# ---- stores in trouble ----
mkdir ../locked && cp wend.db ../locked/wend.db
chmod 755 "$frame" ../locked ../here ../tmp ../home
chmod 644 ../locked/wend.db
chmod 555 ../locked
for r in "${reports[@]}"; do
	{ writes "$r" || storeless "$r"; } && continue
	unroot env HOME="$frame/home" bash -c "$(declare -f call call_of writes); data='$data'; call '$r' -q -s '$frame/locked/wend.db'" >"$out" 2>"$err"
	status=$?
	expect_status 0 "$r: reads a store it may not write"
done
unroot wend ingest -q -s "$frame/locked/wend.db" --as orders "$data/orders.csv" >"$out" 2>"$err"
status=$?
expect_status 4 'ingest: a read-only store ends 4'
chmod 755 ../locked

coproc holder { sql wend.db --hold; }
# shellcheck disable=SC2154
read -r word <&"${holder[0]}"
is "$word" held 'another process holds the store'
for r in "${reports[@]}"; do
	writes "$r" && continue
	run call "$r" -q
	expect_status 0 "$r: reads while another writes"
done
eval "exec ${holder[1]}>&-"
wait "$holder_PID" 2>/dev/null

cp wend.db ../newer.db
sql ../newer.db 'PRAGMA user_version = 4242' || fail 'a store can be made to look newer'
for r in "${reports[@]}"; do
	{ [ "$r" = 'ingest' ] || storeless "$r"; } && continue
	run call "$r" -s ../newer.db
	expect_status 4 "$r: a store of a newer version ends 4"
	like "$err" 'newer' "$r: and says so in words"
	rm -f copy.db
done
run wend ingest -s ../newer.db --as orders "$data/orders.csv"
expect_status 4 'ingest: a store of a newer version ends 4'
head -c 5000 /dev/urandom >../noise.db
for r in "${reports[@]}"; do
	{ writes "$r" || storeless "$r"; } && continue
	run call "$r" -s ../noise.db
	expect_status 4 "$r: a file that is no store ends 4"
	isnt "$(wc -c <"$err")" 0 "$r: and says so"
done

# ---- files instead of a store ----
printf 'order,customer,time,amount,currency\n' >header.csv
: >empty.csv
for c in ltv churn touchpoints ingest; do
	has_command $c || continue
	more=
	[ $c = ingest ] && more='-s ../other.db'
	# shellcheck disable=SC2086
	run wend $c $more missing.csv
	expect_status 4 "$c: a missing file ends 4"
	like "$err" "'missing\.csv'" "$c: and is named"
	# shellcheck disable=SC2086
	run wend $c $more empty.csv
	expect_status 3 "$c: an empty file ends 3"
	like "$err" "empty\.csv" "$c: and is named"
	# shellcheck disable=SC2086
	run wend $c $more --as orders header.csv
	expect_status 3 "$c: a header without a record ends 3"
	# shellcheck disable=SC2086
	run wend $c $more ..
	like <(echo "$status") '^[34]$' "$c: a folder is no export"
done

# ---- interrupt in mid-ingest ----
cp ../kept.db before.db
call 'store batches' -f csv -s before.db >../before 2>/dev/null
mkfifo ../feed
env --default-signal=INT wend ingest -s before.db --as orders - <../feed >"$out" 2>"$err" &
pid=$!
{
	echo 'order,customer,time,amount,currency'
	for i in $(seq 1 3000); do echo "n$i,u$((i % 70)),2026-07-0$((i % 9 + 1)),1.00,EUR"; done
	sleep 0.4
	kill -INT $pid
	sleep 0.2
} >../feed 2>/dev/null
wait $pid
status=$?
expect_status 130 'ingest: dies of the interrupt'
call 'store batches' -f csv -s before.db >../after 2>/dev/null
same ../after ../before 'ingest: an interrupt leaves the store as it was'
is "$(find "$frame/tmp" "$frame/here" -name '*wend-*' | head)" '' 'ingest: an interrupt leaves no scratch file'
done_testing
