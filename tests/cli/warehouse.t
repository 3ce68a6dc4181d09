#!/bin/bash
# --sql: the query of a warehouse, run by SQLite, PostgreSQL and DuckDB on the very rows that
# a store ingested; what --from makes of the answer is what the store says, byte for byte.
. "$(dirname "$0")/lib.sh"

# ---- the three programs ----
# Each obeys statements (NAME_sql), reads a file into a table (NAME_load FILE TABLE
# TYPE-OF-TIME TYPE-OF-AMOUNT) and runs a query (NAME_run QUERY ANSWER).
columns() { echo "(\"order\" $1, customer $1, time $2, amount $3, currency $1, refund_of $1, refunded $3)"; }
has_sqlite() { command -v sqlite3 >/dev/null; }
sqlite_sql() { sqlite3 shop.db; }
sqlite_load() { sqlite3 shop.db "DROP TABLE IF EXISTS \"$2\"" ".import --csv $1 \"$2\""; }
sqlite_run() { sqlite3 -csv -header shop.db <"$1" >"$2"; }

# PostgreSQL without a server: one process that reads statements, as nobody when we are root.
for folder in /usr/lib/postgresql/*/bin; do
	[ ! -d "$folder" ] || PATH=$PATH:$folder
done
pg_single() { unroot postgres --single -j -F -D "$frame/pg" postgres; }
has_postgres() {
	command -v postgres >/dev/null && command -v initdb >/dev/null || return 1
	[ ! -d "$frame/pg/base" ] || return 0
	mkdir -p "$frame/pg" "$frame/exchange"
	chmod 755 "$frame"
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$frame/pg" "$frame/exchange"
	unroot env HOME="$frame/pg" initdb -N -A trust -E UTF8 --locale=C -D "$frame/pg" >"$frame/initdb" 2>&1
}
postgres_sql() {
	pg_single >"$frame/pg.out" 2>&1
	if grep -qE 'ERROR|FATAL' "$frame/pg.out"; then
		grep -E 'ERROR|FATAL' "$frame/pg.out" >&2
		return 1
	fi
}
postgres_load() {
	cp "$1" "$frame/exchange/in.csv"
	chmod 644 "$frame/exchange/in.csv"
	postgres_sql <<-END
	DROP TABLE IF EXISTS "$2";

	CREATE TABLE "$2" $(columns text "$3" "${4:-numeric(12,2)}");

	COPY "$2" FROM '$frame/exchange/in.csv' CSV HEADER;

	END
}
postgres_run() {
	rm -f "$frame/exchange/out.csv"
	{
		echo 'COPY ('
		sed 's/;$//' "$1"
		echo ") TO '$frame/exchange/out.csv' CSV HEADER;"
		echo
	} | postgres_sql && cp "$frame/exchange/out.csv" "$2"
}

# DuckDB: the shell, or its package for node in the folder PEERS.
export PEERS="${PEERS:-$top/bench/peers}"
node_duckdb() {
	node -e '
		const { DuckDBInstance } = require(process.env.PEERS + "/node_modules/@duckdb/node-api");
		(async () => {
			const c = await (await DuckDBInstance.create("shop.duckdb")).connect();
			await c.run(require("fs").readFileSync(0, "utf8"));
			c.closeSync();
		})().catch(e => { console.error(String(e)); process.exit(1); });'
}
duckdb_sql() { if command -v duckdb >/dev/null; then duckdb shop.duckdb; else node_duckdb; fi >"$frame/duck.out" 2>&1 || { cat "$frame/duck.out" >&2; return 1; }; }
has_duckdb() { command -v duckdb >/dev/null || { command -v node >/dev/null && [ -d "$PEERS/node_modules/@duckdb/node-api" ]; }; }
duckdb_load() {
	duckdb_sql <<-END
	SET TimeZone = 'UTC';
	CREATE OR REPLACE TABLE "$2" $(columns VARCHAR "$3" "${4:-DECIMAL(12, 2)}");
	INSERT INTO "$2" SELECT * FROM read_csv('$1', header = true, all_varchar = true);
	END
}
duckdb_run() {
	{ echo 'COPY ('; sed 's/;$//' "$1"; echo ") TO '$2' (HEADER, DELIMITER ',');"; } | duckdb_sql
}
instant() { case $1 in postgres) echo timestamptz ;; duckdb) echo TIMESTAMPTZ ;; *) echo TEXT ;; esac; }
naive() { case $1 in postgres) echo timestamp ;; duckdb) echo TIMESTAMP ;; *) echo TEXT ;; esac; }
civil() { case $1 in postgres) echo date ;; duckdb) echo DATE ;; *) echo TEXT ;; esac; }
binary() { case $1 in postgres) echo 'double precision' ;; duckdb) echo DOUBLE ;; *) echo REAL ;; esac; }
why() {
	case $1 in
	sqlite) echo 'no sqlite3' ;;
	postgres) echo 'no postgres and initdb' ;;
	duckdb) echo 'no duckdb, and PEERS names no folder with @duckdb/node-api for node' ;;
	esac
}

# ---- rows that try to be counted wrong ----
cat >hostile.csv <<'END'
order,customer,time,amount,currency,refund_of,refunded
1,10,2026-01-05T10:00:00Z,10.10,EUR,,
2,10,2026-01-05T15:00:00Z,0.20,EUR,,
3,10,2026-01-20T02:30:00Z,7.35,EUR,,
4,10,2026-01-20T12:00:00Z,1.00,EUR,,
5,9,2026-02-01T12:00:00Z,100.00,EUR,,
6,9,2026-02-03T12:00:00Z,-100.00,EUR,,
7,9,2026-02-04T12:00:00Z,50.00,EUR,,
8,9,2026-02-05T12:00:00Z,-20.00,EUR,5,
9,9,2026-02-06T12:00:00Z,15.00,EUR,7,
10,O'Brien,2026-01-01T12:00:00Z,0.00,EUR,,
11,O'Brien,2026-03-09T03:30:00Z,33.33,EUR,,
12,"a ""b"", c",2026-03-01T12:00:00Z,20.00,EUR,,
13,"a ""b"", c",2026-03-01T13:00:00Z,-20.00,EUR,,
14,"a ""b"", c",2026-03-03T12:00:00Z,5.00,EUR,,
15,,2026-03-04T12:00:00Z,99.00,EUR,,
16,007,2026-03-05T12:00:00Z,1.10,EUR,,
17,7,2026-03-05T12:00:00Z,2.20,EUR,,
18,only refund,2026-03-05T12:00:00Z,-5.00,EUR,,
19,edge,2026-07-01T03:30:00Z,12.00,EUR,,
20,late,2026-07-01T04:30:00Z,12.00,EUR,,
21,10,2026-07-02T12:00:00Z,500.00,EUR,,
22,10,2026-04-01T12:00:00Z,0.10,EUR,,
23,10,2026-04-02T12:00:00Z,0.20,EUR,,
24,10,2026-04-03T12:00:00Z,0.30,EUR,,
25,lost,2026-04-03T12:00:00Z,30.00,EUR,nothing,
26,東京,2026-05-01T00:00:00Z,7.00,EUR,,
27,東京,2026-05-31T00:00:00Z,8.00,EUR,,
28,10,2026-04-10T12:00:00Z,10.00,EUR,,4.00
29,10,2026-04-12T12:00:00Z,10.00,EUR,,10.00
30,10,2026-04-14T12:00:00Z,10.00,EUR,,0.00
31,nothing given back,2026-04-20T12:00:00Z,0.00,EUR,nothing,
END
sed 's/Z,/,/' hostile.csv | tr T ' ' >naive.csv
sed 's/T[0-9:]*Z,/,/' hostile.csv >civil.csv
wend ingest -q -s hostile.db --as orders --tz America/New_York hostile.csv >/dev/null
wend ingest -q -s naive.db --as orders --tz America/New_York naive.csv >/dev/null
wend ingest -q -s civil.db --as orders civil.csv >/dev/null

map=(--map "order=order,refund_of=refund_of,currency=currency,refunded=refunded")
# both DIALECT TABLE STORE OPTIONS...: rfm and the models of the answer are the store's.
both() {
	local d=$1 table=$2 store=$3 name
	shift 3
	name="$d: $table $*"
	wend ltv rfm --sql "$d" --table "$table" "${map[@]}" "$@" -q >query.sql
	if "${d}_run" query.sql answer.csv 2>run.err; then pass "$name: the query runs"; else fail "$name: the query runs" "$(cat run.err)" "$(cat query.sql)"; fi
	local plain=()
	while [ $# -gt 0 ]; do
		case $1 in
		--map) shift ;;
		*) plain+=("$1") ;;
		esac
		shift
	done
	wend ltv rfm -s "$store" "${plain[@]}" -q -f csv >store.csv
	run wend ltv rfm --from answer.csv -f csv
	expect_status 0 "$name: it is read"
	same "$out" store.csv "$name: rfm is the store's"
}

# A shop as one flat table, whose times end in their offset.
wend simulate -q -o shop --company shop --customers 300 --seed 7 --without both >/dev/null
wend store set -s whole.db --file shop/wend.ini >/dev/null 2>&1
wend ingest -q -s whole.db shop/exports/shopify-orders* >/dev/null
wend store query -s whole.db -q -f csv --raw "SELECT id AS \"order\", customer, time, amount, currency, refund_of, refunded FROM event WHERE kind = 'orders'" >orders.csv
wend ingest -q -s orders.db --as orders --tz Europe/Berlin orders.csv >/dev/null
isnt "$(wc -l <orders.csv)" 1 'there are orders to read'
store_model() { wend ltv model -s orders.db -q -f csv "$@" | grep -v ',forecast_\|^last period\|^own rate\|^zero'; }
store_model --model mbgnbd >mbgnbd.csv
store_model --model pnbd >pnbd.csv
store_model --model bgnbd --spend all --unit day >all.csv

for d in sqlite postgres duckdb; do
	if ! "has_$d"; then
		skip "$d" "$(why $d)"
		continue
	fi
	"${d}_load" hostile.csv hostile "$(instant $d)"
	"${d}_load" naive.csv naive "$(naive $d)"
	"${d}_load" civil.csv civil "$(civil $d)"
	"${d}_load" orders.csv orders "$(instant $d)" "$(binary $d)"
	both $d hostile hostile.db --tz America/New_York --as-of 2026-06-30 --currency EUR
	is "$(grep -c '^edge' "$out")$(grep -c '^late' "$out")" 10 "$d: the day before in New York is seen, the day itself is not"
	both $d hostile hostile.db --tz America/New_York
	both $d hostile hostile.db --tz UTC --unit month --as-of 2026-07-01
	both $d naive naive.db --tz America/New_York --as-of 2026-06-30
	both $d civil civil.db --tz Asia/Tokyo --as-of 2026-06 --unit day
	both $d naive hostile.db --tz America/New_York --map time.zone=UTC
	like answer.csv '^stat,as_of,unit,zone,currency,customer,x,t_x,T,weight,spent,repeat_spent' "$d: settings travel as columns"

	both $d orders orders.db --tz Europe/Berlin
	wend ltv model --sql $d "${map[@]}" --tz Europe/Berlin -q -o query.sql
	"${d}_run" query.sql $d.csv || cat query.sql
	unlike $d.csv '@' "$d: the answer for models has no names in it"
	wend ltv model --from $d.csv --model mbgnbd -q -f csv >got.csv
	same got.csv mbgnbd.csv "$d: the models of the answer are those of the store"
	wend ltv model --sql $d "${map[@]}" --tz Europe/Berlin --spend all --unit day -q -o query.sql
	"${d}_run" query.sql all.in || cat query.sql
	wend ltv model --from all.in --model bgnbd --spend all -q -f csv >got.csv
	same got.csv all.csv "$d: with the money of all purchases, in days"

	# a text is no time, where a cast would drop its offset
	if [ $d != sqlite ]; then
		"${d}_load" hostile.csv texts text
		wend ltv rfm --sql $d --table texts -q >query.sql
		run "${d}_run" query.sql answer.csv
		isnt "$status" 0 "$d: times that are texts are refused"
	fi

	# names that nobody should have, and whole cents
	"${d}_sql" <<-'END'
	CREATE TABLE "o""r'd;--.x" ("cu""s`t\" INTEGER, "a t" DATE, "or'der" INTEGER);

	INSERT INTO "o""r'd;--.x" VALUES (7, '2026-01-01', 1999), (7, '2026-01-05', 1), (10, '2026-01-09', 250), (NULL, '2026-02-01', 5);

	END
	wend ltv rfm --sql $d --table '"o""r'"'"'d;--.x"' --map 'customer=cu"s`t\,time=a t,amount=or'"'"'der,amount.unit=minor' --currency EUR --unit day -q >query.sql
	"${d}_run" query.sql answer.csv || cat query.sql
	is "$(wend ltv rfm --from answer.csv -q -f csv | cut -d, -f1-8 | tr '\n' ' ')" 'customer,x,t_x,T,m,recency_days,frequency,monetary 7,1,4,31,0.01,27,2,20.00 10,0,0,23,,23,1,2.50 ' "$d: odd names are quoted, cents are cents"
	"${d}_sql" <<-'END'
	DROP TABLE "o""r'd;--.x";

	END
done

# ---- SQLite takes any value: what is none must not count as nothing ----
if has_sqlite; then
	for row in "1,soon,5" "1,2026-13-01,5" "1,2026-01-01,five" "1,2026-01-01,1,5" "1,2026-01-01,1-5" "1,2026-01-01,-"; do
		printf 'customer;time;amount\n%s\n' "$(sed 's/,/;/; s/,/;/' <<<"$row")" >bad.csv
		sqlite3 bad.db 'DROP TABLE IF EXISTS orders' '.mode csv' '.separator ;' '.import bad.csv orders'
		wend ltv rfm --sql sqlite --tz Europe/Lisbon -q >query.sql
		run sqlite3 bad.db <query.sql
		isnt "$status" 0 "sqlite stops at $row"
	done
	# seconds since 1970 are instants
	sqlite3 seconds.db 'CREATE TABLE orders (customer, time, amount)' 'INSERT INTO orders VALUES (1, 1782876600, 5), (2, 1782880200, 5)'
	wend ltv rfm --sql sqlite --tz America/New_York --as-of 2026-06-30 -q | sqlite3 -csv -header seconds.db >answer.csv
	is "$(tail -n +2 answer.csv | cut -d, -f6)" 1 'sqlite: whole seconds are instants'
fi

# ---- the others: their text, read against their manuals ----
for d in bigquery spark clickhouse; do
	run wend ltv rfm --sql $d --table lake.shop.orders --map customer=user_id,time=created_at,amount=total,currency=currency,order=id,refund_of=refund_of,refunded=refunded --tz Europe/Lisbon --as-of 2026-06-30 -q
	snapshot warehouse-$d
	wend ltv model --sql $d --map time.zone=UTC,amount.unit=minor --currency KWD --unit month -q >"$d.sql"
done
like bigquery.sql "^    CASE WHEN LENGTH\(CAST\(.time. AS STRING\)\) > 10" 'bigquery: times without a zone as UTC'
like bigquery.sql "total \* NUMERIC '0.001' AS spent" 'bigquery: no binary fraction of a dinar'
like spark.sql '/ 30.4375D AS t_x' 'spark: a division of doubles'
like spark.sql "convert_timezone\('UTC', 'UTC', CAST\(.time. AS TIMESTAMP_NTZ\)\)" 'spark: times without a zone as UTC'
like clickhouse.sql "total \* toDecimal64\('0.001', 4\) AS spent" 'clickhouse: the same'
like clickhouse.sql 'FORMAT CSVWithNames;$' 'clickhouse: answers in CSV'

# ---- what is refused ----
refuse() { # WHY REGEX OPTIONS...
	local why=$1 regex=$2
	shift 2
	run wend ltv rfm "$@"
	expect_status 2 "$why is refused"
	like "$err" "$regex" "with the reason: $why"
	expect_stdout_empty "and no query: $why"
}
refuse 'an unknown dialect' 'clickhouse' --sql oracle
refuse 'a file' "leave out 'hostile.csv'" --sql sqlite hostile.csv
refuse 'a condition' "cannot heed '--where'" --sql sqlite --where amount\>1
refuse 'a store' "cannot heed '--store'" --sql sqlite -s orders.db
refuse 'an option for files' "cannot heed '--decimal'" --sql sqlite --decimal comma
refuse 'a table without a query' "goes with '--sql'" --table orders
refuse 'a field no query reads' 'customer, time, amount' --sql sqlite --map counted=c
refuse 'a misspelt field' 'customer, time, amount' --sql sqlite --map custmer=c
refuse 'a modifier' 'amount.unit=minor' --sql sqlite --map time.zone=Europe/Lisbon
refuse 'a map without a column' 'FIELD=COLUMN' --sql sqlite --map customer
refuse 'refunds without orders' 'order=COLUMN' --sql sqlite --map refund_of=r
refuse 'cents of no currency' '--currency' --sql sqlite --map amount.unit=minor
refuse 'an offset for a zone' 'by its name' --sql sqlite --tz +02:00
refuse 'an unknown zone' 'Europe/Lisbn' --sql sqlite --tz Europe/Lisbn
refuse 'a day that depends on today' 'no day by itself' --sql sqlite --as-of last-month
refuse 'an unknown currency' 'ISO 4217' --sql sqlite --currency XXY
refuse 'no name of a table' 'no name of a table' --sql sqlite --table shop..orders

# ---- answers that do not fit ----
cells() { printf 'stat,as_of,unit,zone,currency,x,t_x,T,weight,spent,repeat_spent\nltv.cells/1,%s,%s,%s,%s,1,2,10,1,30,10\n' "$@"; }
cells 2026-06-30 week UTC EUR >one.csv
misfit() { # WHAT REGEX CELLS...
	local what=$1 regex=$2
	shift 2
	cells "$@" >other.csv
	for report in rfm model; do
		run wend ltv $report --from one.csv --from other.csv
		expect_status 3 "$report: another $what does not add up"
		like "$err" "$regex" "$report: and is named: $what"
	done
}
misfit 'as-of day' "'as_of': '2026-06-30' and '2026-06-29'" 2026-06-29 week UTC EUR
misfit unit "'unit'" 2026-06-30 day UTC EUR
misfit zone "'zone': 'UTC' and 'Europe/Lisbon'" 2026-06-30 week Europe/Lisbon EUR
misfit currency "'currency': 'EUR' and 'USD'; '--currency'" 2026-06-30 week UTC USD
run wend ltv rfm --from one.csv --as-of 2026-06-30 --tz UTC --unit week --currency eur -f csv
expect_status 0 'options that say the same are no matter'
like "$err" 'As of 2026-06-30, days in UTC' 'and the finding says of when the table is'
for o in '--as-of 2026-06-29' '--tz Europe/Lisbon' '--unit day' '--currency USD'; do
	# shellcheck disable=SC2086 # an option and its value
	run wend ltv rfm --from one.csv $o
	expect_status 3 "an option that says otherwise is refused: $o"
	like "$err" "leave out '$o'" "by its name: $o"
done
sed 's/,UTC//; s/,zone//' one.csv >old.csv
run wend ltv rfm --from one.csv --from old.csv --stat -f csv
expect_status 0 'a table that names no zone agrees with any'
is "$(tail -n 1 "$out")" 'ltv.cells/1,2026-06-30,week,EUR,1,2,10,2,60,20,UTC' 'and adds up'
wend ltv rfm -s orders.db --stat -q -f csv >stat.csv
like stat.csv '^ltv.cells/1,[0-9-]+,week,EUR,.*,Europe/Berlin$' 'what a store prints names its zone'

# --spend all needs the money of all days; the table of rfm has it, too.
wend ltv rfm -s orders.db --unit day -q -f csv | wend ltv model --unit day --model bgnbd --spend all --from - -q -f csv >got.csv
same got.csv all.csv 'ltv rfm | ltv model --spend all is that of the store'
printf 'x,t_x,T,m\n1,2,10,5\n2,3,9,7\n0,0,5,\n' | wend ltv model --spend all --from - -q -f csv >got.csv
like got.csv '^gg,p,,,,,3,the table does not tell what each customer spent' 'a table without it says so'

# From a pipe, and two shards are the whole.
if has_sqlite; then
	wend ltv model --from - --model pnbd -q -f csv <sqlite.csv >got.csv
	same got.csv pnbd.csv 'an answer from a pipe'
	awk -F, 'NR == 1 || NR % 3 == 0' sqlite.csv >a.csv
	awk -F, 'NR == 1 || NR % 3' sqlite.csv >b.csv
	wend ltv model --from a.csv --from b.csv --model mbgnbd -q -f csv >got.csv
	same got.csv mbgnbd.csv 'answers of two shards are the whole'
	# two currencies in one answer
	sed 's/^5,9,\(.*\),EUR/5,9,\1,USD/' hostile.csv >mixed.csv
	sqlite_load mixed.csv mixed
	wend ltv model --sql sqlite --table mixed "${map[@]}" -q | sqlite3 -csv -header shop.db >answer.csv
	run wend ltv model --from answer.csv
	expect_status 3 'an answer in two currencies is refused'
	like "$err" "'currency': '(EUR|USD)' and '(EUR|USD)'" 'with both'
	wend ltv rfm --sql sqlite --table mixed "${map[@]}" --currency USD -q | sqlite3 -csv -header shop.db >answer.csv
	run wend ltv rfm --from answer.csv -q -f csv
	is "$(tail -n +2 "$out" | cut -d, -f1,8)" '9,100.00' 'one of them is picked'
fi
done_testing
