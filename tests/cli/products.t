#!/bin/sh
# ltv products: planted effects are found, what is not planted is not; any number of threads
# writes the same bytes.
. "$(dirname "$0")/lib.sh"

# 45,000 customers. 30 % come back within 60 days, first buyers of Matcha 40 %, those with a
# discount on the first order 10 points more; a discount on the second order brings 12 points
# more for the third. Matcha has discounts four times as often, so that a comparison of all
# with all would find more than there is.
awk 'function rnd() { s = s * 16807 % 2147483647; return s / 2147483647 }
function say(c, d, p, off) { printf "%d,%d,%s,%d.00,%s,%s\n", ++o, c, date(d), 10 + off, p, off ? "-" off ".00" : "0.00" }
function date(d) { return sprintf("2025-%02d-%02d", 1 + int(d / 28), 1 + d % 28) }
BEGIN {
	s = 20261122
	split("Assam Biscuit Cup Matcha Sencha", name, " ")
	print "order,customer,time,amount,product,discount"
	for (c = 1; c <= 45000; c++) {
		d = int(rnd() * 140); p = name[1 + int(rnd() * 5)]
		off = rnd() < (p == "Matcha" ? 0.4 : 0.1)
		say(c, d, p, off)
		if (rnd() >= 0.3 + (p == "Matcha") * 0.1 + off * 0.1) continue
		d += 1 + int(rnd() * 50); p = rnd() < 0.5 ? p : name[1 + int(rnd() * 5)]
		off = rnd() < 0.2
		say(c, d, p, off)
		if (rnd() >= 0.4 + off * 0.12) continue
		say(c, d + 1 + int(rnd() * 50), name[1 + int(rnd() * 5)], 0)
	}
}' >orders.csv
at() { # FILE SECTION NAME BUYERS COLUMN
	awk -F, -v s="$2" -v n="$3" -v b="$4" -v c="$5" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $1 == s && $2 == n && $3 == b { print $k }' "$1"
}
within() { # LO VALUE HI
	awk -v a="$1" -v b="$2" -v c="$3" 'BEGIN { exit !(a <= b && b <= c && a < c) }'
}
wend ingest -q -s wend.db orders.csv --as orders --currency EUR --tz UTC >/dev/null
export WEND_STORE="$frame/here/wend.db"

run wend ltv products --within 60day -f csv
expect_status 0 'ltv products ends 0'
cp "$out" all.csv
is "$(head -n 1 all.csv)" section,product,buyers,customers,same,same_lo,same_hi,other,other_lo,other_hi,any,any_lo,any_hi,against,diff,diff_lo,diff_hi,q,call,observed,revenue_per_customer,per_customer_lo,per_customer_hi,unmatched,flag 'columns'
like "$err" 'Matcha come back more often' 'what is planted is found'
like "$err" '4 more of 5' 'and the others lie below a rest that holds it'
is "$(awk -F, '$1 == "repeat" && $15 > 0 { print $2 " " $19 }' all.csv)" 'Matcha real' 'it alone comes back more often'
ok 'a discount on the first order: the truth lies within' within "$(at all.csv discount '' new diff_lo)" 0.10 "$(at all.csv discount '' new diff_hi)"
ok 'on a later one, too' within "$(at all.csv discount '' existing diff_lo)" 0.12 "$(at all.csv discount '' existing diff_hi)"
is "$(at all.csv discount '' new call),$(at all.csv discount '' existing call)" real,real 'both more than chance'
is "$(awk -F, '$1 == "repeat" { n += $4 } $1 == "all" { a = $4 } END { print n - a }' all.csv)" 0 'each customer began with one product'
is "$(awk -F, 'NR > 1 && $1 != "discount" && !($5 <= $11 && $8 <= $11 && $12 <= $11 && $11 <= $13) { n++ } END { print n + 0 }' all.csv)" 0 'shares lie within their limits, and any is the greatest'
for n in 1 2 4; do
	run wend ltv products --within 60day -q -f csv --threads $n
	same "$out" all.csv "the same bytes with $n threads"
done
# R 4.2.2, survival 3.5-3: survfit with conf.type = "log-log" at 60 days, survdiff on what happens
# by then, p.adjust "BH"; half of the customers have not been seen so long by that day.
run wend ltv products --within 60day --as-of 2025-04-15 -q -f csv
awk -F, '$2 == "Matcha" || $2 == "Cup" { printf "%s", $2; for (i = 5; i <= 13; i++) printf " %.10f", $i; print "" }' "$out" | sort >got
cat >wanted <<-END
	Cup 0.1952309435 0.1838931827 0.2071751542 0.1666080999 0.1557572089 0.1781322239 0.3145563591 0.3010952744 0.3284675581
	Matcha 0.2587230246 0.2459927539 0.2719863241 0.2306483030 0.2180889378 0.2438123233 0.4316592769 0.4168609693 0.4467602273
	END
same got wanted 'shares and limits are those of another program'
is "$(awk -F, '$2 == "Sencha" || $2 == "Matcha" { printf "%.6e\n", $18 }' "$out" | sort | tr '\n' ' ')" '3.686963e-05 5.312608e-54 ' 'and so are the adjusted tests'
run wend ltv products --within 60day -q -f csv --seed 7
ok 'another seed draws other pairs' test "$(at "$out" discount '' new against)" != "$(at all.csv discount '' new against)"
same "$(grep -v '^discount' "$out" >a; echo a)" "$(grep -v '^discount' all.csv >b; echo b)" 'and nothing else'
head -n 1 orders.csv >tac.csv
tail -n +2 orders.csv | sort -t, -k 3,3r -k 1,1n >>tac.csv
run wend ltv products tac.csv --as orders --currency EUR --tz UTC --within 60day -q -f csv
same "$out" all.csv 'rows in another order are the same bytes'

run wend ltv products --within 60day --top 2 -f text
is "$(grep -cE '^ +(Assam|Biscuit|Cup|Matcha|Sencha) +[0-9]' "$out")" 2 'people see as many as they ask for'
like "$out" 'A DISCOUNT ON' 'and what a discount changes'
run wend ltv products --margin 0.5 -q -f csv
like "$out" ',margin_per_customer,' 'with a margin it is margin'
run wend ltv products --within 60day --plot plot.svg -q -f csv
ok 'a plot is drawn' test -s plot.svg
run wend ltv products --by category -f csv
expect_status 0 'categories nobody names'
like "$err" 'but no first purchase names a' 'are said to be none'
is "$(awk 'END { print NR }' "$out")" 1 'the header alone'
run wend ltv products --by channel
expect_status 2 'what people begin with is a product or a category'
run wend ltv products --within 2h
expect_status 2 'no span of days'

# What is not planted: a simulated shop gives discounts at random that change nothing.
unset WEND_STORE
wend simulate -q -o shop --company shop --customers 1500 --days 420 --seed 11 --without both >/dev/null
wend ingest -q -s shop.db shop/exports/shopify-orders*.csv >/dev/null
run wend ltv products -s shop.db -f csv
expect_status 0 'a simulated shop'
is "$(at "$out" discount '' new call),$(at "$out" discount '' existing call)" chance,chance 'a discount that changes nothing is within chance'
like "$err" 'none of 12 products differs' 'products bought at random come back alike'
done_testing
