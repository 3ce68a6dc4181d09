#!/bin/bash
# Security cases S11, S15, S16, S17 and S22 of the command line; S01 to S10 and S14 have
# their unit tests beside the writers.
. "$(dirname "$0")/lib.sh"

has_command ingest || skip_all 'there is no ingest'
data=$top/tests/data

# ---- S11: private, whatever the umask ----
for mask in 000 022; do
	(
		umask $mask
		mkdir "s11-$mask" && cd "s11-$mask" || exit 1
		printf 'order,customer,time,amount,currency\n1,ada,2026-01-01,1.00,EUR\n2,ben,31/31/2026,1.00,EUR\n' >bad.csv
		wend ingest -q -s a.db --as orders "$data/orders.csv" >/dev/null 2>&1
		wend ingest -q -s a.db --as orders --max-rejects 90% bad.csv >/dev/null 2>&1
		wend ltv rfm -q -s a.db -o list.csv >/dev/null 2>&1
		wend ltv rfm -q -s a.db -f csv --plot picture.gp >/dev/null 2>&1
		wend store backup -q -s a.db copy.db >/dev/null 2>&1
	)
	# What we wrote ourselves aside, everything is for the owner's eyes.
	is "$(find "s11-$mask" -type f ! -name bad.csv -perm /077 | sort | paste -sd ' ')" '' "S11: every file is private under umask $mask"
	ok "S11: rejects, list and copy were made under umask $mask" ls "s11-$mask/list.csv" "s11-$mask/copy.db" "s11-$mask/bad.rejects.csv"
done
cp s11-022/a.db open.db
chmod 644 open.db
run wend store info -f csv -s open.db
like "$err" 'open\.db' 'S11: a store that others can read is warned of'

# ---- S15: names and values are never SQL ----
printf 'order,customer,time,amount,currency,"ev""il; DROP TABLE batch;--"\n1,"Robert'"'"'); DROP TABLE batch;--",2026-01-01,1.00,EUR,"x'"'"'y"\n' >evil.csv
run wend ingest -q -s evil.db --as orders --keep 'ev"il; DROP TABLE batch;--' evil.csv
expect_status 0 'S15: hostile names and values are read'
run wend ltv rfm -q -f csv -s evil.db
like "$out" "Robert'\); DROP TABLE batch;--" 'S15: and come out as they went in'
for where in "channel=x'; DROP TABLE batch;--" "customer=a;ATTACH 'x.db' AS x" 'channel=" OR 1=1'; do
	wend ltv rfm -q -f csv -s evil.db --where "$where" >"$out" 2>"$err"
	status=$?
	case $status in 0 | 2) pass "S15: --where $where is a value or wrong usage" ;; *) fail "S15: --where $where" "status $status" "$(head -n 3 "$err")" ;; esac
done
cp evil.db before.db
for sql in 'DROP TABLE batch' 'DELETE FROM batch' "ATTACH 'other.db' AS o" 'PRAGMA writable_schema=ON' "SELECT 1; DROP TABLE batch" 'VACUUM INTO "copy2.db"' \
	'INSERT INTO batch(file) VALUES(1)' 'CREATE TABLE x(y)' "SELECT load_extension('x')" 'UPDATE setting SET value=1'; do
	run wend store query -q -s evil.db "$sql"
	isnt "$status" 0 "S15: a query cannot: $sql"
done
same evil.db before.db 'S15: and the store is untouched'
ok 'S15: no file was made' test ! -e other.db -a ! -e copy2.db
run wend store batches -q -s evil.db
expect_status 0 'S15: the tables are all there'

# ---- S16: paths ----
cp "$data/orders.csv" ./-rf
run wend ingest -q -s rf.db --as orders -- -rf
expect_status 0 'S16: a file called -rf is read after --'
mkfifo pipe.csv
run timeout 5 wend ingest -q -s rf.db --as orders pipe.csv
like <(echo "$status") '^[34]$' 'S16: a FIFO is refused at once'
ln -s rf.db link.db
run wend store info -q -s link.db
expect_status 4 'S16: a store behind a symbolic link is refused'
run wend ingest -q -s link.db --as interactions "$data/calls.csv"
expect_status 4 'S16: nor is one written through it'
: >zero.db
chmod 600 zero.db
run wend store info -q -s zero.db
expect_status 4 'S16: a file of no bytes is no store'
run wend ltv -q -s rf.db -o /dev/null/x
expect_status 4 'S16: an output that cannot be made ends 4'

