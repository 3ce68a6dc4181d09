#!/bin/bash
# --sql: the query of a warehouse, run by SQLite, PostgreSQL and DuckDB on the very rows that
# a store ingested; what --from makes of the answer is what the store says, byte for byte.
. "$(dirname "$0")/lib.sh"

# ---- the three programs ----
# Each reads the file FILE into a table once (NAME_load FILE TABLE TYPE-OF-TIME) and runs a
# query (NAME_run QUERY ANSWER).
has_sqlite() { command -v sqlite3 >/dev/null; }
sqlite_load() { sqlite3 shop.db "DROP TABLE IF EXISTS \"$2\"" ".import --csv $1 \"$2\""; }
sqlite_run() { sqlite3 -csv -header shop.db <"$1" >"$2"; }

# PostgreSQL without a server: one process that reads statements, as nobody when we are root.
pg=$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)
initdb=$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)
pg_single() { unroot "$pg" --single -j -F -D "$frame/pg" postgres; }
has_postgres() {
	[ -n "$pg" ] && [ -n "$initdb" ] || return 1
	[ ! -d "$frame/pg/base" ] || return 0
	mkdir -p "$frame/pg" "$frame/exchange"
	chmod 755 "$frame"
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$frame/pg" "$frame/exchange"
	unroot env HOME="$frame/pg" "$initdb" -N -A trust -E UTF8 --locale=C -D "$frame/pg" >"$frame/initdb" 2>&1
}
pg_sql() {
	pg_single >"$frame/pg.out" 2>&1
	if grep -qE 'ERROR|FATAL' "$frame/pg.out"; then
		grep -E 'ERROR|FATAL' "$frame/pg.out" >&2
		return 1
	fi
}
postgres_load() {
	cp "$1" "$frame/exchange/in.csv"
	chmod 644 "$frame/exchange/in.csv"
	pg_sql <<-END
	DROP TABLE IF EXISTS "$2";

	CREATE TABLE "$2" ("order" text, customer text, time $3, amount numeric(12,2), currency text, refund_of text);

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
	} | pg_sql && cp "$frame/exchange/out.csv" "$2"
}

# DuckDB: the shell, or its package for node in the folder PEERS.
node_duckdb() {
	node -e '
		const { DuckDBInstance } = require(process.env.PEERS + "/node_modules/@duckdb/node-api");
		(async () => {
			const c = await (await DuckDBInstance.create("shop.duckdb")).connect();
			await c.run(require("fs").readFileSync(0, "utf8"));
			c.closeSync();
		})().catch(e => { console.error(String(e)); process.exit(1); });'
}
duck_sql() { if command -v duckdb >/dev/null; then duckdb shop.duckdb; else node_duckdb; fi >"$frame/duck.out" 2>&1 || { cat "$frame/duck.out" >&2; return 1; }; }
has_duckdb() { command -v duckdb >/dev/null || { [ -n "${PEERS-}" ] && command -v node >/dev/null && [ -d "$PEERS/node_modules/@duckdb/node-api" ]; }; }
duckdb_load() {
	duck_sql <<-END
	SET TimeZone = 'UTC';
	CREATE OR REPLACE TABLE "$2" ("order" VARCHAR, customer VARCHAR, time $3, amount DECIMAL(12, 2), currency VARCHAR, refund_of VARCHAR);
	INSERT INTO "$2" SELECT * FROM read_csv('$1', header = true, all_varchar = true);
	END
}
duckdb_run() {
	{ echo 'COPY ('; sed 's/;$//' "$1"; echo ") TO '$2' (HEADER, DELIMITER ',');"; } | duck_sql
}
instant() { case $1 in postgres) echo timestamptz ;; duckdb) echo TIMESTAMPTZ ;; *) echo TEXT ;; esac; }
naive() { case $1 in postgres) echo timestamp ;; duckdb) echo TIMESTAMP ;; *) echo TEXT ;; esac; }
civil() { case $1 in postgres) echo date ;; duckdb) echo DATE ;; *) echo TEXT ;; esac; }
why() {
	case $1 in
	sqlite) echo 'no sqlite3' ;;
	postgres) echo 'no postgres and initdb' ;;
	duckdb) echo 'no duckdb, and PEERS names no folder with @duckdb/node-api for node' ;;
	esac
}

