#!/bin/sh
# churn model --model logit, boost, auto: tables of cases, odds ratios, chances of other rows.
# shellcheck disable=SC2016 # the inner shell reads $1
. "$(dirname "$0")/lib.sh"

# A fourfold table: odds ratio 17 x 29 / (43 x 11), se sqrt(1/17 + 1/43 + 1/29 + 1/11).
{
	echo plan,gone
	awk 'BEGIN { for (i = 0; i < 17; i++) print "b,yes"; for (i = 0; i < 43; i++) print "b,no"; for (i = 0; i < 29; i++) print "a,no"; for (i = 0; i < 11; i++) print "a,yes" }'
} >four.csv
run wend churn model --from four.csv --model logit --event gone=yes -f csv --min-n 1
expect_status 0 'a fourfold table ends 0'
like "$out" '^term,n,events,raw,raw_lo,raw_hi,adjusted,lo,hi,p,coef,se,curve_p,flag$' 'the columns of the page'
near() { # COLUMN WANTED NAME
	is "$(awk -F, -v c="$1" -v w="$2" '/^plan=b/ { d = $c - w; if (d < 0) d = -d; print (d < 1e-9) ? "near" : $c }' "$out")" near "$3"
}
near 7 "$(awk 'BEGIN { printf "%.15g", 17 * 29 / (43 * 11) }')" 'its odds ratio'
near 12 "$(awk 'BEGIN { printf "%.15g", sqrt(1 / 17 + 1 / 43 + 1 / 29 + 1 / 11) }')" 'its standard error'
near 4 "$(awk 'BEGIN { printf "%.15g", 17 * 29 / (43 * 11) }')" 'raw is the same with one column'

# Numbers, twins, constants, ids, missing cells.
awk 'BEGIN { srand(5); print "id,age,twin,five,plan,gone"; for (i = 1; i <= 600; i++) { a = int(rand() * 60); p = rand() < 0.4 ? "x" : rand() < 0.5 ? "y" : "z"; e = 1 / (1 + exp(-(a - 30) / 10 - (p == "x"))); print "c" i "," (i % 11 ? a : "") "," 2 * a ",5," p "," (rand() < e ? 1 : 0) } }' >many.csv
run wend churn model --from many.csv --model auto --event gone --terms -id -f csv --threads 1
expect_status 0 'many columns end 0'
cp "$out" one.csv
cp "$err" one.err
like "$out" '^age not known,' 'a missing number has a row of its own'
like "$out" '^five,.*,constant$' 'a constant is flagged'
tr '\n' ' ' <"$err" | tr -s ' ' >flat
like flat 'age is missing in 54 rows' 'missing cells are said'
like flat 'held out' 'and what was foreseen of rows held out'
run wend churn model --from many.csv --model auto --event gone --terms -id -f csv --threads 3
same "$out" one.csv 'threads change no byte'
same "$err" one.err 'nor a word'
run wend churn model --from many.csv --model logit --event gone -f csv --explain
like "$err" 'id .another text in nearly every row' 'an id is left out and named'

head -1 many.csv >train.csv
head -1 many.csv >test.csv
sed '1d' many.csv | awk 'NR % 3' >>train.csv
sed '1d' many.csv | awk 'NR % 3 == 0' >>test.csv
for model in logit boost auto; do
	run wend churn model --from train.csv --model $model --event gone --terms age,plan --score test.csv -f csv
	expect_status 0 "--model $model says the chances of other rows"
	like "$out" '^row,p,lo,hi$' "$model: row and chance"
	is "$(wc -l <"$out" | tr -d ' ')" 201 "$model: one for each"
	like "$err" 'of the rows asked for' "$model: judged by what came"
done
cut -d, -f1-5 test.csv >unknown.csv
run wend churn model --from train.csv --model logit --event gone --terms age,plan --score unknown.csv -q -f csv
cp "$out" unknown
run wend churn model --from train.csv --model logit --event gone --terms age,plan --score test.csv -q -f csv
same unknown "$out" 'what came is not needed to say the chances'
run wend churn model --from train.csv --model logit --event gone --terms age,plan --score four.csv
expect_status 3 'a table without the columns is refused'

# Degenerate.
printf 'x,gone\n1,yes\n2,yes\n3,yes\n' >all.csv
run wend churn model --from all.csv --model auto --event gone=yes -f csv --min-n 1
expect_status 0 'all events end 0'
like "$out" 'no stayers' 'and say that nobody stayed'
run wend churn model --from all.csv --model logit --event gone=yes -f csv --min-n 1
expect_status 5 'a model asked for by name that cannot be had is 5'
awk 'BEGIN { print "x,gone"; for (i = 1; i <= 40; i++) print i "," (i > 20 ? "yes" : "no") }' >apart.csv
run wend churn model --from apart.csv --model auto --event gone=yes -f csv --min-n 1
expect_status 0 'separation ends 0'
like "$out" ',infinite$' 'its column is flagged'
like "$err" 'has no end' 'and said'
ok 'no NaN, no infinity' sh -c '! grep -i "nan\|inf[^i]" "$1"' - "$out"
run wend churn model --from four.csv --model logit
expect_status 2 'without an event it is wrong usage'
run wend churn model --from four.csv --time x --event gone=yes --score four.csv
expect_status 2 '--score is not for cox'
done_testing