# ---- S17: bombs ----
big() {
	(
		ulimit -v 400000
		exec timeout 60 wend ingest -q -s bomb.db --as orders --max-rejects 90% "$1"
	) >"$out" 2>"$err" </dev/null
	status=$?
}
if [ -z "${WEND_SANITIZED-}" ]; then
	{
		echo 'order,customer,time,amount,currency'
		echo '1,ada,2026-01-01,1.00,EUR'
		printf '2,"'
		head -c 30000000 /dev/zero | tr '\0' 'x'
		printf '",2026-01-01,1.00,EUR\n3,ben,2026-01-02,2.00,EUR\n'
	} >field.csv
	big field.csv
	expect_status 0 'S17: a field of 30 MB costs its record'
	{
		echo 'order,customer,time,amount,currency'
		echo '1,ada,2026-01-01,1.00,EUR'
		head -c 20000000 /dev/zero | tr '\0' '\n'
		echo '2,ben,2026-01-02,2.00,EUR'
	} >blank.csv
	big blank.csv
	expect_status 0 'S17: twenty million empty lines are nothing'
	{
		yes a, | head -n 1000000 | tr -d '\n'
		echo
		yes 1, | head -n 1000000 | tr -d '\n'
		echo
	} >wide.csv
	big wide.csv
	expect_status 3 'S17: a million columns are refused'
	like "$err" 'column' 'S17: and called by their name'
	{
		echo 'order,customer,time,amount,currency'
		printf '1,"ada,2026-01-01,1.00,EUR\n'
		for i in $(seq 2 400); do echo "$i,ben,2026-01-02,2.00,EUR"; done
	} >quote.csv
	big quote.csv
	expect_status 0 'S17: a quote that is never closed costs one record'
	is "$(sed -n 2p "$out" | cut -d, -f4-6)" '400,399,1' 'S17: and no more'
fi

# ---- S22: killed in the middle, nothing is left over ----
head -c 3000000 /dev/urandom | od -An -v -tu2 -w2 | awk 'BEGIN { print "order,customer,time,amount,currency" } { printf "%d,c%d,2026-%02d-%02d,%d.00,EUR\n", NR, $1 % 900, $1 % 12 + 1, $1 % 28 + 1, $1 % 90 + 1 }' >many.csv
for s in INT TERM HUP; do
	env --default-signal=$s wend ingest -q -s killed.db --as orders many.csv >"$out" 2>"$err" &
	pid=$!
	sleep 0.15
	kill -$s $pid 2>/dev/null
	wait $pid
	status=$?
	case $status in
	0) pass "S22: SIG$s came too late" ;;
	*)
		ok "S22: SIG$s ends it" test $status -gt 128
		# No batch; or, killed before there was a store, a file that says so.
		if [ -e killed.db ]; then
			run wend store query -q -f csv --no-header -s killed.db 'SELECT count(*) FROM batch'
			is "$(cat "$out" "$err" | sed 's/.* is empty; run .*/0/')" 0 "S22: SIG$s leaves nothing half done"
		fi
		;;
	esac
	is "$(find "$frame/tmp" -mindepth 1 | head -n 3)" '' "S22: SIG$s leaves no scratch file"
	rm -f killed.db*
done

# ---- S21: what nobody asked for is not kept ----
cat >wide.csv <<'X'
order,customer,time,amount,currency,iban,remark
1,ada@example.com,2026-01-05T10:00:00Z,12.50,EUR,DE02120300000000202051,prefers the back door
X
run wend ingest -q -s wide.db --as orders wide.csv
expect_status 0 'S21: columns without a meaning are read over'
is "$(cat wide.db* | grep -a -c -e DE0212 -e 'back door')" 0 'S21: and no byte of them is in the store'
run wend ingest -q -s kept.db --as orders --keep remark wide.csv
ok 'S21: a column that was asked for is kept' sh -c "wend store query -q -s kept.db 'SELECT attributes FROM event' | grep -q 'back door'"
is "$(cat kept.db* | grep -a -c DE0212)" 0 'S21: and only that'
done_testing
