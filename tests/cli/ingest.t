#!/bin/bash
# wend ingest: rows on standard output, words on standard error, inbox, profiles,
# settings by file name, standard input, rejects.
. "$(dirname "$0")/lib.sh"

cat >orders.csv <<'END'
order,customer,time,amount,currency
1,ada,2026-03-01,10.00,EUR
2,bo,2026-03-02,20.00,EUR
END

run wend ingest orders.csv --as orders
expect_status 0 "a mapped file is taken"
is "$(head -n 1 "$out")" "file,kind,preset,records,used,rejected,ignored,added,updated,duplicates,matched,batch" "one row a file, with these columns"
is "$(sed -n 2p "$out")" "orders.csv,orders,map:orders,2,2,0,0,2,0,0,0,1" "and the balance of the file"
like "$err" '3 lines, 2 records = 2 used \+ 0 rejected \+ 0 ignored' "the balance is said"
like "$err" "^batch 1 in '.*wend.db'" "with the store"

store=$(sed -n "s/^batch 1 in '\(.*\)'/\1/p" "$err")
cp "$store" before.db
run wend ingest orders.csv --as orders
expect_status 0 "the same file again is no fault"
is "$(sed -n 2p "$out")" "orders.csv,orders,map:orders,2,2,0,0,0,0,2,0,1" "all its rows are known"
same "$store" before.db "and not a byte of the store changed"

run wend ingest orders.csv --as orders -q
is "$(cat "$err")" "" "--quiet says nothing when all is well"

run wend ingest nothing.csv
expect_status 4 "a missing file"
run wend ingest
expect_status 2 "no file at all is wrong usage"
run wend ingest --as nonsense orders.csv
expect_status 2 "an unknown kind is wrong usage"
printf 'x,y\n1,2\n' >strange.csv
run wend ingest strange.csv orders.csv --as orders
expect_status 2 "a map that cannot be made is wrong usage"
run wend ingest strange.csv
expect_status 3 "an unknown file"
like "$err" '--as .* --map ' "comes with a line to paste"

cp "$store" before.db
cp orders.csv second.csv
echo '3,bo,2026-03-03,5.00,EUR' >>second.csv
run wend ingest --dry-run second.csv --as orders
expect_status 0 "a dry run"
like "$err" 'dry run: nothing was written' "says so"
like "$err" '^map: orders.amount <- ' "and shows the map"
same "$store" before.db "and writes nothing"

run sh -c 'wend ingest - --name piped.csv --as orders -q <second.csv'
expect_status 0 "standard input"
like "$out" '^piped.csv,orders,map:orders,3,3,0,0,1,0,2,' "has a name, and its known rows are duplicates"

gzip -c orders.csv >packed.csv.gz
run wend ingest packed.csv.gz --as orders -q
like "$out" '^packed.csv.gz,orders,map:orders,2,2,0,0,0,0,2,' "a packed file is read"

printf 'order,customer,time,amount,currency\n8,cy,2026-03-09,1.00,EUR\n9,cy,2026-02-30,1.00,EUR\n' >faulty.csv
run wend ingest faulty.csv --as orders
expect_status 3 "too many rejects refuse the file"
like faulty.rejects.csv '^3,[0-9]+,3,date,' "and lie beside it with line, column and code"
is "$(stat -c %a faulty.rejects.csv)" 600 "readable by their owner only"
sed 's/2026-02-30/2026-02-28/g' faulty.rejects.csv >mended.csv
run wend ingest mended.csv --as orders -q
like "$out" '^mended.csv,orders,map:orders,1,1,0,0,1,' "a mended row is taken as it is"
run wend ingest faulty.csv --as orders --max-rejects 1 --fail-if 'rejected>0' -q
expect_status 1 "--fail-if sees rejects that were allowed"

mkdir inbox
cp orders.csv inbox/till-1.csv
cp strange.csv inbox/
touch -d '2 minutes ago' inbox/*
cp second.csv inbox/young.csv
printf '[sources "till"]\nmatch = till-*.csv\noptions = --as orders\n' >wend.ini
run wend store set --file wend.ini
run wend ingest --inbox inbox
expect_status 3 "an inbox with a file that is refused"
ok "a good file is moved to done" test -f inbox/done/till-1.csv
ok "a refused one to failed" test -f inbox/failed/strange.csv
like inbox/failed/strange.csv.why 'no preset fits' "with the reason beside it"
ok "one that is still being written stays" test -f inbox/young.csv

printf 'client,when,sum\na,2026-03-01,1.00\n' >own.csv
run wend ingest own.csv --as orders --map customer=client,time=when,amount=sum --currency EUR --save-profile mine
expect_status 0 "a profile is kept"
printf 'client,when,sum\nb,2026-04-01,1.00\n' >own2.csv
run wend ingest own2.csv
expect_status 0 "and recognises the next file"
like "$out" '^own2.csv,orders,mine,1,1,' "by its name"

run wend ingest --preset list
like "$out" '^shopify-orders,orders,' "presets can be listed"
done_testing
