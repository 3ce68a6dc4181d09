#!/bin/bash
# wend churn model --model cox, from tables.
. "$(dirname "$0")/lib.sh"
at() { # FILE TERM COLUMN
	awk -F, -v t="$2" -v c="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $1 == t { print $k }' "$1"
}
near() { # GOT WANTED RELATIVE WHAT
	is "$(awk -v a="$1" -v b="$2" -v e="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; m = b < 0 ? -b : b; print (a != "" && d <= e * m) ? "near" : "got " a }')" near "$4"
}

# Leukaemia (Freireich et al. 1963): R 4.2.2, survival 3.5-3, coxph with ties = "efron" and "breslow".
awk 'BEGIN { print "weeks,relapse,drug"
	n = split("6 6 6 7 10 13 16 22 23", e, " "); for (i = 1; i <= n; i++) print e[i] ",1,6-MP"
	n = split("6 9 10 11 17 19 20 25 32 32 34 35", c, " "); for (i = 1; i <= n; i++) print c[i] ",0,6-MP"
	n = split("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23", p, " "); for (i = 1; i <= n; i++) print p[i] ",1,placebo" }' >gehan.csv
run wend churn model --from gehan.csv --time weeks --event relapse --min-n 1 -f csv
expect_status 0 'a model of one term'
near "$(at "$out" drug=placebo coef)" 1.572125148829 1e-11 'coefficient, Efron'
near "$(at "$out" drug=placebo se)" 0.412396717709 1e-10 'its standard error'
is "$(at "$out" drug=placebo raw)" "$(at "$out" drug=placebo adjusted)" 'one term: raw is adjusted'
like "$err" 'Proportional hazards: nothing against them' 'the line on proportional hazards is there'
like "$err" 'drug=placebo leaves 4.82 times as fast' 'the finding is in words'
run wend churn model --from gehan.csv --time weeks --event relapse --ties breslow --min-n 1 -q -f csv
near "$(at "$out" drug=placebo coef)" 1.509191412586 1e-11 'coefficient, Breslow'
run wend churn model --from gehan.csv --time weeks --event relapse -q -f csv
is "$(at "$out" drug=placebo flag)" few 'too few for a ratio'
is "$(at "$out" drug=placebo adjusted)" '' 'and then there is none'

# What cannot be estimated is named.
awk -F, 'NR == 1 { print $0 ",one,twice,sure" } NR > 1 { print $0 ",7," ($3 == "placebo" ? 2 : 0) "," ($2 && $1 > 30 ? "y" : $2 ? "x" : "y") }' gehan.csv >bad.csv
run wend churn model --from bad.csv --time weeks --event relapse --terms drug,one,twice --model cox --min-n 1 -f csv
expect_status 0 'constant and collinear columns are no failure'
is "$(at "$out" one flag)" constant 'constant'
is "$(at "$out" twice flag)" collinear 'collinear'
is "$(at "$out" twice adjusted)" '' 'without a ratio'
near "$(at "$out" drug=placebo coef)" 1.572125148829 1e-11 'the others are as without them'
like "$err" 'twice is left out, said already by the terms before' 'and it is said'
run wend churn model --from bad.csv --time weeks --event relapse --terms sure,drug --model cox --min-n 1 -f csv
expect_status 5 'separation, asked for by name'
is "$(at "$out" sure=y flag)" infinite 'the column is flagged'
like "$err" 'sure=y is without limit' 'and said'
run wend churn model --from bad.csv --time weeks --event relapse --terms sure,drug --min-n 1 -q -f csv
expect_status 0 'not asked for by name it ends 0'
unlike "$out" 'nan|inf,' 'no number is none'
run wend churn model --from gehan.csv --time weeks --event relapse=7 --min-n 1 -f csv
expect_status 0 'nobody had the event'
like "$err" 'nobody left' 'in words'
is "$(at "$out" drug=placebo flag)" 'no events' 'and in the flag'
sed 's/,0,/,1,/' gehan.csv >all.csv
run wend churn model --from all.csv --time weeks --event relapse --min-n 1 -q -f csv
expect_status 0 'everybody had it'
head -n 2 gehan.csv >one.csv
run wend churn model --from one.csv --time weeks --event relapse --min-n 1 -q -f csv
expect_status 0 'one case'
head -n 1 gehan.csv >none.csv
run wend churn model --from none.csv --time weeks --event relapse --min-n 1 -q -f csv
expect_status 0 'no case'
is "$(wc -l <"$out" | tr -d ' ')" 1 'only a header'

# A time of 0 has no logarithm: steadiness is not known, and that is said.
{ cat gehan.csv; echo 0,1,placebo; } >zero.csv
run wend churn model --from zero.csv --time weeks --event relapse --scale log --min-n 1 -f csv
expect_status 0 'an event at time 0'
is "$(at "$out" drug=placebo ph_p)" '' 'steadiness on the scale of log time is empty'
like "$err" 'could not be tested' 'and said'

# Rows in another order, other numbers of threads.
awk 'BEGIN { srand(3); print "t,e,a,b,c,s"; for (i = 0; i < 40000; i++) { a = rand(); b = int(3 * rand()); t = int(-log(rand()) * 200 / exp(a - b / 3)); c = int(400 * rand()); print (t < c ? t : c) "," (t < c) "," a ",L" b "," rand() "," int(4 * rand()) } }' >big.csv
for n in 1 2 5; do
	run wend churn model --from big.csv --time t --event e --strata s --threads $n -q -f csv
	[ $n = 1 ] && cp "$out" first.csv
	same "$out" first.csv "the same bytes with $n threads"
done
near "$(at first.csv a coef)" 1 0.1 'the planted effect is found'
{ head -n 1 big.csv; tail -n +2 big.csv | sort -t, -k5; } >shuffled.csv
run wend churn model --from shuffled.csv --time t --event e --strata s -q -f csv
near "$(at "$out" a coef)" "$(at first.csv a coef)" 1e-11 'the order of rows changes only rounding'
run wend churn model --from big.csv --time t --event e --terms a,nothing
expect_status 2 'a term that is not there'
like "$err" "no column 'nothing'" 'is named'
run wend churn model --from big.csv --time t --event e --terms -b,-c,-s -q -f csv
is "$(cut -d, -f1 "$out" | tr '\n' ' ')" 'term a ' 'terms can be left out by name'
run wend churn model --from big.csv
expect_status 2 'a table without names of time and event'
done_testing
