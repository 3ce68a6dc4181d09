#!/bin/sh
# churn risk on a simulated company: reasons, backtest, nothing of the future, pipes.
# shellcheck disable=SC2016 # awk reads its own $
. "$(dirname "$0")/lib.sh"

run wend simulate --company saas -o made --customers 900 --days 540 --seed 3 --without traps
expect_status 0 'a company is made'
export WEND_STORE="$frame/here/saas.db"
wend store set --file made/wend.ini -q >/dev/null
wend ingest -q made/exports/* >/dev/null
run wend churn risk --currency EUR -f csv
expect_status 0 'churn risk ends 0'
cp "$out" all.csv
like "$out" '^customer,p_90d,rank,value_at_risk,why1,why2,why3,last_contact_days,contacts_30d,owed_reply,lo,hi$' 'the columns of the page'
like "$err" 'will leave in the next 90' 'the finding says how many'
like "$err" 'Looking back from' 'and looks back'
like "$err" 'AUC 0\.[0-9]*' 'with its AUC'
ok 'chances fall, ranks rise, limits hold them' awk -F, 'NR > 1 { if ($2 < 0 || $2 > 1 || (NR > 2 && $2 > last) || $3 != NR - 1) exit 1; last = $2 } END { exit NR < 100 }' all.csv

run wend churn risk --currency EUR -q -f csv --threads 1
same "$out" all.csv 'one thread, the same bytes'
run wend churn risk --currency EUR -q -f csv --threads 4
same "$out" all.csv 'four threads, the same bytes'
expect_stderr_empty 'and -q is silent'

# What came later changes nothing of what was said.
run wend churn risk --currency EUR --as-of 2026-06-30 -q -f csv
cp "$out" then.csv
mkdir before
for f in made/exports/*; do cp "$f" before/; done
export WEND_STORE="$frame/here/early.db"
wend store set --file made/wend.ini -q >/dev/null
for f in before/*payments-2026-0[789].csv before/*payments-2026-1*.csv; do rm -f "$f"; done
wend ingest -q before/* >/dev/null
run wend churn risk --currency EUR --as-of 2026-06-30 -q -f csv
same "$out" then.csv 'payments that came later change no byte of an earlier day'
export WEND_STORE="$frame/here/saas.db"

run wend churn risk --currency EUR --horizon 30 --keep-back 20% -f csv
like "$out" '^customer,p_30d,.*,held_back$' 'the horizon names the column; held_back is marked'
ok 'about a fifth is held back' awk -F, 'NR > 1 { n++; k += $NF == "yes" } END { exit !(k > 0.12 * n && k < 0.28 * n) }' "$out"
cut -d, -f1 "$out" | sort >one
grep ',yes$' "$out" | cut -d, -f1 | sort >held.30
wend churn risk --currency EUR --keep-back 20% -q -f csv | grep ',yes$' | cut -d, -f1 | sort >held.90
same held.30 held.90 'whatever else is asked, the same ones are'

# Whoever is printed, the model is everyone's.
sed -n '1p;5,12p' all.csv >some.csv
run wend churn risk --currency EUR --only some.csv -q -f csv
cut -d, -f1,2,4 some.csv >want
cut -d, -f1,2,4 "$out" >got
same got want '--only chooses rows, not the model'
run sh -c 'wend churn risk --currency EUR --top 5 -q -f csv | wend customer find --only - 2>/dev/null; wend churn risk --currency EUR --top 5 -q -f csv | wend churn rate --only - -q -f csv'
like "$out" '^period,' 'its rows are the customers of another command'

for model in boost auto; do
	run wend churn risk --currency EUR --model $model -f csv --top 3
	expect_status 0 "--model $model ends 0"
done
like "$err" 'held out: curves 0' 'auto says what both lost'

# Without contracts: orders alone.
run wend churn risk "$top/examples/demo/shopify-orders.csv" --tz Europe/Berlin -f csv
expect_status 0 'orders alone are enough'
like "$err" 'buy nothing in the' 'no purchase is what is foreseen'
run wend churn risk "$top/examples/demo/shopify-orders.csv" --tz Europe/Berlin --horizon 900 -f csv
expect_status 0 'too short a history ends 0'
like "$err" 'nothing is foreseen' 'and says that nothing is foreseen'
ok 'with empty cells' awk -F, 'NR > 1 && ($2 != "" || $3 != "") { exit 1 }' "$out"
run wend churn risk --keep-back lots
expect_status 2 'a share that is none is wrong usage'
run wend churn risk --fixed amount
expect_status 2 'a field that is no customer'"'"'s is wrong usage'
done_testing
