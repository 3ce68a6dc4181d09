#!/bin/sh
# The first reports on the demo's exports: order of ingest, populations, currencies, pipes.
. "$(dirname "$0")/lib.sh"
demo=$top/examples/demo

read_in() {
	store=$1
	shift
	for f in "$@"; do
		case $f in
		subscriptions.csv) wend ingest -q -s "$store" --as subscriptions --tz Europe/Berlin "$demo/$f" >/dev/null ;;
		*) wend ingest -q -s "$store" --tz Europe/Berlin "$demo/$f" >/dev/null ;;
		esac || fail "$f is read into $store"
	done
}
read_in a.db shopify-orders.csv stripe-payments.csv zendesk-tickets.csv google-ads.csv subscriptions.csv
read_in b.db subscriptions.csv google-ads.csv zendesk-tickets.csv stripe-payments.csv shopify-orders.csv

# Every row of the store is used or left out for one reason: the last line is their sum.
# shellcheck disable=SC2317
adds_up() {
	awk '/^rows  / { on = 1; next } on && /^in the store/ { gsub(",", ""); total = $NF; on = 0; done = 1 } on { gsub(",", ""); sum += $NF } END { exit !(done && total > 0 && sum == total) }' "$1"
}
while read -r report; do
	# shellcheck disable=SC2086
	run wend $report -s a.db -f csv --explain
	expect_status 0 "$report ends 0"
	ok "$report: rows used and left out make the rows in the store" adds_up "$err"
	cp "$out" one
	cp "$err" one.err
	# shellcheck disable=SC2086
	run wend $report -s b.db -f csv --explain
	same "$out" one "$report: the order of ingest changes no byte"
	same "$err" one.err "$report: nor a word"
done <<'reports'
ltv
ltv --versus previous
ltv --revenue payments
ltv rfm
ltv rfm --stat
ltv rfm --where any.channel=web,amount>=10
ltv cohorts
ltv cohorts --period week --stat
ltv referrals
churn rate
churn rate --by plan --period quarter --min-n 3
churn rate --versus year
churn risk
churn where
touchpoints list
touchpoints list --during 2026-09 --versus previous
touchpoints map
touchpoints map --by position
touchpoints map --self-loops drop --ties name --kinds interactions,orders
touchpoints attribution --order auto
touchpoints attribution --credits --order-channel
channels --margin 0.4
channels --by campaign
channels --credit-model linear
channels payback --margin 0.4
channels marginal
reports

export WEND_STORE=a.db
wend ltv rfm -q -f csv --sort -monetary --top 5 >best.csv
run wend touchpoints list --only best.csv -f csv
is "$(awk -F, 'NR == 2 { print $8 }' "$out")" 5 '--only restricts to the customers of the list'
wend ltv rfm -q -f csv --sort -monetary --top 5 | wend touchpoints list -q -f csv --only - >piped.csv
same piped.csv "$out" 'also from a pipe'

run wend ltv --where 'chanel=web'
expect_status 2 'an unknown field is wrong usage'
like "$err" "did you mean 'channel'" 'and the nearest one is told'
run wend ltv --definition x
expect_status 2 'an option the report does not take is wrong usage'
run wend churn rate --by amount
expect_status 2 'a field that makes no groups is wrong usage'
run wend touchpoints map --cover 140%
expect_status 2 'a share above 100 % is wrong usage'
run wend ltv --since 2026-05 --until 2026-04
expect_status 2 'a span that ends before it begins is wrong usage'
run wend ltv rfm --as-of 2020-01-01 -f csv
expect_status 0 'nobody yet: status 0'
is "$(wc -l <"$out" | tr -d ' ')" 1 'and the header alone'
run wend ltv -q -f csv --fail-if 'customers>1'
expect_status 1 '--fail-if looks at a measure of a summary'

printf 'order,customer,time,amount,currency\n1,a,2026-01-01,10,EUR\n2,a,2026-01-02,10,CHF\n' >mixed.csv
unset WEND_STORE
run wend ltv mixed.csv --as orders
expect_status 2 'two currencies are wrong usage'
like "$err" 'CHF, EUR' 'and both are told'
run wend touchpoints mixed.csv --as orders -q -f csv
expect_status 0 'where no money is added they do not matter'
run wend ltv mixed.csv --as orders --currency CHF -q -f csv
like "$out" '^so far,revenue,,10,' '--currency picks one'
done_testing
