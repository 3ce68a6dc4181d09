#!/bin/sh
# touchpoints: the summary, figures counted by hand.
. "$(dirname "$0")/lib.sh"
cat >orders.csv <<'EOF'
order,customer,time,amount,currency,promised_by,delivered
1,a,2026-07-20,10.00,EUR,2026-07-25,2026-07-24
2,b,2026-09-10,10.00,EUR,2026-09-12,2026-09-14
3,a,2026-10-02,10.00,EUR,2026-10-05,2026-10-05
4,c,2026-10-03,10.00,EUR,2026-10-06,2026-10-09
5,d,2026-10-20,10.00,EUR,2026-10-30,
6,e,2026-07-10,10.00,EUR,2026-07-12,2026-07-11
EOF
cat >payments.csv <<'EOF'
payment,customer,time,amount,currency,status
p1,a,2026-10-02,10.00,EUR,paid
p2,c,2026-10-03,10.00,EUR,failed
p3,c,2026-10-04,10.00,EUR,paid
p4,b,2026-09-10,10.00,EUR,paid
EOF
cat >visits.csv <<'EOF'
time,customer,touchpoint,channel,direction,topic
2026-10-02 08:00,c,visit,web,,
2026-10-05 08:00,f,visit,web,,
2026-10-06 08:00,f,visit,web,,
2026-10-07 08:00,c,call,phone,in,delivery
2026-10-09 08:00,c,call,phone,in,delivery
2026-10-12 08:00,b,mail,e-mail,out,
2026-10-31 08:00,b,visit,web,,
EOF
cat >invoices.csv <<'EOF'
invoice,customer,issued,due,amount,currency,paid
i1,a,2026-09-20,2026-10-04,10.00,EUR,2026-10-04
i2,b,2026-09-20,2026-10-04,10.00,EUR,2026-10-05
i3,c,2026-10-20,2026-11-20,10.00,EUR,
EOF
for f in orders payments visits:interactions invoices; do
	wend ingest -q -s wend.db "${f%%:*}.csv" --as "${f##*:}" --tz UTC >/dev/null
done
export WEND_STORE="$frame/here/wend.db"
run wend touchpoints --as-of 2026-10-31 --min-n 1 -f csv
expect_status 0 'the summary ends 0'
at() { awk -F, -v m="$1" -v g="$2" -v c="$3" '$1 == "stages" && $2 == m && $3 == g { print $c }' "$out"; }
is "$(at on_promised_day receive 4) $(at on_promised_day receive 7)" '0.3333333333333333 3' 'promised days of October: one of three kept, the one not delivered is not'
is "$(at on_promised_day receive 9)" 0 'September before it'
is "$(at paid_first_try buy 4) $(at paid_first_try buy 7)" '0.6666666666666666 3' 'payments'
is "$(at paid_when_due pay 4) $(at paid_when_due pay 7)" '0.5 2' 'invoices due in October; one due later is not judged'
is "$(at solved_first_contact 'get help' 4)" 0.5 'two calls about one delivery: the first was not solved'
is "$(at first_order_7d discover 4) $(at first_order_7d discover 7)" '0.5 2' 'one of two visitors ordered within a week'
is "$(at second_order_90d 'come back' 4) $(at second_order_90d 'come back' 7)" '0.5 2' 'first orders that are 90 days old in October: a came back, e did not'
is "$(at customers 'come back' 4)" 1 'a later order is of the stage come back'
is "$(at customers discover 4) $(at customers use 4)" '2 1' 'visits before the first order and after it'
like "$out" '^after a call,again_7d,,0.5,' 'after a call'
run wend touchpoints --since 2026-10-12 --until 2026-10-18 --as-of 2026-10-31 --min-n 1 -f csv
is "$(at solved_first_contact 'get help' 4) $(at solved_first_contact 'get help' 7)" '0.5 2' 'of a span: the calls whose seven days ended in it'
is "$(at first_order_7d discover 4) $(at first_order_7d discover 7) $(at first_order_7d discover 9)" '0 1 1' 'likewise the visits; before it is the week before'
is "$(at second_order_90d 'come back' 4) $(at second_order_90d 'come back' 7)" '1 1' 'what lies before the span is known'
is "$(at customers 'get help' 4)" 0 'customers are those of the span'
tr '\n' ' ' <"$err" >said
like said 'measures of 2026-10-12 to 2026-10-18 against 2026-10-05 to 2026-10-11' 'and the definition names both'
run wend touchpoints --since 2026-10-06 --until 2026-10-11 --versus 2026-10-01..2026-10-05 --min-n 1 -f csv
is "$(at on_promised_day receive 4) $(at on_promised_day receive 9)" '0 1' '--versus names another span'
run wend touchpoints --as-of 2026-10-31 --versus 2026-07 --min-n 1 -f csv
is "$(at on_promised_day receive 4) $(at on_promised_day receive 9)" '0.3333333333333333 1' 'or the month it is held against'
run wend touchpoints --as-of 2026-10-31 -f table
like "$out" '^  STAGE       its measure' 'a screen for people'
like "$out" '^  receive     on the promised day' 'with the stages'
wend store set 'stages.visit' receive -q >/dev/null
run wend touchpoints --as-of 2026-10-31 --min-n 1 -q -f csv
is "$(at customers discover 4)" 0 '[stages] puts steps elsewhere'
wend store set 'stages.visit' nowhere -q >/dev/null
run wend touchpoints -q
expect_status 2 'a stage that is none'
like "$err" 'no such stage' 'is told'
wend store set 'stages.visit' '' -q >/dev/null
run wend touchpoints --kinds subscriptions -f csv
expect_status 0 'nothing to tell: exit 0'
is "$(grep -c '^' "$out")" 1 'header only'
done_testing