# ---- rows that try to be counted wrong ----
cat >hostile.csv <<'END'
order,customer,time,amount,currency,refund_of
1,10,2026-01-05T10:00:00Z,10.10,EUR,
2,10,2026-01-05T15:00:00Z,0.20,EUR,
3,10,2026-01-20T02:30:00Z,7.35,EUR,
4,10,2026-01-20T12:00:00Z,1.00,EUR,
5,9,2026-02-01T12:00:00Z,100.00,EUR,
6,9,2026-02-03T12:00:00Z,-100.00,EUR,
7,9,2026-02-04T12:00:00Z,50.00,EUR,
8,9,2026-02-05T12:00:00Z,-20.00,EUR,5
9,9,2026-02-06T12:00:00Z,15.00,EUR,7
10,O'Brien,2026-01-01T12:00:00Z,0.00,EUR,
11,O'Brien,2026-03-09T03:30:00Z,33.33,EUR,
12,"a ""b"", c",2026-03-01T12:00:00Z,20.00,EUR,
13,"a ""b"", c",2026-03-01T13:00:00Z,-20.00,EUR,
14,"a ""b"", c",2026-03-03T12:00:00Z,5.00,EUR,
15,,2026-03-04T12:00:00Z,99.00,EUR,
16,007,2026-03-05T12:00:00Z,1.10,EUR,
17,7,2026-03-05T12:00:00Z,2.20,EUR,
18,only refund,2026-03-05T12:00:00Z,-5.00,EUR,
19,edge,2026-07-01T03:30:00Z,12.00,EUR,
20,late,2026-07-01T04:30:00Z,12.00,EUR,
21,10,2026-07-02T12:00:00Z,500.00,EUR,
22,10,2026-04-01T12:00:00Z,0.10,EUR,
23,10,2026-04-02T12:00:00Z,0.20,EUR,
24,10,2026-04-03T12:00:00Z,0.30,EUR,
25,lost,2026-04-03T12:00:00Z,30.00,EUR,nothing
26,東京,2026-05-01T00:00:00Z,7.00,EUR,
27,東京,2026-05-31T00:00:00Z,8.00,EUR,
END
sed 's/Z,/,/' hostile.csv | tr T ' ' >naive.csv
sed 's/T[0-9:]*Z,/,/' hostile.csv >civil.csv
wend ingest -q -s hostile.db --as orders --tz America/New_York hostile.csv
wend ingest -q -s naive.db --as orders --tz America/New_York naive.csv
wend ingest -q -s civil.db --as orders civil.csv

map='--map order=order,refund_of=refund_of,currency=currency'
# both DIALECT TABLE STORE OPTIONS...: rfm and the models of the answer are the store's.
both() {
	local d=$1 table=$2 store=$3 name
	shift 3
	name="$d: $table $*"
	wend ltv rfm --sql "$d" --table "$table" $map "$@" -q >query.sql
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
for d in sqlite postgres duckdb; do
	if ! "has_$d"; then
		skip "$d" "$(why $d)"
		continue
	fi
	"${d}_load" hostile.csv hostile "$(instant $d)"
	"${d}_load" naive.csv naive "$(naive $d)"
	"${d}_load" civil.csv civil "$(civil $d)"
	both $d hostile hostile.db --tz America/New_York --as-of 2026-06-30 --currency EUR
	is "$(grep -c '^edge' "$out")$(grep -c '^late' "$out")" 10 "$d: the day before in New York is seen, the day itself is not"
	both $d hostile hostile.db --tz America/New_York
	both $d hostile hostile.db --tz UTC --unit month --as-of 2026-07-01
	both $d hostile hostile.db --tz Asia/Tokyo --unit day
	both $d naive naive.db --tz America/New_York --as-of 2026-06-30
	both $d civil civil.db --tz Asia/Tokyo --as-of 2026-06
	both $d naive hostile.db --tz America/New_York --map time.zone=UTC
	like answer.csv '^stat,as_of,unit,zone,currency,customer,x,t_x,T,weight,spent,repeat_spent' "$d: settings travel as columns"
done

# ---- a shop, and its models ----
wend simulate -q -o shop --company shop --customers 300 --seed 7 --without both
orders=$(grep -l -i amount shop/exports/*order* | head -n 1)
wend ingest -q -s shop.store --as orders "$orders" >/dev/null 2>shop.err || wend ingest -q -s shop.store "$orders" >/dev/null
wend store query -s shop.store -q -f csv 'SELECT 1' >/dev/null
done_testing
