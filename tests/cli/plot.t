#!/bin/bash
# wend plot: what is drawn of which table, and what happens when it cannot be drawn.
. "$(dirname "$0")/lib.sh"
command -v gnuplot >/dev/null || skip_all 'gnuplot is not installed'

cat >rate.csv <<'csv'
period,churn_rate,lo,hi,flag,n
2026-07,0.04,0.03,0.052,,900
2026-08,0.05,0.04,0.063,,910
2026-09,,,,few,12
2026-10,0.02,0.01,0.04,*,400
csv

# ---- what is guessed ----
# guess KIND-AND-COLUMNS TABLE NAME
guess() {
	printf '%s\n' "$2" >table.csv
	run wend plot table.csv -o picture.gp
	expect_status 0 "$3: is drawn"
	is "$(tr '\n' ' ' <"$err" | tr -s ' ')" "plot: drawn as $1 " "$3: is recognised"
}
guess 'band, x period, y churn_rate with lo and hi; 3 rows, 1 left out: not over yet (*).' "$(cat rate.csv)" 'a rate by period'
guess 'step, x t, y S with lo and hi; 2 rows.' $'t,n_risk,events,S,lo,hi\n0,10,0,1,1,1\n3,9,1,0.9,0.7,1' 'a survival curve'
guess 'heat, x age, y active with active_lo and active_hi, group cohort; 2 rows.' $'cohort,age,customers,active,active_lo,active_hi\n2026-01,0,9,1,,\n2026-01,1,9,0.4,0.2,0.6' 'cohorts'
guess 'heat, x to, y share_of_from with lo and hi, group from; 1 rows.' $'from,to,n,share_of_from,lo,hi\na,b,3,0.5,0.2,0.8' 'transitions'
guess 'alluvial, x from, y n, group position; 1 rows.' $'position,from,to,n\n1,a,b,3' 'first steps'
guess 'forest, x cause, y rr with lo and hi; 2 rows.' $'cause,n,rr,lo,hi\nlate,40,2.1,1.7,2.6\nmail,9,1.4,1.1,1.8' 'ratios'
guess 'bar, x channel, y share with lo and hi; 2 rows.' $'channel,share,lo,hi\nweb,0.4,0.3,0.5\npos,0.2,0.1,0.3' 'shares by name'
guess 'funnel, x name, y n; 2 rows.' $'step,name,n,matured_n,step_rate\n1,visit,100,90,1\n2,order,30,28,0.3' 'a funnel'
guess 'calibration, x predicted, y observed with lo and hi; 1 rows.' $'predicted,observed,lo,hi,n\n0.1,0.12,0.1,0.14,100' 'a calibration'
guess 'dotted, x time, y touchpoint, group customer; 2 rows.' $'customer,time,touchpoint\nada,2026-01-02T10:00:00Z,call\nada,2026-01-03,mail' 'a log'
guess 'waterfall of the last row: start to end; 1 rows.' $'period,start,new,contraction,churned,end\n2026-10,100.00,20.00,5.00,15.00,100.00' 'a bridge whose losses are printed as positive'
guess 'scatter, x spend, y won; 3 rows.' $'spend,won\n3,1\n1,2\n2,9' 'two numbers'
guess 'histogram, y spent; 61 rows.' "$(echo customer,spent; for i in $(seq 61); do echo "c$i,$i.5"; done)" 'many customers'
guess 'band, x month, y rate, group plan; 4 rows.' $'month,plan,rate\n2026-01,a,0.1\n2026-01,b,0.2\n2026-02,a,0.1\n2026-02,b,0.3' 'one line a plan'

# A name that is left out cannot be guessed from its neighbours.
printf 'period,start,new,expansion,reactivation,contraction,churned,end\n2026-10,100,20,10,0,5,25,100\n' >bridge.csv
run wend plot bridge.csv -o bridge.gp
is "$(grep -o "'[a-z]*' [0-6]\b" bridge.gp | cut -d"'" -f2 | tr '\n' ' ')" 'start new expansion reactivation contraction churned end ' 'every step of a bridge has its name'

# ---- what the user says ----
run wend plot rate.csv --kind bar -x period -y n -t 'Mine & yours' --unit customers -o bar.gp
expect_status 0 'a kind and columns can be named'
like bar.gp "set title 'Mine & yours'" 'the title is as given'
like bar.gp "customers" 'so is the unit'
run wend plot rate.csv -y churn_rat -o bar.gp
expect_status 2 'a column that is not there is wrong usage'
like "$err" "no column 'churn_rat'; did you mean 'churn_rate'\?" 'and the nearest one is told'
run wend plot rate.csv -y flag -o bar.gp
expect_status 2 'words are no numbers'
like "$err" "column 'flag' holds words or dates; '--y' needs numbers" 'and the column is named'
run wend plot rate.csv --kind scatter -x period -o bar.gp
expect_status 2 'a kind the columns cannot be drawn as is wrong usage'
run wend plot rate.csv --lo lo -o bar.gp
expect_status 2 'one limit alone is wrong usage'
printf 'period,start,new,end\n2026-10,100,20,130\n' >open.csv
run wend plot open.csv -o bar.gp
expect_status 3 'a bridge that does not close is no bridge'
like "$err" "does not close" 'and that is said'

