#!/bin/sh
# ltv model, customers, summary: choices, refusals, pipes, one simulated shop.
# shellcheck disable=SC2086 # the options in $map are words of their own
. "$(dirname "$0")/lib.sh"
at() { # FILE MODEL PARAMETER COLUMN
	awk -F, -v m="$2" -v p="$3" -v c="$4" '$1 == m && $2 == p { print $c }' "$1"
}

wend simulate -q -o shop --company shop --customers 1200 --days 540 --seed 5 --without both
export WEND_STORE="$frame/here/wend.db"
wend store set --file shop/wend.ini >/dev/null 2>&1
wend ingest -q shop/exports/* >/dev/null 2>err0 || cat err0

run wend ltv model -f csv
expect_status 0 'ltv model ends 0'
like "$err" 'describes these' 'and says which model'
cp "$out" model.csv
is "$(awk -F, '$2 == "gradient" && $3 > 1e-9 { n++ } END { print n + 0 }' "$out")" 0 'every fit is at its maximum'
is "$(awk -F, '$2 ~ /^(r|alpha|a|b|s|beta)$/ && $3 != "" && ($5 > $3 || $6 < $3 || $4 <= 0) { n++ } END { print n + 0 }' "$out")" 0 'every parameter lies within its limits'
is "$(awk -F, '$2 == "forecast_mae" { print $1 }' "$out" | grep -c 'last period\|own rate\|zero')" 3 'naive forecasts stand beside the models'
for n in 1 3; do
	run wend ltv model -q -f csv --threads $n
	same "$out" model.csv "the same bytes with $n threads"
done

run wend ltv customers -q -f csv
expect_status 0 'ltv customers ends 0'
expect_stderr_empty 'and is quiet with -q'
cp "$out" all.csv
is "$(head -n 1 "$out")" customer,orders,first,last,x,t_x,T,spent,mean_spend,p_alive,expected_orders,revenue_rlv,lo,hi,next_order,rank 'columns'
is "$(awk -F, 'NR > 1 && ($10 < 0 || $10 > 1 || $12 < 0 || $13 < 0 || $14 < $13) { n++ } END { print n + 0 }' "$out")" 0 'chances are chances, and limits in order'
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
total=$(wend ltv -q -f csv --model mbgnbd | awk -F, '$2 == "revenue_rlv" { print $4 }')
sum=$(wend ltv customers -q -f csv --model mbgnbd | awk -F, 'NR > 1 { s += $12 } END { printf "%.6f", s }')
is "$(awk -v a="$total" -v b="$sum" 'BEGIN { d = a / b - 1; print (d < 1e-9 && d > -1e-9) }')" 1 'values of customers add up to that of the summary'

run wend ltv customers --sort rank --top 5 -q -f csv
awk -F, 'NR > 1 { print $16 }' "$out" >ranks
is "$(tr '\n' ' ' <ranks)" '1 2 3 4 5 ' 'ranks run from the best'
cp "$out" best.csv
run wend ltv customers --only best.csv -q -f csv
is "$(awk 'END { print NR }' "$out")" 6 'a list restricts who is printed'
is "$(awk -F, 'NR > 1 { print $1 "," $12 }' "$out" | sort)" "$(awk -F, 'NR == FNR { want[$1]; next } FNR > 1 && $1 in want { print $1 "," $12 }' "$out" all.csv | sort)" 'but not what is fitted'

wend ltv rfm -q -f csv >rfm.csv
wend ltv model --model bgnbd --from rfm.csv -q -f csv >pipe.csv
wend ltv model --model bgnbd -q -f csv | grep -v ',forecast_' >store.csv
same store.csv pipe.csv 'a table of histories gives the model of the store'

# More rows than are held at a time.
awk -F, 'NR == 1 { print "x,t_x,T,m"; next } { for (i = 0; i < 8; i++) print $2 "," $3 "," $4 "," $5 }' rfm.csv >long.csv
awk 'NR == 1 || NR % 3 == 0' long.csv >third.csv
awk 'NR == 1 || NR % 3 != 0' long.csv >rest.csv
is "$(awk 'END { print (NR > 6000) }' long.csv)" 1 'a long table of histories'
wend ltv model --from long.csv -q -f csv >long.out
run wend ltv model --from third.csv --from rest.csv -q -f csv
same "$out" long.out 'equals its shards together'
wend ltv model --from - -q -f csv <long.csv >piped.out
same piped.out long.out 'and itself in a pipe'
is "$(at long.out bgnbd n 3)" "$(awk 'END { print NR - 1 }' long.csv)" 'with every row'
awk -F, 'NR == 5001 { $1 = "many" } { print $1 "," $2 "," $3 "," $4 }' long.csv >wrong.csv
run wend ltv model --from wrong.csv
expect_status 3 'a row far down that is no history'
like "$err" "row 5000 of the table: 'many' in column 'x'" 'is named by its number'

# Those behind a rate of churn: who is printed, not what is fitted.
wend churn rate --window 60 -q -f csv >rate.csv
month=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "churned_vol") c = i; next } $c > 5 { m = $1 } END { print m }' rate.csv)
wend churn rate --window 60 --who "$month" -q -f csv >left.csv
is "$(awk 'END { print (NR > 6) }' left.csv)" 1 'a month in which some left'
wend churn rate --window 60 --who "$month" -q | wend ltv customers --only - -q -f csv >of_left.csv
is "$(awk -F, 'NR > 1 { print $1 }' of_left.csv | sort)" "$(awk -F, 'NR > 1 { print $1 }' left.csv | sort)" 'those behind a rate of churn are the ones valued'
is "$(awk -F, 'NR > 1 { print $1 "," $10 "," $12 }' of_left.csv | sort)" "$(awk -F, 'NR == FNR { want[$1]; next } FNR > 1 && $1 in want { print $1 "," $10 "," $12 }' left.csv all.csv | sort)" 'by the model of everybody'

run wend ltv customers --margin 0.4 --horizon 12month..36month -q -f csv
expect_status 0 'a margin and an interval of the future'
like "$out" '^customer.*,rlv,' 'with a margin it is value'
run wend ltv --horizon 12month -f csv
like "$err" 'a new customer brings' 'the summary says what a new customer brings'
is "$(awk -F, '$1 == "new customer" { n++ } END { print n }' "$out")" 3 'in three rows'

# Limits of resampled customers.
run wend ltv model --model mbgnbd --bootstrap 100 -f csv -q
cp "$out" drawn.csv
is "$(awk -F, '$2 ~ /^(r|alpha|a|b)$/ && ($5 >= $3 || $6 <= $3) { n++ } END { print n + 0 }' "$out")" 0 'percentiles lie around the parameters'
is "$(at drawn.csv mbgnbd alpha 3)" "$(at model.csv mbgnbd alpha 3)" 'which stay the same'
is "$([ "$(at drawn.csv mbgnbd alpha 5)" != "$(at model.csv mbgnbd alpha 5)" ] && echo other)" other 'the limits do not'
for n in 1 2 5; do
	run wend ltv model --model mbgnbd --bootstrap 100 -f csv -q --threads $n
	same "$out" drawn.csv "the same bytes with $n threads"
done
run wend ltv model --model mbgnbd --bootstrap 100 --seed 2 -f csv -q
is "$([ "$(at "$out" mbgnbd alpha 5)" != "$(at drawn.csv mbgnbd alpha 5)" ] && echo other)" other 'another seed draws others'
run wend ltv model --bootstrap 10 -f csv -q
is "$(awk -F, '$2 ~ /^(p|q|gamma)$/ && ($5 != "" || $6 != "") { n++ } END { print n + 0 }' "$out")" 0 'ten replicates have no limits'

run wend ltv customers --compat lifetimes --horizon 6month -f csv
expect_status 0 'the terms of another program'
tr -s ' \n' ' ' <"$err" >said
like said '1 % a month discounted as lifetimes does, 6month' 'are said'
is "$(awk -F, 'NR > 1 && $13 != "" { n++ } END { print n + 0 }' "$out")" 0 'and have no limits'
run wend ltv --compat lifetimes --horizon inf
expect_status 2 'which end'
like "$err" 'in months from now' 'in months'

# The next purchase, by its closed form: BG/NBD, days after the as-of day or the last purchase.
day_number='function day(s,  y, m, d) { y = substr(s, 1, 4) + 0; m = substr(s, 6, 2) + 0; d = substr(s, 9, 2) + 0; if (m < 3) { y--; m += 12 } return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m - 457) / 5) + d }'
run wend ltv next -q -f csv
expect_status 0 'ltv next ends 0'
expect_stderr_empty 'and is quiet with -q'
cp "$out" next.csv
is "$(head -n 1 "$out")" customer,x,last,p_alive,p_30_days,next,next_lo,next_hi,due,days_overdue 'its columns'
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
is "$(awk -F, 'NR > 1 && $6 != "" && $6 < last { n++ } NR > 1 { last = $6 == "" ? "9" : $6 } END { print n + 0 }' next.csv)" 0 'the soonest first, those who never come last'
is "$(awk -F, 'NR > 1 && ($7 > $6 && $6 != "" || $6 > $8 && $8 != "" || $5 > $4) { n++ } END { print n + 0 }' next.csv)" 0 'points in their order'
awk -F, 'NR > 1 { print $1 "," $4 "," $6 }' next.csv | sort >next.list
awk -F, 'NR > 1 { print $1 "," $10 "," $15 }' all.csv | sort >all.list
same next.list all.list "ltv customers has the same chances and next days"
run wend ltv next --model bgnbd -f csv --as-of 2026-06-30
cp "$out" next.csv
said=$(tr -s ' \n' ' ' <"$err" | sed -n 's/.*customers: \([0-9.]*\) will buy in the next 30 days.*; \([0-9,]*\) are overdue, \([0-9,]*\) of.*/\1 \2 \3/p' | tr -d ,)
is "$(awk -F, 'NR > 1 { s += $5; o += $10 > 0; a += $10 > 0 && $4 >= 0.5 } END { printf "%.0f %d %d", s, o, a }' next.csv)" "$said" 'the finding says what the rows add up to'
wend ltv model --model bgnbd -q -f csv --as-of 2026-06-30 >bg.csv
wend ltv rfm -q -f csv --unit day --as-of 2026-06-30 >rfm-day.csv
awk -F, -v r="$(at bg.csv bgnbd r 3)" -v alpha="$(at bg.csv bgnbd alpha 3)" "$day_number"'
	function after(days) { return days < 36525 ? int(days) + (int(days) < days) : "" }
	function point(from, x, p) { return after((7 * alpha + from) * (exp(-log(1 - p) / (r + x)) - 1)) }
	function off(date, base, want) { return date == "" || want == "" ? date != want : day(date) - base != want }
	BEGIN { now = day("2026-06-30") }
	NR == FNR { if (FNR > 1) { tx[$1] = $3; T[$1] = $4 } next }
	FNR > 1 {
		n++
		soon = $4 * (1 - exp(-(r + $2) * log(1 + 30 / (7 * alpha + T[$1]))))
		bad += off($6, now, point(T[$1], $2, 0.5)) + off($7, now, point(T[$1], $2, 0.1)) + off($8, now, point(T[$1], $2, 0.9)) + off($9, day($3), point(tx[$1], $2, 0.8))
		bad += soon / $5 - 1 > 1e-9 || soon / $5 - 1 < -1e-9
		past = $9 == "" || day($9) > now ? 0 : now - day($9)
		bad += $10 != past || now - day($3) != T[$1] - tx[$1]
	}
	END { print (n > 500), bad + 0 }' rfm-day.csv next.csv >judged
