#!/bin/bash
# One source of revenue: two exports of the same sales, and money no order tells of.
. "$(dirname "$0")/lib.sh"

# A finding is folded for people: look at it in one line.
told() {
	tr -s '\n ' ' ' <"$err" >told
	like told "$1" "$2"
}
{
	echo 'order,email,date,total'
	for i in 1 2 3 4 5 6 7 8; do echo "$i,c$i@example.com,2026-01-0$i,1$i.00"; done
} >shop.csv
{
	echo 'nr,mail,day,sum'
	for i in 1 2 3; do echo "T$i,c$i@example.com,2026-01-0$i,1$i.00"; done
	for i in 4 5; do echo "T$i,x$i@example.com,2026-01-0$i,7.00"; done
} >till.csv
shop='--as orders --map order=order --map customer=email --map time=date --map amount=total --currency EUR'
till='--as orders --map order=nr --map customer=mail --map time=day --map amount=sum --currency EUR'

# shellcheck disable=SC2086
{
	run wend ingest -q shop.csv $shop
	expect_status 0 'a first source of orders goes in'
	run wend ingest --dry-run till.csv $till
	expect_status 3 'a dry run says that another tells of the same sales'
	run wend ingest till.csv $till
	expect_status 3 'and so does the ingest'
	told "3 of 5 orders of 'till' \(60 %\) agree with one of 'shop' in customer, day and amount" 'with the share and both sources'
	told "wend store set orders 'shop', or wend store set orders 'till'" 'and the setting that says whose count'
	run wend store query "SELECT count(*) AS n FROM event"
	is "$(sed -n 2p "$out")" 8 'nothing was written'
	run wend store batches --refused
	like "$out" 'agree with one of' 'the refusal is kept'
	run wend store set orders shop
	run wend ingest -q till.csv $till
	expect_status 0 'once it is said, both go in'
}
run wend ltv -f csv
like "$out" '^so far,revenue,,116,' 'and one of them is revenue'
told "5 orders of other sources have no money here, as 'orders' is set to" 'the other is not, aloud'
run wend touchpoints list -f csv
like "$out" '^order:placed,,13,' 'but its orders are steps'
run wend store set orders pos
run wend ltv
expect_status 2 'a source nobody has is a mistake'
told "the orders come from 'shop', 'till'" 'with those there are'
run wend store check -f csv
expect_status 0 'it does not make the store unsound'
like "$out" "^revenue,note,.*the orders come from 'shop', 'till'" 'but check tells'
run wend store set orders shop

cat >payments.csv <<'END'
id,email,date,amount,status
p1,c1@example.com,2026-01-02,11.00,paid
p2,c2@example.com,2026-01-07,12.00,paid
p3,c8@example.com,2026-01-07,40.00,paid
END
run wend ingest -q payments.csv --as payments --map payment=id --map customer=email --map time=date --map amount=amount --map status=status --currency EUR
run wend ltv -f csv
like "$out" '^so far,revenue,,116,' 'orders are revenue where there are payments too'
told 'The store also holds other money' 'which is said'
told "Unmatched: EUR 52.00 in 2 payments; '--revenue orders\+unmatched' counts them" 'and what no order tells of is counted apart'
run wend ltv rfm -f csv
told 'The store also holds other money.*Unmatched: EUR 52.00 in 2 payments' 'on every report of money'
run wend ltv --revenue orders+unmatched -f csv
like "$out" '^so far,revenue,,168,' 'it can be counted in'
told 'in orders and unmatched payments' 'and the finding names it'
run wend store check -f csv
like "$out" '^unmatched payments,note,"EUR 52.00 in 2 payments belong to no order or subscription: p2 2026-01-07 EUR 12.00, p3 2026-01-07 EUR 40.00"' 'check lists them'
run wend store set revenue orders+unmatched
run wend ltv -f csv
like "$out" '^so far,revenue,,168,' 'the setting says the same'
unlike "$err" 'also holds' 'once chosen, nothing is asked'
done_testing
