#!/bin/bash
# The scripts in examples/ do what they say.
. "$(dirname "$0")/lib.sh"

run "$top/examples/walkthrough.sh" "$top"/examples/demo/shopify-orders.csv "$top"/examples/demo/stripe-payments.csv
expect_status 0 'the walk-through ends well'
like "$out" '^# One of them, line by line' 'and gets to the end of its story'

mkdir drop
cp "$top"/examples/demo/shopify-orders.csv "$top"/examples/demo/stripe-payments.csv drop/
printf 'when,what\n31/31/2026,nothing anybody knows\n' >drop/strange.csv
n=2
export WEND_STORE=$frame/here/wend.db
run "$top/examples/import.sh" drop
expect_status 3 'import: a file that is refused shows in the status'
like "$err" 'strange.csv' 'import: and is named'
ok 'import: it lies apart' test -f drop/refused/strange.csv
ok 'import: with the reason' test -s drop/refused/strange.csv.why
is "$(find drop/done -name '*.csv' ! -name log.csv | wc -l)" "$n" 'import: the others were read'
before=$(wend store query -q -f csv 'SELECT count(*) AS n FROM event')
cp "$top"/examples/demo/shopify-orders.csv "$top"/examples/demo/stripe-payments.csv drop/
run "$top/examples/import.sh" drop
expect_status 0 'import: the same files again'
expect_stderr_empty 'import: cron has nothing to mail'
is "$(wend store query -q -f csv 'SELECT count(*) AS n FROM event')" "$before" 'import: add nothing'

# ---- every night: six systems' files in any order, with faults ----
nightly=$top/examples/nightly
unset WEND_STORE
wend simulate files --company shop --customers 60 --days 150 --until 2026-10-31 -o ../shop >/dev/null 2>&1 || fail 'a shop is simulated'
six() { find ../shop/exports -name "*.csv" -printf "%f\n" | grep -E "^(shopify-orders|till|stripe|zendesk|google-ads|mailings)" | sort; }
ok 'it has files of six systems' test "$(six | sed 's/[-.0-9].*//' | sort -u | wc -l)" -ge 6
mkdir -p night/inbox again/inbox
for f in $(six); do
	cp "../shop/exports/$f" night/inbox/
	cp "../shop/exports/$f" again/inbox/
done
cp "$nightly/wend.ini" night/
cp "$nightly/wend.ini" again/
# Faults: half a table that nobody knows, an empty file, a spreadsheet that is none.
printf 'when,what\n31/31/2026,nothing anybody knows\n' >night/inbox/strange.csv
: >night/inbox/empty.csv
run "$nightly/nightly.sh" night
expect_status 3 'nightly: what was refused shows in the status'
for f in strange.csv empty.csv; do
	ok "nightly: $f lies apart" test -f night/refused/$f
	ok "nightly: $f: with the reason" test -s night/refused/$f.why
