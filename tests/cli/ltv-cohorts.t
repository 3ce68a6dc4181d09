#!/bin/sh
# ltv cohorts, ltv referrals: rows, marks, threads, shards, lists in pipes, one simulated shop.
# shellcheck disable=SC2086 # the options in $map are words of their own
. "$(dirname "$0")/lib.sh"
map='--as orders --map customer=customer,time=date,amount=amount --currency EUR --tz UTC'
at() { # FILE COHORT AGE COLUMN
	awk -F, -v h="$2" -v k="$3" -v c="$4" '$1 == h && $2 == k { print $c }' "$1"
}

wend simulate -q -o shop --company shop --customers 1200 --days 540 --seed 5 --without both
export WEND_STORE="$frame/here/wend.db"
wend store set --file shop/wend.ini >/dev/null 2>&1
wend ingest -q shop/exports/* >/dev/null 2>err0 || cat err0

run wend ltv cohorts -f csv --margin 1
like "$out" '^cohort,age,period,customers,buyers,active,active_lo,active_hi,revenue,margin_per_customer,lo,hi,flag$' 'with a margin it is margin'
run wend ltv cohorts -f csv
expect_status 0 'ltv cohorts ends 0'
like "$err" 'beyond chance|more than older|less than older|too few to compare' 'and sets newer customers against older ones'
cp "$out" all.csv
is "$(head -n 1 "$out")" cohort,age,period,customers,buyers,active,active_lo,active_hi,revenue,revenue_per_customer,lo,hi,flag 'columns'
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
is "$(awk -F, 'NR > 1 && $2 == 0 && ($4 != $5 || $6 != 1) { n++ } END { print n + 0 }' "$out")" 0 'everybody buys at age 0'
is "$(awk -F, 'NR > 1 && ($7 > $6 || $8 < $6 || $11 > $10 || $12 < $10) && $6 != "" && $2 > 0 { n++ } END { print n + 0 }' "$out")" 0 'every estimate lies within its limits'
is "$(awk -F, 'NR > 1 { if ($2 > 0 && $10 != "" && $10 < last) n++; last = $10 } END { print n + 0 }' "$out")" 0 'what a customer brought never falls with age'
# The whole of it is what the customers' list says.
wend ltv rfm -q -f csv >rfm.csv
is "$(awk -F, 'NR > 1 && $2 == 0 { n += $4 } NR > 1 { s += $9 } END { printf "%d %.2f", n, s }' all.csv)" "$(awk -F, 'NR > 1 { s += $8 } END { printf "%d %.2f", NR - 1, s }' rfm.csv)" 'customers and revenue are those of ltv rfm'
for n in 1 3; do
	run wend ltv cohorts -q -f csv --threads $n
	same "$out" all.csv "the same bytes with $n threads"
done
expect_stderr_empty 'and nothing is said with -q'
run wend ltv cohorts -q -f table
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'the triangle stands in 80 columns'
run wend ltv cohorts -q -f table --period week
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'by week too'
like "$out" '^ *before ' 'older weeks share a line'

# Shards by customer add up, in either order.
awk -F, 'NR == 1 || NR % 3 == 0 { print $1 }' rfm.csv >some
awk -F, 'NR == 1 || NR % 3 { print $1 }' rfm.csv >others
wend ltv cohorts --only some --stat -q -f csv >a.csv
wend ltv cohorts --only others --stat -q -f csv >b.csv
run wend ltv cohorts --from a.csv --from b.csv -q -f csv
same "$out" all.csv 'two shards are the whole'
wend ltv cohorts --stat -q -f csv >whole.csv
run wend ltv cohorts --from b.csv --from a.csv --stat -q -f csv
same "$out" whole.csv 'and their statistic is that of the whole'
run wend ltv cohorts --from a.csv --period week
expect_status 3 'a statistic keeps its period'
wend ltv cohorts --stat -q -f csv --as-of 2026-01-31 >other.csv
run wend ltv cohorts --from a.csv --from other.csv
expect_status 3 'other days do not add up'
like "$err" "must agree in 'as_of'" 'and the message says in what'
run wend ltv cohorts --from rfm.csv
expect_status 3 'another table is none'
run wend ltv cohorts --period day
expect_status 2 'no days'

# A month that is cut is marked, and --fail-if looks at the newest that is over.
unset WEND_STORE
printf 'customer,date,amount\n1,2026-01-03,10\n2,2026-01-09,20\n1,2026-02-05,10\n2,2026-02-11,10\n3,2026-02-12,5\n1,2026-03-02,10\n4,2026-03-30,1\n' >cut.csv
run wend ltv cohorts cut.csv $map --min-n 1 -f csv
expect_status 0 'a shop of three'
is "$(at "$out" 2026-01 1 5),$(at "$out" 2026-01 1 10),$(at "$out" 2026-01 1 13)" '2,25,' 'February is over'
is "$(at "$out" 2026-01 2 5),$(at "$out" 2026-01 2 13)" '1,*' 'March is not'
like "$err" '2026-03 is' 'and is said to be left out'
run wend ltv cohorts cut.csv $map --min-n 1 -q -f csv --fail-if 'age=1,active<0.9'
expect_status 0 'no fall is seen in a month that is not over'
run wend ltv cohorts cut.csv $map --min-n 1 -q -f csv --as-of 2026-03-31 --fail-if 'cohort=2026-01,active<0.9'
expect_status 1 'a fall is seen in one that is'
run wend ltv cohorts cut.csv $map -f csv
is "$(at "$out" 2026-01 1 6),$(at "$out" 2026-01 1 13)" ',few' 'three customers are few'

# Who won whom: references by mail, by id, to nobody, to oneself, in a circle.
export WEND_STORE="$frame/here/people.db"
cat >people.csv <<-END
	customer,email,referred_by
	anna,anna@example.com,
	ben,ben@example.com,Anna@Example.com
	cleo,cleo@example.com,ben@example.com
	dora,dora@example.com,anna
	emil,emil@example.com,emil
	finn,finn@example.com,gala
	gala,gala@example.com,finn
	hugo,hugo@example.com,a friend
END
printf 'customer,date,amount\nanna,2026-01-03,10\nben,2026-01-09,20\nben,2026-02-05,10\ncleo,2026-02-12,5\nemil,2026-01-01,7\nida,2026-01-01,9\n' >sales.csv
wend ingest -q people.csv --as customers --map customer=customer,email=email,referred_by=referred_by
wend ingest -q sales.csv $map
run wend ltv referrals -f csv
expect_status 0 'ltv referrals ends 0'
like "$err" '4 references are not followed \(1 to' 'references that lead nowhere are told'
cat >want <<-END
	customer,referred,bought,share,lo,hi,revenue_of_referred,revenue
	anna,2,1,0.5,0.09453120573423074,0.9054687942657693,30.00,10.00
	ben,1,1,1,0.20654931437723745,1,5.00,30.00
END
same "$out" want 'who won whom, the best first'
cp "$out" list.csv
run wend ltv referrals --min-n 2 -f text
like "$out" '^  customers +2 +17.50' 'people see both groups'
like "$out" '^  not known +2 +9.50' 'side by side'
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'in 80 columns'
run wend ltv referrals --top 1 --with email -f table -q
like "$out" 'anna@example.com' 'a field of the customers can stand beside them'
is "$(grep -c '^ben' "$out")" 0 'and --top holds there'
wend ltv referrals -q -f csv | wend ltv rfm --only - -q -f csv >piped.csv
is "$(awk -F, 'NR > 1 { print $1 }' piped.csv | tr '\n' ' ')" 'anna ben ' 'the list goes on in a pipe'
run wend ltv referrals --only piped.csv --where 'customer=ben' -q -f csv
is "$(awk -F, 'NR > 1 { print $1, $2 }' "$out")" 'ben 1' 'and chooses who is printed'
for n in 1 3; do
	run wend ltv referrals -q -f csv --threads $n
	same "$out" list.csv "the same bytes with $n threads"
done
done_testing
