#!/bin/bash
# The tables in the sqlite3 shell: what a query says there is what `wend store query` says.
. "$(dirname "$0")/lib.sh"

has_command ingest || skip_all 'there is no ingest'
command -v sqlite3 >/dev/null || skip_all 'there is no sqlite3 shell'
[ -z "${WEND_SANITIZED-}" ] || skip_all 'the shell has no sanitizer that the extension could lean on'
[ -f "$BUILD/wend.so" ] || skip_all "there is no $BUILD/wend.so"
demo=$top/examples/demo
load=".load $BUILD/wend"

wend ingest -q -s wend.db --tz Europe/Berlin "$demo"/*.csv >/dev/null 2>&1
is "$(wend store query -q -f csv --no-header -s wend.db 'SELECT count(*) > 1000 FROM event')" 1 'the demo is in the store'
shell() { sqlite3 -readonly -bail -cmd "$load" -csv -newline $'\n' -header "$@"; }
equal() {
	run shell wend.db "$1"
	expect_status 0 "the shell answers: $2"
	wend store query -q --raw -f csv -s wend.db "$1" >ours
	sed -i 's/"//g' ours "$out"
	same "$out" ours "as 'wend store query' does: $2"
}
equal 'SELECT kind, count(*) AS n, count(DISTINCT customer) AS customers, sum(amount_minor) AS money FROM event GROUP BY kind ORDER BY kind' 'counts and sums of a kind'
equal 'SELECT customer, count(*) AS n, min(time) AS first, max(time) AS last, sum(amount_minor) AS money FROM event WHERE customer <> '"''"' GROUP BY customer ORDER BY customer' 'every customer'
equal 'SELECT customer, records, first, last FROM customer ORDER BY customer, first' 'the table of customers'
equal 'SELECT product, CAST(sum(quantity) AS INTEGER) AS pieces, sum(amount_minor) AS money FROM item GROUP BY product ORDER BY product' 'line items'
equal 'SELECT e.customer, count(*) AS n FROM event e JOIN customer c ON c.customer = e.customer WHERE e.kind = '"'orders'"' AND c.records > 5 GROUP BY 1 ORDER BY 1' 'two tables joined'
who=$(wend store query -q --raw -f csv --no-header -s wend.db "SELECT customer FROM event WHERE kind = 'orders' AND customer <> '' ORDER BY 1 LIMIT 1")
equal "SELECT time, kind, id, amount, file, line FROM event WHERE customer = '$who'" 'one customer'
equal 'SELECT b.file, count(*) AS n FROM event e JOIN batch b ON b.id = e.batch GROUP BY 1 ORDER BY 1' 'a table of the file beside them'

is "$(find . -name 'wend.db-*')" '' 'no log is left behind'

# What is ingested while the shell has the store open is seen by the next query.
printf 'order,customer,time,amount,currency\nx1,zoe,2026-11-01,5.00,EUR\n' >late.csv
run sqlite3 -bail -cmd "$load" wend.db "SELECT count(*) FROM event WHERE customer = 'zoe'" '.shell wend ingest -q -s wend.db --as orders late.csv >ingested 2>&1' "SELECT count(*) FROM event WHERE customer = 'zoe'"
expect_stdout 'a query sees what was ingested since the last' <<'END'
0
1
END

run wend store check -q -f csv --no-header -s wend.db
like "$out" '^pages,ok' 'and the shell, which closes the store last, leaves no page without a checksum'
unlike "$out" 'another program' 'nor has taken anything over'
run sqlite3 -bail wend.db 'DELETE FROM batch'
like "$err" 'readonly' 'the shell cannot write the store'

# ---- refusals, in words ----
run sqlite3 -bail -cmd "$load" :memory: 'SELECT 1'
isnt "$status" 0 'a database in memory is no store'
like "$err" 'wend: this database is in memory; open a store first' 'and that is said'
sqlite3 other.db 'CREATE TABLE t(x)'
run sqlite3 -bail -cmd "$load" other.db 'SELECT 1'
like "$err" "wend: '.*other.db' is not a wend store" 'nor is any other file'
cp wend.db newer.db
sql newer.db 'PRAGMA user_version = 99'
run sqlite3 -readonly -bail -cmd "$load" newer.db 'SELECT count(*) FROM event'
like "$err" 'format 99, newer than this program reads' 'a store of a newer format is refused'
run sqlite3 -bail -cmd "$load" wend.db "DELETE FROM event"
isnt "$status" 0 'the tables cannot be written'
run sqlite3 -readonly -bail -cmd "$load" wend.db 'SELECT nosuch FROM event'
like "$err" 'no such column: nosuch' 'a wrong query is told as the shell tells it'
done_testing
