#!/bin/bash
# wend churn rate --stat and --from: what it is made of, printed, read and added up.
# shellcheck disable=SC2016 # awk reads its fields
. "$(dirname "$0")/lib.sh"

export WEND_STORE=$PWD/c.db

# adds_up NAME OPTION...: the table read back, and two shards of the customers, are the whole.
adds_up() {
	of=$1
	shift
	wend churn rate "$@" -q -f csv >whole.csv
	wend churn rate "$@" --definition all -q -f csv >definitions.csv
	wend churn rate "$@" --stat -q -f csv >whole.stat
	wend churn rate "$@" --only a.csv --stat -q -f csv >a.stat
	wend churn rate "$@" --only b.csv --stat -q -f csv >b.stat
	ok "$of: there is something to count" test "$(wc -l <whole.csv)" -ge 5
	run wend churn rate --from whole.stat -q -f csv
	same "$out" whole.csv "$of: read back it is the same"
	run wend churn rate --from whole.stat --stat -q -f csv
	same "$out" whole.stat "$of: and printed again"
	ok "$of: neither shard is empty" test "$(wc -l <a.stat)" -gt 20 -a "$(wc -l <b.stat)" -gt 20
	run wend churn rate --from a.stat --from b.stat -q -f csv
	same "$out" whole.csv "$of: two shards are the whole"
	run wend churn rate --from b.stat --from a.stat --stat -q -f csv
	same "$out" whole.stat "$of: also as a statistic, in any order"
	run wend churn rate --from b.stat --from a.stat --definition all -q -f csv
	same "$out" definitions.csv "$of: by every definition"
}

# ---- contracts: every third ends, some come back, some pay late, a second file brings old ones ----
awk 'BEGIN { print "subscription,customer,start,end,plan,mrr,currency,status"
	for (i = 1; i <= 240; i++) {
		from = i % 18 + 1
		plan = i % 4 ? "basic" : "pro"
		end = i % 3 ? "" : sprintf("%d-%02d-%02d", 2024 + int((from + 5) / 12), (from + 5) % 12 + 1, i % 28 + 1)
		printf "s%d,k%d,%d-%02d-%02d,%s,%s,%d,EUR,%s\n", i, i, 2024 + int(from / 12), from % 12 + 1, (i * 7) % 28 + 1, end, plan, 10 + i % 5, i % 9 ? "" : "past_due"
		if (i % 6 == 0)
			printf "t%d,k%d,%d-%02d-%02d,,pro,20,EUR,\n", i, i, 2024 + int((from + 6) / 12), (from + 6) % 12 + 1, i % 28 + 1
	} }' >subs.csv
sed '2,$s/^\([st][0-9]*\),k/x\1,late/' subs.csv | sed -n '1p;2,40p' >more.csv
wend ingest --as subscriptions -q subs.csv >/dev/null
wend ingest --as subscriptions -q more.csv >/dev/null
{ echo customer; for i in $(seq 1 2 300); do echo "k$i"; echo "late$i"; done; } >a.csv
{ echo customer; for i in $(seq 2 2 300); do echo "k$i"; echo "late$i"; done; } >b.csv
adds_up contracts
like whole.stat ',batch:2,' 'rows of each batch are told'
ok 'some came late' awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "late_rows") c = i } NR > 1 && $c > 0 { n++ } END { exit !n }' whole.csv
adds_up 'weeks, as of a day' --period week --as-of 2025-03-31
adds_up groups --by plan
adds_up 'days in New York' --period day --tz America/New_York --grace 20 --dunning 5
adds_up 'one currency' --currency EUR
cp whole.stat eur.stat
run wend churn rate --from eur.stat
like "$err" 'contracts in EUR alone' 'the definition says so from a table, too'
like "$err" 'from a table' 'and the finding whence it is'
wend churn rate --stat -q -f csv >plain.stat
wend churn rate --by plan --stat -q -f csv >plan.stat

# ---- without: the window is given, fixed or suggested, and the table keeps it ----
awk 'BEGIN { print "customer,time,amount"
	for (i = 1; i <= 300; i++)
		for (k = 0; k <= i % 7; k++) {
			day = i % 90 + k * (11 + i % 40)
			printf "k%d,2025-%02d-%02d,10\n", i, 1 + int(day / 28) % 12, 1 + day % 28
		} }' >orders.csv
WEND_STORE=$PWD/o.db
wend ingest --as orders --currency EUR -q orders.csv >/dev/null
adds_up orders
adds_up 'a window of 45 days' --window 45 --period quarter
run wend churn rate --from whole.stat
like "$err" 'no purchase for 45 days' 'the window is told'
run wend churn rate --from whole.stat --during 2025-Q2 -q -f csv
is "$(wc -l <"$out" | tr -d ' ')" 2 'a span chooses periods'
# Two stores with half of the customers each.
sed -n '1p;/^k[0-9]*[13579],/p' orders.csv >odd.csv
sed -n '1p;/^k[0-9]*[02468],/p' orders.csv >even.csv
for half in odd even; do
	wend churn rate $half.csv --as orders --currency EUR --tz UTC --window 45 --period quarter --as-of 2025-12-20 --stat -q -f csv >$half.stat
done
wend churn rate --window 45 --period quarter --as-of 2025-12-20 -q -f csv --tz UTC >both.csv
run wend churn rate --from odd.stat --from even.stat -q -f csv
same "$out" both.csv 'stores add up as one would count'

# ---- what does not add up, and what is no such table ----
run wend churn rate --from plain.stat --from whole.stat -q
expect_status 3 'contracts and orders do not add up'
like "$err" "must agree in '[a-z_]*'" 'and it is said'
run wend churn rate --from plain.stat --from plan.stat -q
expect_status 3 'nor do other groups'
like "$err" "must agree in 'by'" 'which are named'
awk -F, -v OFS=, 'NR == 3 { $14 = "many" } { print }' plain.stat >bad.csv
run wend churn rate --from bad.csv -q
expect_status 3 'a cell that is no number'
like "$err" "row 2 of the table: 'many' in column 'n'" 'is named'
for change in 's/end:inside+roll/end:roll+inside/' '4s/churn.rate.1/churn.rate.2/' 's/,2025-03,/,2025-13,/' 's/,2025-03,/,1025-03,/' 's/,2025-\(..-..\),went/,2095-\1,went/' \
	's/contracts/promises/' 's/,month,/,moon,/' 's|,UTC,|,Atlantis,|' 's/customers,/customers,-/' 's/^stat,as_of/stat,until/'; do
	sed "$change" plain.stat >bad.csv
	run wend churn rate --from bad.csv -q
	expect_status 3 "after $change it is none of ours"
done
awk -F, -v OFS=, 'NR > 1 && $13 == "new" { $14 = "9223372036854775807" } { print }' plain.stat >bad.csv
run wend churn rate --from bad.csv -q
expect_status 3 'sums that do not fit are refused'
head -1 plain.stat >none.csv
run wend churn rate --from none.csv -f csv
expect_status 0 'a table without rows'
is "$(wc -l <"$out" | tr -d ' ')" 1 'is the header alone'
run wend churn rate --from plain.stat --who 2025-03
expect_status 2 'a table names no customers'
run wend churn rate --from plain.stat --by plan
expect_status 2 'groups are made when it is counted'
WEND_STORE=$PWD/c.db run wend churn rate --who 2025-03 --stat
expect_status 2 'names or counts'
run wend churn rate --from plain.stat --definition churned
expect_status 2 'an unknown definition'
run wend churn rate --from plain.stat --include-trials -q -f csv
expect_status 0 'trials are chosen when it is read'
done_testing