# ---- one table, four spellings ----
cat >data.jsonl <<'json'
{"period":"2026-07","churn_rate":0.04,"lo":0.03,"hi":0.052,"flag":null,"n":900}
{"period":"2026-08","churn_rate":5e-2,"lo":0.04,"hi":0.063,"n":910,"flag":""}
{"period":"2026-09","churn_rate":null,"flag":"few","n":12,"lo":null,"hi":null}
{"period":"2026-10","churn_rate":0.02,"lo":0.01,"hi":0.04,"flag":"*","n":400}
json
{ echo '['; sed '$!s/$/,/' data.jsonl; echo ']'; } >data.json
tr ',' '\t' <rate.csv >data.tsv
wend plot -q rate.csv >want.txt
for f in data.jsonl data.json data.tsv; do
	run wend plot -q "$f"
	same "$out" want.txt "$f: the same picture"
done
run wend plot -q - <rate.csv
same "$out" want.txt 'from standard input as well'
for bad in '{"a":1' '[{"a":[1]}]' '{"a":1}x' '{"a":"\ud800"}' '{"a":tru}' '[{"a":1} {"a":2}]'; do
	printf '%s' "$bad" >bad.json
	run wend plot bad.json
	expect_status 3 "$bad is refused"
	like "$err" "'bad\.json:1': " "$bad: with its line"
done
printf '{"k":1,"a \\u00e9\\ud83d\\ude00":1}\n{"k":2,"b":2,"a \\u00e9\\ud83d\\ude00":3}\n' >escape.jsonl
run wend plot escape.jsonl -y 'a é😀' -o bar.gp
expect_status 0 'escapes of JSON are letters, also those beyond 16 bits'
printf '{"x":1,"t_x":10,"T":30,"m":20}\n{"x":0,"t_x":0,"T":30,"m":null}\n' >rfm.jsonl
run wend ltv rfm --from rfm.jsonl -q -f csv
expect_status 0 'other commands read JSON as well'
is "$(wc -l <"$out")" 3 'row by row'

# ---- formats ----
for f in png svg pdf txt; do
	run wend plot -q rate.csv -o "p.$f"
	expect_status 0 "$f: is drawn"
	expect_stdout_empty "$f: standard output stays empty"
	expect_stderr_empty "$f: -q says nothing"
	is "$(mode "p.$f")" 600 "$f: is private"
	wend plot -q rate.csv -f $f >"stdout.$f" 2>"$err"
	same "stdout.$f" "p.$f" "$f: standard output holds the same bytes"
	sleep 0.01
	wend plot -q rate.csv -f $f -o other >"$out" 2>"$err"
	same other "p.$f" "$f: twice the same bytes, whatever the name"
done
like p.svg '<title>churn rate by period</title>' 'an svg is called by its title'
pty wend plot rate.csv -f png >"$out" 2>&1
like "$out" "would garble the terminal" 'no png on a terminal'
pty wend plot >"$out" 2>&1 </dev/null
like "$out" 'no table: pipe a report into it' 'a terminal is no table'

# ---- nothing; little, much and odd names: pictures.t ----
printf 'name,share,lo,hi\n' >none.csv
run wend plot none.csv -f txt
expect_status 0 'a header alone is drawn'
like "$out" 'no data' 'and the picture says so'
: >empty.csv
run wend plot empty.csv
expect_status 3 'an empty file is no table'
# ---- trouble ----
mkdir bin
printf '#!/bin/sh\nexit 0\n' >bin/gnuplot
chmod +x bin/gnuplot
cp p.png before.png
PATH=$PWD/bin:$PATH run wend plot rate.csv -o p.png
expect_status 4 'a gnuplot that draws nothing ends 4'
like "$err" "gnuplot drew no picture for 'p\.png'" 'and is told'
same p.png before.png 'the picture that was there stays'
# shellcheck disable=SC2016
printf '#!/bin/sh\nf=$(sed -n "s/^set output .\\(.*\\).$/\\1/p" "$2"); printf "\\211PNG\\r\\n\\032\\nhalf" >"$f"\n' >bin/gnuplot
PATH=$PWD/bin:$PATH run wend plot rate.csv -o p.png
expect_status 4 'half a picture ends 4'
same p.png before.png 'and is not kept'
printf '#!/bin/sh\nkill -9 $$\n' >bin/gnuplot
PATH=$PWD/bin:$PATH run wend plot rate.csv -o new.png
expect_status 4 'a gnuplot that is killed ends 4'
ok 'and leaves no file' test ! -e new.png
mkdir none
wend=$(command -v wend)
PATH=$PWD/none run "$wend" plot rate.csv -o new.png
expect_status 4 'without gnuplot it ends 4'
like "$err" "gnuplot is not installed; install it, or end the name in \.gp" 'and says what to do'
PATH=$PWD/none run "$wend" plot rate.csv -o new.gp
expect_status 0 'a script needs no gnuplot'
run wend plot -q rate.csv -o no/such/place.png
expect_status 4 'a folder that is not there ends 4'
run wend plot -q rate.csv -o picture.jpg
expect_status 2 'a name that says no kind of picture is wrong usage'
is "$(find . -name '*wend-*' -o -name '*.tmp*' | head -n 1)" '' 'no half file is left'
done_testing