done
like "$err" '^nightly: .*strange\.csv' 'nightly: the mail names the file'
is "$(find night/done -type f | wc -l)" "$(six | wc -l)" 'nightly: all others were read'
is "$(find night/inbox -type f | wc -l)" 0 'nightly: the inbox is empty'
ok 'nightly: each file has its line in the log' test "$(wc -l <night/log)" -ge "$(six | wc -l)"
is "$(awk -F, '$5 != "" && $5 != $6 + $7 + $8' night/log)" '' 'nightly: in each, records = used + rejected + ignored'
# The other way round, in two nights.
mkdir later
for f in $(six | sort -r | head -n 5); do mv "again/inbox/$f" later/; done
run "$nightly/nightly.sh" again
expect_status 0 'nightly: without faults it ends 0'
expect_stderr_empty 'nightly: and cron has nothing to mail'
mv later/* again/inbox/
run "$nightly/nightly.sh" again
for r in 'ltv --currency EUR' 'ltv rfm --currency EUR' 'touchpoints list' 'touchpoints map'; do
	# shellcheck disable=SC2086
	wend $r -q -f csv -s night/wend.db >want.csv 2>"$err"
	# shellcheck disable=SC2086
	wend $r -q -f csv -s again/wend.db >got.csv 2>>"$err"
	same got.csv want.csv "nightly: $r is the same whatever the order of the files"
	isnt "$(wc -l <want.csv)" 1 "nightly: $r has something to say"
done
for f in $(six | head -n 3); do cp "../shop/exports/$f" night/inbox/; done
before=$(wend store query -q -f csv -s night/wend.db 'SELECT count(*) AS n FROM event')
run "$nightly/nightly.sh" night
expect_status 0 'nightly: files that were there before'
is "$(wend store query -q -f csv -s night/wend.db 'SELECT count(*) AS n FROM event')" "$before" 'nightly: add nothing'
exec 8>night/lock
flock 8
NIGHTLY_WAIT=0 run "$nightly/nightly.sh" night
expect_status 4 'nightly: a second run does not run beside the first'
like "$err" 'another run still holds' 'nightly: and says so'
flock -u 8
exec 8>&-
cp "../shop/exports/$(six | head -n 1)" night/inbox/
NIGHTLY_QUIET_MINUTES=5 run "$nightly/nightly.sh" night
ok 'nightly: a file that may still grow waits' test -n "$(ls night/inbox)"
is "$(grep -cE '^[0-9*]+( +[0-9*]+){4} ' "$nightly/crontab")" 2 'the lines of the crontab have five fields of time'
if command -v systemd-analyze >/dev/null; then
	mkdir units
	for u in service timer path; do
		sed 's,^ExecStart=.*,ExecStart=/bin/true,;s,^User=.*,,' "$nightly/wend-nightly.$u" >units/wend-nightly.$u
	done
	run systemd-analyze verify --man=no units/wend-nightly.service units/wend-nightly.timer units/wend-nightly.path
	expect_status 0 'systemd finds nothing wrong with the units'
else
	skip 'systemd finds nothing wrong with the units' 'systemd-analyze is not here'
fi

# ---- a preset of one's own ----
run "$top/examples/own-preset/try.sh"
expect_status 0 'own preset: the script ends well'
like "$err" 'no preset fits this file' 'own preset: without it the file is unknown'
like "$err" '5 records = 5 used' 'own preset: with it every row is used'
like "$out" '^so far,revenue,,67\.15,' 'own preset: and counts'

# ---- the same numbers elsewhere ----
run "$top/examples/compare/compare.sh" "$top/examples/demo"
expect_status 0 'compare: no number differs'
unlike "$out" DIFFERENT 'compare: nor does a line say so'
if command -v Rscript >/dev/null && Rscript -e 'library(survival)' >/dev/null 2>&1; then
	is "$(grep -c '^survival curve.* times.*: equal$' "$out")" 3 'compare: R says the same'
else
	skip 'compare: R says the same' 'R with survival is not installed'
fi
if command -v python3 >/dev/null; then
	is "$(grep -c 'compared.*: equal$' "$out")" 2 'compare: Python says the same'
else
	skip 'compare: Python says the same' 'Python is not installed'
fi

# ---- a warehouse ----
if command -v sqlite3 >/dev/null; then
	wend simulate files --company shop --customers 300 --days 500 --until 2026-10-31 --without both -o ../plain >/dev/null 2>&1
	wend ingest -q -s plain.db --tz Europe/Berlin "../plain/exports/shopify-orders.csv" >/dev/null 2>&1 || wend ingest -q -s plain.db ../plain/exports/shopify-orders*.csv >/dev/null 2>&1
	wend store query -q -s plain.db -f csv "SELECT customer, time, amount FROM event WHERE kind = 'orders' AND currency = 'EUR'" >orders.csv
	sqlite3 shop.db '.import --csv orders.csv orders'
	run "$top/examples/warehouse.sh" shop.db orders
	expect_status 0 'warehouse: models are fitted on orders that stay in the warehouse'
	like "$out" '^[a-z/]*nbd,r,' 'warehouse: with their parameters'
else
	skip 'warehouse: models are fitted on orders that stay in the warehouse' 'sqlite3 is not installed'
fi
done_testing