is "$(cat judged)" '1 0' 'every day and chance is that of the closed form'
for n in 1 3; do
	run wend ltv next -q -f csv --model bgnbd --as-of 2026-06-30 --threads $n
	same "$out" next.csv "the same bytes with $n threads"
done
run wend ltv next --only best.csv --with name -q -f csv
is "$(awk 'END { print NR }' "$out") $(head -n 1 "$out" | sed 's/.*,//')" '6 name' 'a list restricts who is printed, and names are added'
is "$(awk -F, 'NR > 1 { print $1 "," $4 }' "$out" | sort)" "$(awk -F, 'NR == FNR { want[$1]; next } FNR > 1 && $1 in want { print $1 "," $10 }' best.csv all.csv | sort)" 'but not what is fitted'
run wend ltv next --model pnbd -q -f csv --top 3 --sort -days_overdue
expect_status 0 'Pareto/NBD, the longest overdue'
is "$(awk -F, 'NR > 1 && ($10 == "" || NR > 2 && $10 > last) { n++ } { last = $10 } END { print NR, n + 0 }' "$out")" '4 0' 'in their order'
run wend ltv next --fail-if 'days_overdue>0' -q -f csv -o failing.csv
expect_status 1 'a condition on those overdue holds'

run wend ltv model --model nbd
expect_status 2 'an unknown model'
run wend ltv model --horizon soon
expect_status 2 'no horizon'
like "$err" '12month' 'the message shows one'
run wend ltv --discount 0
expect_status 2 'without a discount nothing ends'
like "$err" 'horizon 36month' 'unless there is a horizon'
run wend ltv model --margin 40
expect_status 2 'no share'
run wend ltv model --split 1999-01-01
expect_status 2 'a split before the first purchase'
run wend ltv model --model mbgcnbd --from rfm.csv
expect_status 2 'a table tells no days between purchases'

