#!/bin/sh
# The exports of the demonstration are what their script writes, and every row is used.
. "$(dirname "$0")/lib.sh"

ok 'demo-exports runs' "$top/scripts/demo-exports" "$frame/teashop"
for name in shopify-orders stripe-payments zendesk-tickets google-ads subscriptions; do
	ok "$name.csv is what demo-exports writes" cmp "$frame/teashop/$name.csv" "$top/examples/demo/$name.csv"
done

WEND_STORE=$frame/here/wend.db
export WEND_STORE
run wend ingest -q -f csv --tz Europe/Berlin "$frame/teashop/shopify-orders.csv" "$frame/teashop/stripe-payments.csv" "$frame/teashop/zendesk-tickets.csv" "$frame/teashop/google-ads.csv"
expect_status 0 'the four exports of known products need the zone of the tickets and nothing else'
run wend ingest -q -f csv --as subscriptions "$frame/teashop/subscriptions.csv"
expect_status 0 'the list of subscriptions needs its kind and nothing else'
done_testing
