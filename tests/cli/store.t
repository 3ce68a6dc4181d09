#!/bin/bash
# wend store and wend customer: what is in the store, said, checked, queried, copied.
. "$(dirname "$0")/lib.sh"

cat >orders.csv <<'X'
order,customer,time,amount,channel
o1,007,2026-01-05T10:00:00Z,12.50,web
o2,NA,2026-01-07T11:00:00Z,7.00,shop
o3,007,2026-03-02T09:30:00Z,20.00,web
X
cat >calls.csv <<'X'
id,time,touchpoint,customer
t1,2026-01-06T08:00:00Z,call,ada@example.com
t2,2026-02-06T08:00:00Z,mail,ada@example.com
X
cat >people.csv <<'X'
customer,email,name
007,Ada@Example.com,Ada Lovelace
X

run wend store info -s x.db
expect_status 4 "no store is an error"
like "$err" "no store at 'x.db'; run 'wend ingest' first" "with advice"
ok "and none is made" test ! -e x.db

run wend ingest -q -s x.db --as orders --currency EUR orders.csv
expect_status 0 "orders are taken"
run wend ingest -q -s x.db --as interactions calls.csv
expect_status 0 "calls are taken"
run wend ingest -q -s x.db --as customers people.csv
expect_status 0 "people are taken"

run wend store info -s x.db
expect_status 0 "store info"
like "$out" '^orders,3$' "counts rows by kind"
like "$out" '^customers,2$' "and customers"

run wend store coverage -s x.db
like "$out" ',orders,2026-02,0,0,28,,$' "coverage shows a month without a row"

run wend customer show -s x.db 007
expect_status 0 "customer show takes an id"
is "$(sed 1d "$out" | cut -d, -f1,2,4,7,8,9)" ",customers,,007,people.csv,2
2026-01-05T10:00:00Z,orders,12.50,o1,orders.csv,2
2026-01-06T08:00:00Z,interactions,,t1,calls.csv,2
2026-02-06T08:00:00Z,interactions,,t2,calls.csv,3
2026-03-02T09:30:00Z,orders,20.00,o3,orders.csv,4" "and prints the journey line by line, with its source"
cp "$out" by-id
run wend customer show -s x.db ADA@example.com
ok "an e-mail in any case is the same customer" cmp "$out" by-id
run wend customer show -s x.db 7
expect_status 2 "7 is not 007"
like "$err" "no customer '7'" "and that is said"
run wend customer find -s x.db LOVE
is "$(cut -d, -f1,2,5 "$out")" "customer,name,records
007,Ada Lovelace,5" "customer find looks into names"
run wend customer find -s x.db ada@
like "$out" '^007,' "and into keys"

run wend store query -s x.db "SELECT customer, sum(amount_minor) AS minor FROM event WHERE kind = 'orders' GROUP BY 1 ORDER BY 1"
is "$(cat "$out")" "customer,minor
007,3250
NA,700" "a query sums exact minor units"
for sql in "DELETE FROM batch" "ATTACH 'y.db' AS y" "PRAGMA writable_schema=1" "SELECT 1; DROP TABLE batch" "SELEC 1"; do
	run wend store query -s x.db "$sql"
	expect_status 2 "S15: '$sql' is refused"
done
ok "S15: nothing was attached" test ! -e y.db

run wend store check -s x.db
expect_status 0 "a sound store checks"
run wend store backup -s x.db copy.db
expect_status 0 "a backup is made"
is "$(stat -c %a x.db copy.db | sort -u)" 600 "S11: store and copy are private"
run wend store check -s copy.db
expect_status 0 "and is sound"
run wend store backup -s x.db copy.db
expect_status 2 "a file that is there is not overwritten"

run wend store set -s x.db margin 41%
expect_status 0 "a fact is settled"
run wend store settings -s x.db
cp "$out" kept.ini
run wend store set -s x.db --file kept.ini
run wend store settings -s x.db
ok "settings go out and in unchanged" cmp "$out" kept.ini
run wend store set -s x.db revnue orders
expect_status 2 "an unknown setting is refused"
like "$err" "did you mean 'revenue'" "with the nearest name"
run wend store settings -s x.db --suggest
like "$out" '^currency = EUR$' "a first file is proposed from the data"

ok "readers leave no log behind" test ! -e x.db-wal -a ! -e x.db-shm
format=$(wend store info -q -s x.db | sed -n 's/^format,//p')
ok "wend-store(5) documents the format of this store" grep -q "the version of this format: $format\." "$top/man/wend-store.5"
is "$(od -An -tu1 -j60 -N4 x.db | tr -s ' ')" " 0 0 0 $format" "which is PRAGMA user_version"
printf '\0\0\0\3' | dd of=copy.db bs=1 seek=60 conv=notrunc 2>/dev/null
run wend store info -s copy.db
expect_status 4 "a newer format is refused"
like "$err" 'has format 3, newer than this program reads' "in words"
ln -s x.db link.db
run wend store info -s link.db
expect_status 4 "S16: a link is not followed"
head -c 20000 /dev/zero >zero.db
run wend store info -s zero.db
expect_status 4 "another file is not a store"
like "$err" "'[^']*zero.db' is not a wend store" "and that is said"
done_testing
