#!/bin/bash
# Taking back: undo in any order, what other files held stays, compaction changes nothing
# that can be seen, and what was forgotten is said.
. "$(dirname "$0")/lib.sh"

export WEND_STORE=w.db
cat >a.csv <<'X'
order,customer,time,amount,currency
1,c1,2026-01-01,10.00,EUR
2,c2,2026-01-02,20.00,EUR
3,c1,2026-01-03,30.00,EUR
X
cat >b.csv <<'X'
order,customer,time,amount,currency
2,c2,2026-01-02,20.00,EUR
3,c1,2026-01-03,33.00,EUR
4,c3,2026-01-04,40.00,EUR
X
cp a.csv c.csv
echo '5,c4,2026-01-05,50.00,EUR' >>c.csv
take() { wend ingest -q --as orders --tz UTC "$@" >/dev/null; }
seen() { wend store query -q 'SELECT id, amount, file, line FROM event ORDER BY id' --no-header; }
# The same store from the files that are left, in their order.
replay() {
	rm -f again.db*
	for f in "$@"; do WEND_STORE=again.db take "$f"; done
	WEND_STORE=again.db seen
}

take a.csv
take b.csv
before=$(seen)
take c.csv
is "$(seen)" "$(replay a.csv b.csv c.csv)" "three files"
run wend store undo 3
expect_status 0 "the last batch is undone"
is "$(cat "$out")" "batch,file,gone,passed
3,c.csv,1,0" "one row was its own"
like "$err" "batch 3 \('c.csv'\) is undone" "and that is said"
is "$(seen)" "$before" "the state before"
run wend store undo 3
expect_status 3 "twice is too often"
like "$err" "batch 3 \('c.csv'\) is undone already" "in words"
run wend store undo 77
expect_status 3 "no such batch"
like "$err" "there is no batch 77; 'wend store batches' lists them" "in words"
run wend store undo x
expect_status 2 "not a number"
run wend store undo -s none.db 1
expect_status 4 "no store"
ok "and none is made" test ! -e none.db

take c.csv
run wend store undo 1
expect_status 0 "a batch that another file begins with"
like "$err" "3 belong to batch 4" "passes to it"
# Which of the files that hold a record it is shown from may differ.
is "$(seen | cut -d, -f1,2)" "$(replay b.csv c.csv | cut -d, -f1,2)" "as if it had never been read"
ok "the store is sound" wend store check -q
run wend store compact
expect_status 0 "compact"
is "$(seen | cut -d, -f1,2)" "$(replay b.csv c.csv | cut -d, -f1,2)" "changes nothing that is seen"
ok "the store is sound" wend store check -q
is "$(wend store query -q --no-header 'SELECT count(*) FROM run WHERE type = 0')" 1 "one run of rows is left"
run wend store undo 4
expect_status 0 "undo of a batch inside a run of several"
is "$(seen)" "$(replay b.csv)" "older versions come back"
like "$out" '^4,c.csv,3,1$' "what the other file held stays"
ok "the store is sound" wend store check -q
take c.csv
take a.csv
is "$(seen)" "$(replay b.csv c.csv a.csv)" "undone files can be read again"

# What was forgotten.
rm -f w.db*
take a.csv
take b.csv
run wend store compact --forget-before 9
expect_status 2 "batches that do not exist are not forgotten"
run wend store compact --forget-before 3
expect_status 0 "forget"
is "$(sed 1d "$out" | cut -d, -f3,4)" "4,1" "the version that lost is dropped"
like "$err" 'batches below 3 can' "and what it costs is said"
is "$(seen)" "$(replay a.csv b.csv)" "nothing that counts is gone"
run wend store undo 2
expect_status 3 "undo is refused"
like "$err" "batch 2 \('b.csv'\) can no longer be undone: 'wend store compact --forget-before 3'" "in words"
ok "the store is sound" wend store check -q
take c.csv
is "$(seen | cut -d, -f1,2)" "$(replay a.csv b.csv c.csv | cut -d, -f1,2)" "a file that begins with one of which a version was forgotten is read whole"
run wend store undo 3
expect_status 0 "later batches can be undone"
is "$(seen)" "$(replay a.csv b.csv)" "as before"

# Settings are batches, too.
printf '[company]\nmargin = 40%%\n' >one.ini
printf '[company]\nmargin = 50%%\ncurrency = EUR\n' >two.ini
wend store set -q --file one.ini >/dev/null
wend store set -q --file two.ini >/dev/null
last=$(wend store batches -q --no-header -f csv | tail -n 1 | cut -d, -f1)
run wend store undo "$last"
expect_status 0 "settings of a file are taken back"
run wend store settings -f csv --no-header -q
is "$(cut -d, -f1-3 "$out")" "company,margin,40%" "and the ones before hold again"

# Small runs become one by themselves.
rm -f w.db*
for i in 1 2 3 4 5 6 7 8 9 10; do
	printf 'order,customer,time,amount,currency\n%d,c%d,2026-02-%02d,1.00,EUR\n' "$i" "$((i % 3))" "$i" >"day$i.csv"
	take "day$i.csv"
done
is "$(wend store query -q --no-header 'SELECT count(*) FROM run')" 2 "ten small files leave two runs"
is "$(seen | wc -l)" 10 "of all rows"
run wend store undo 4 1 10
expect_status 0 "several batches at once"
is "$(seen | cut -d, -f1 | tr '\n' ' ')" "2 3 5 6 7 8 9 " "only their rows are gone"
is "$(wend store info -q --no-header -f csv | grep -E '^(customers|orders),' | tr '\n' ' ')" "customers,3 customers,0 orders,7 " "info counts what is left"
ok "the store is sound" wend store check -q
size=$(stat -c %s w.db)
run wend store compact
ok "compaction does not let the file grow" test "$(stat -c %s w.db)" -le "$size"
ok "the store is sound" wend store check -q
done_testing