# Too little: said, not guessed.
unset WEND_STORE
map='--as orders --map customer=customer,time=date,amount=amount --currency EUR'

printf 'customer,date,amount\n1,2026-01-01,10\n2,2026-02-01,20\n3,2026-03-01,5\n' >once.csv
run wend ltv once.csv $map -f csv
expect_status 0 'a shop where nobody came back'
like "$err" 'nothing is said of what is still to come: nobody has' 'says so'
is "$(grep -c '^new customer' "$out")" 0 'and promises nothing'
run wend ltv model once.csv $map --model pnbd -f csv
expect_status 5 'the model asked for ends 5'
like "$out" 'pnbd,r,,,,,3,nobody has bought again' 'with the reason in its row'
run wend ltv customers once.csv $map -q -f csv
expect_status 0 'customers are listed all the same'
is "$(awk -F, 'NR > 1 && ($10 != "" || $12 != "") { n++ } END { print n + 0 }' "$out")" 0 'without what is not known'
run wend ltv next once.csv $map -f csv
expect_status 0 'and so they are without a next day'
like "$err" 'nothing is said of the next purchase: nobody has' 'as the finding says'
is "$(awk -F, 'NR > 1 && $4 $5 $6 $7 $8 $9 $10 != "" { n++ } END { print NR, n + 0 }' "$out")" '4 0' 'without what is not known'
run wend ltv next once.csv $map --model pnbd -q -f csv
expect_status 5 'the model asked for ends 5 here, too'
printf 'customer,date,amount\n1,2026-01-01,10\n' >one.csv
run wend ltv customers one.csv $map -q -f csv
expect_status 0 'one customer, on the day itself'
run wend ltv rfm --from - -f csv <<-END
	x,t_x,T
	0,3,10
	END
expect_status 3 'a history without a purchase again but with its day'
run wend ltv model --from - -f csv <<-END
	x,t_x,T
	1,11,10
	END
expect_status 3 'a purchase after the end'
like "$err" 'row 1' 'by its row'
done_testing
