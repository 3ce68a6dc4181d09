#!/bin/sh
# --start: fits begin at the parameters of another day, and end where they always do.
# shellcheck disable=SC2016 # awk reads its fields
. "$(dirname "$0")/lib.sh"
at() { # FILE MODEL PARAMETER COLUMN
	awk -F, -v m="$2" -v p="$3" -v c="$4" '$1 == m && $2 == p { print $c }' "$1"
}
# Rows and words of two tables are the same, numbers to 1e-9; the gradient is none of the answer.
alike() { # FILE FILE NAME
	ok "$3" awk -F, '
		function differ(a, b,  d) {
			if (a == b) return 0
			if (a !~ /^[-+0-9.e]+$/ || b !~ /^[-+0-9.e]+$/) return 1
			d = a / b - 1
			return d > 1e-9 || d < -1e-9
		}
		{ sub(/\r$/, "") }
		NR == FNR { left[FNR] = $0; n = FNR; next }
		{ split(left[FNR], f, ","); for (i = 1; i <= NF; i++) if ($2 != "gradient" && differ(f[i], $i)) { print FNR ": " left[FNR] " / " $0; bad = 1; exit } }
		END { exit bad || FNR != n || n < 2 }' "$1" "$2"
}
passes() { # FILE: of each model, in the order of the explanation
	tr -s ' \n' ' ' <"$1" | sed -n 's/.*passes through all histories: \([a-z0-9, ]*\).*/\1/p' | tr -dc '0-9 \n'
}

wend simulate -q -o shop --company shop --customers 1500 --days 540 --seed 11 --without both
export WEND_STORE="$frame/here/wend.db"
wend store set --file shop/wend.ini >/dev/null 2>&1
wend ingest -q shop/exports/* >/dev/null 2>err0 || cat err0

wend ltv model -q -f csv --as-of 2026-06-23 >yesterday.csv
run wend ltv model -f csv --as-of 2026-06-30 --explain
cp "$out" plain.csv
cp "$err" plain.said
run wend ltv model -f csv --as-of 2026-06-30 --explain --start yesterday.csv
expect_status 0 'a fit begins where another day ended'
cp "$out" begun.csv
cp "$err" begun.said
alike plain.csv begun.csv 'and ends where it ends without, a week of rows later'
is "$(awk -F, '$2 == "gradient" && ($3 == "" || $3 > 1e-9) { n++ } END { print n + 0 }' begun.csv)" 0 'at a maximum'
passes plain.said | tr ' ' '\n' | sed '/^$/d' >p1
passes begun.said | tr ' ' '\n' | sed '/^$/d' >p2
is "$(paste -d, p1 p2 | awk -F, '$2 >= $1 { n++ } END { print n + 0, (NR >= 4) }')" '0 1' 'with fewer passes through all histories for every model'
tr -s ' \n' ' ' <begun.said >said
like said "fits begin at the values of 'yesterday.csv'" 'and the file they began at'
run wend ltv model -q -f csv --as-of 2026-06-30 --start begun.csv
alike plain.csv "$out" 'from its own end, too'
for n in 1 3; do
	run wend ltv model -q -f csv --as-of 2026-06-30 --start yesterday.csv --threads $n
	same "$out" begun.csv "the same bytes with $n threads"
done
wend ltv model -q -f csv --as-of 2026-06-30 --start - <yesterday.csv >piped.csv
same piped.csv begun.csv 'or through a pipe'
wend ltv model -q -f json --as-of 2026-06-23 >yesterday.json
run wend ltv model -q -f csv --as-of 2026-06-30 --start yesterday.json
same "$out" begun.csv 'or from JSON'

for what in summary customers next 'validate --split 2026-03-31'; do
	# shellcheck disable=SC2086 # the options of the report are words of their own
	wend ltv $what -q -f csv --as-of 2026-06-30 >a.csv
	# shellcheck disable=SC2086
	run wend ltv $what -q -f csv --as-of 2026-06-30 --start yesterday.csv
	expect_status 0 "ltv $what takes a start"
	alike a.csv "$out" 'and says the same'
done
wend ltv rfm -q -f csv --as-of 2026-06-30 >rfm.csv
wend ltv model -q -f csv --from rfm.csv >a.csv
run wend ltv model -q -f csv --from rfm.csv --start yesterday.csv
alike a.csv "$out" 'so does a fit to a table of histories'

# Whatever the start.
awk -F, -v OFS=, 'NR == 1 { print; next } $2 == "q" { print $1, $2, 1.00001; next } $2 ~ /^(r|alpha|a|b|s|beta|p|gamma)$/ { print $1, $2, (NR % 2 ? 1e-7 : 1e7); next } $2 == "k" { print $1, $2, $3 }' yesterday.csv |
	sed '1s/.*/model,parameter,estimate/' >far.csv
