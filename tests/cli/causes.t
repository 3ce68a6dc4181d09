#!/bin/bash
# Causes: what brings a step, what a step brings, what drives customers away. An invented company
# tells of its own truth; the planted causes must be found, the planted consequences not named.
. "$(dirname "$0")/lib.sh"

company() {
	run wend simulate --company "$1" --customers "$2" --days 540 -o "$1" -q --without traps
	run wend store set -s "$1.db" --file "$1/wend.ini" -q
	run wend ingest -s "$1.db" "$1"/exports/*.csv -q --max-rejects 5%
}
of() { # touchpoint column
	awk -F, -v t="$1" -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $1 == t && !n++ { print $k }' "$out"
}
company saas 1500
run wend churn why -s saas.db -q -f csv
expect_status 0 'churn why answers'
is "$(sed -n 2p "$out" | cut -d, -f1,2)" 'payment:failed,reason' 'the failed payment is the first reason'
is "$(of 'leaving page' role)" sign 'the page with the cancel button is a sign'
ok 'a login keeps, or makes no difference' test "$(of login role)" != reason
ok 'answers to surveys and mails are no reasons' test -z "$(awk -F, '$2 == "reason" && ($1 == "promotion" || $1 ~ /^feedback:score/ || $1 == "support mail")' "$out")"
is "$(of 'by choice' role)" stated 'what they say stands beside'
cp "$out" first
run wend churn why -s saas.db -q -f csv --threads 3
ok 'any number of threads gives the same bytes' cmp -s "$out" first
run wend churn why -s saas.db
like "$err" 'first cause: payment:failed, at least' 'the finding begins with the first cause'
run wend churn why -s saas.db --lookback 3 --gap 3
expect_status 2 'nothing is left when the last days are all'
run wend churn why -s saas.db --plot why.gp -q
ok 'the forest is drawn' test -s why.gp

company shop 1500
run wend touchpoints upstream -s shop.db --of ticket -q -f csv
expect_status 0 'upstream answers'
is "$(sed -n 2p "$out" | cut -d, -f1)" 'parcel late' 'late parcels bring most tickets'
is "$(of order:placed same_as)" 'parcel late' 'the order is the same cause, and stands back'
number "$(of login lo)" '<' 1 'a login brings none'
number "$(of 'support mail' hi)" '<' 1 'our mail after the ticket is no cause of it'
cp "$out" first
run wend touchpoints upstream -s shop.db --of ticket -q -f csv --threads 3
ok 'any number of threads gives the same bytes' cmp -s "$out" first
run wend touchpoints upstream -s shop.db --of 'tick*' --window 1d,7d -q -f csv
is "$(awk -F, '$1 == "parcel late" { print $2 }' "$out" | sort -n | xargs)" '1 7' 'several windows are several rows'
run wend touchpoints downstream -s shop.db --of ticket -q -f csv
number "$(of 'support mail' lo)" '>' 1 'after a ticket comes our mail'
number "$(of 'parcel late' hi)" '<' 1 'and no parcel is late for it'
run wend touchpoints upstream -s shop.db --of tiket
expect_status 2 'an unknown step is wrong usage'
like "$err" 'ticket' 'and the steps there are stand in the message'
run wend touchpoints upstream -s shop.db
expect_status 2 'a step must be named'
run wend touchpoints upstream -s shop.db --of ticket --window 0d
expect_status 2 'a window has a length'

run wend touchpoints pain -s saas.db -q -f csv --bad churn
expect_status 0 'pain answers'
is "$(sed -n 2p "$out" | cut -d, -f1)" payment:failed 'the failed payment hurts most'
number "$(of feedback:score lo)" '<' 0 'an answer to a survey does not'
ok 'the page with the cancel button takes no part' test -z "$(of 'leaving page' n)"
cp "$out" first
run wend touchpoints pain -s saas.db -q -f csv --bad churn --threads 3
ok 'any number of threads gives the same bytes' cmp -s "$out" first
run wend touchpoints pain -s shop.db -q -f csv
number "$(of 'parcel late' q)" '<' 0.05 'late parcels hurt'
number "$(of 'parcel late' lo)" '>' 0 'more than chance'
run wend touchpoints pain -s shop.db -q -f csv --bad churn
number "$(of 'parcel late' diff)" '>' 0 'that a purchase is near whenever a parcel is late does not make it harmless'
number "$(of feedback:score lo)" '<' 0 'nor does it harm to answer'
number "$(of feedback:score hi)" '>' 0 'or keep anybody'
run wend touchpoints pain -s shop.db -q -f csv --good
number "$(of login lo)" '>' 0 'a login pleases'
run wend touchpoints pain -s shop.db --bad order
expect_status 2 'an order is nothing bad'
# ---- what they say: the contract's reason, else the topic of the step they left by ----
{
	echo customer,start,end,cancel_reason,mrr
	for i in $(seq 12); do echo "c$i,2026-01-0$((i % 9 + 1)),2026-0$((i % 3 + 4))-10,$([ "$i" -le 4 ] && echo moving),10"; done
	for i in $(seq 13 40); do echo "c$i,2026-01-05,,,10"; done
} >contracts.csv
{
	echo customer,time,touchpoint,topic
	for i in $(seq 12); do
		echo "c$i,2026-0$((i % 3 + 4))-10 12:00,cancel form,too dear" # on the last day that is paid
		echo "c$i,2026-02-01 12:00,cancel form,only looking"
	done
	echo 'c12,2026-04-10 13:00,news,football'
} >steps.csv
run wend ingest -s said.db contracts.csv --as subscriptions --currency EUR -q
run wend ingest -s said.db steps.csv --as interactions --tz UTC -q
run wend churn why -s said.db --as-of 2026-07-31 -q -f csv
is "$(of moving exposed)/$(of moving n) $(of moving role)" '4/12 stated' 'what the contract says comes first'
is "$(of 'too dear' exposed)/$(of 'too dear' n) $(of 'too dear' role)" '8/12 stated' 'else the topic of the step they left by, the last one'
is "$(of 'only looking' role)$(of football role | sed 's/.*stated.*/stated/;t;s/.*//')" '' 'and neither a step long ago nor another one'
done_testing
