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
done_testing