run wend ltv model -q -f csv --as-of 2026-06-30 --start far.csv
expect_status 0 'a start far from everything'
alike plain.csv "$out" 'ends at the same maximum'
grep -E '^(model|pnbd),' yesterday.csv >some.csv
run wend ltv model -q -f csv --as-of 2026-06-30 --start some.csv
alike plain.csv "$out" 'a model without rows begins as always'
printf 'customer,date,amount\n1,2026-01-01,10\n2,2026-02-01,20\n' >once.csv
map='--as orders --map customer=customer,time=date,amount=amount --currency EUR'
# shellcheck disable=SC2086
wend ltv model once.csv $map -q -f csv >nothing.csv
run wend ltv model -q -f csv --as-of 2026-06-30 --start nothing.csv
expect_status 0 'a day without a maximum'
alike plain.csv "$out" 'is no start, and no fault'

# What cannot be a start.
change() { # MODEL PARAMETER VALUE
	awk -F, -v OFS=, -v m="$1" -v p="$2" -v v="$3" '$1 == m && $2 == p { $3 = v } { print }' yesterday.csv >bad.csv
	line=$(awk -F, -v m="$1" -v p="$2" '$1 == m && $2 == p { print NR }' yesterday.csv)
}
for v in -1 0 nan inf many; do
	change pnbd alpha "$v"
	run wend ltv model --start bad.csv
	expect_status 3 "an alpha of '$v'"
	like "$err" "'bad.csv:$line': '$v' cannot be 'alpha' of 'pnbd', which is above 0; correct it or leave" 'is told with its line'
done
change gg q 0.9
run wend ltv customers --start bad.csv
expect_status 3 'a q of 0.9'
like "$err" "'bad.csv:$line': '0.9' cannot be 'q' of 'gg', which is above 1" 'is below its bound'
grep -v '^pnbd,beta,' yesterday.csv >bad.csv
run wend ltv next --start bad.csv
expect_status 3 'a parameter that is missing'
like "$err" "'bad.csv:$(awk -F, '$1 == "pnbd" { print NR; exit }' bad.csv)': 'pnbd' begins here without its 'beta'; give '--start' the whole table" 'is named with its model'
{ cat yesterday.csv; sed 1d yesterday.csv; } >bad.csv
run wend ltv model --start bad.csv
expect_status 3 'two days in one table'
like "$err" "bad.csv:[0-9]+': 'r' of 'bgnbd' stands there twice" 'are one too many'
printf 'model,parameter,estimate\nsbg,alpha,0.7\nsbg,beta,3.8\n' >bad.csv
run wend ltv model --start bad.csv
expect_status 3 'parameters of another kind of model'
like "$err" "'bad.csv:2': 'sbg' is no model that '--start' begins; it reads bgnbd" 'and those there are'
grep -v '^pnbd' yesterday.csv >bad.csv
run wend ltv model --model pnbd --start bad.csv
expect_status 3 'a table without the model asked for'
like "$err" "'bad.csv' has no parameters of 'pnbd'; print them with 'wend ltv model --model pnbd' or leave out" 'and how to make one'
run wend ltv model --start rfm.csv
expect_status 3 'a table of something else'
like "$err" "'rfm.csv' has no column 'model'; '--start' reads the table that 'wend ltv model' prints" 'lacks its columns'
run wend ltv model --start missing.csv
expect_status 4 'no file'
run wend ltv model --model sbg --start yesterday.csv
expect_status 2 'a model of contracts'
like "$err" "is fitted at once, leave it out" 'needs no start'
done_testing
