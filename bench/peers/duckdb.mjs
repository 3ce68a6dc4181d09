// DuckDB's side of the benchmarks, through its node package (npm: @duckdb/node-api).
//   node duckdb.mjs MODE [ARGUMENT...]
// MODE  nothing                 an empty database is opened: what a process costs before its work
//       version                 DuckDB's version
//       ctas CSV DB OUT         CREATE TABLE AS from the CSV into DB, customer summary to OUT (- = none)
//       keyed CSV DB OUT        the same with the order id as PRIMARY KEY and INSERT OR IGNORE
//       print DB OUT            the summary once more from DB
//       direct CSV OUT          no store: the summary straight from read_csv
//       again CSV DB            INSERT OR IGNORE of CSV into the keyed DB
//       tuned DB                integer ids, an enum and a table clustered by customer and time, beside the plain one
//       batched CSV LATE DB     both files into one table that carries the number of its batch
//       undo DB BATCH           DELETE of a batch, CHECKPOINT
//       pass DB FROM TO         what one batch held belongs to another now, CHECKPOINT
//       erase DB CUSTOMER       DELETE of a customer, CHECKPOINT
//       compact DB TO           the database copied into a new file
//       map CSV DB OUT          interactions into DB, which touchpoint follows which to OUT
//       remap DB OUT            the second half of it
//       ways DB DIR A B C       map, paths and the funnel A, B, C of the interactions in DB, each into DIR
//       ask DB NAME OUT         one question of those below, the figures to OUT
//       serve DB [THREADS]      questions by name on standard input, one a line: `NAME` of the plain table,
//                               `tuned.NAME` of the tuned one; answers `name seconds figures`
// Memory at DuckDB's default; threads too unless THREADS is given.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const require = createRequire((process.env.PEERS || process.cwd()) + '/x.js');
const { DuckDBInstance } = require('@duckdb/node-api');
const [mode, ...arg] = process.argv.slice(2);
const file = { ctas: arg[1], keyed: arg[1], again: arg[1], print: arg[0], tuned: arg[0], batched: arg[2], undo: arg[0], pass: arg[0], erase: arg[0], compact: arg[0], map: arg[1], remap: arg[0], ways: arg[0], serve: arg[0], ask: arg[0] };
const inst = await DuckDBInstance.create(file[mode] ?? ':memory:');
const c = await inst.connect();
if (mode === 'serve' && arg[1]) await c.run(`SET threads=${arg[1]}`);
const q = (s) => s.replaceAll("'", "''");
// Moments as UTC without a zone: DuckDB's calendar functions are several times slower on TIMESTAMPTZ.
const rows = (csv) => `read_csv('${q(csv)}', types={'time':'TIMESTAMP','amount':'DECIMAL(18,2)'})`;
// Repeat purchase days, days from first to last, days from first to the end of the data,
// mean of the days after the first: the usual customer summary.
const summary = (t) => `
 WITH d AS (SELECT customer, CAST(time AS DATE) AS day, sum(amount) AS m FROM ${t} GROUP BY 1, 2),
 e AS (SELECT max(day) AS as_of FROM d),
 f AS (SELECT customer, min(day) AS first, max(day) AS last, count(*) - 1 AS x, sum(m) AS total, arg_min(m, day) AS m1 FROM d GROUP BY 1)
 SELECT customer, x, last - first AS t_x, as_of - first AS T, CAST((total - m1) * 100 AS BIGINT) AS spent_after_first FROM f, e`;
const copy = (t, out) => c.run(`COPY (${summary(t)} ORDER BY customer) TO '${q(out)}' (HEADER)`);
const questions = (t) => ({
  summary: `SELECT count(*), sum(x), sum(t_x), sum(T), sum(spent_after_first) FROM (${summary(t)})`,
  transitions: `SELECT count(*), max(n), min(n), sum(n) FROM (SELECT a, b, count(*) AS n FROM (SELECT channel AS a, lead(channel) OVER (PARTITION BY customer ORDER BY time, "order") AS b FROM ${t}) WHERE b IS NOT NULL GROUP BY 1, 2)`,
  cohorts: `WITH f AS (SELECT customer, date_trunc('month', min(time)) AS f FROM ${t} GROUP BY 1), m AS (SELECT DISTINCT customer, date_trunc('month', time) AS m FROM ${t}) SELECT count(*), sum(n), sum(n * k), 0 FROM (SELECT f, datediff('month', f, m) AS k, count(*) AS n FROM m JOIN f USING (customer) GROUP BY 1, 2)`,
  count: `SELECT count(*) FROM ${t}`,
  sum: `SELECT count(*), CAST(sum(amount) * 100 AS BIGINT) FROM ${t}`,
  channels: `SELECT string_agg(channel || '=' || n || '=' || s, ' ' ORDER BY channel) FROM (SELECT channel, count(*) AS n, CAST(sum(amount) * 100 AS BIGINT) AS s FROM ${t} GROUP BY 1)`,
});
// The same columns as our map: how often, of how many customers, and the time between.
const map = (out) => c.run(`COPY (
 SELECT a AS "from", b AS "to", count(*) AS n, count(DISTINCT customer) AS customers,
  median(gap) AS median_days, quantile_cont(gap, 0.9) AS p90_days, avg(gap) AS mean_days, stddev(gap) AS sd_days
 FROM (SELECT customer, touchpoint AS a, lead(touchpoint) OVER w AS b, (epoch(lead(time) OVER w) - epoch(time)) / 86400 AS gap
  FROM interactions WINDOW w AS (PARTITION BY customer ORDER BY time, id))
 WHERE b IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2) TO '${q(out)}' (HEADER)`);
// Whole journeys, the commonest first; how far customers come in order, without a window. Ties in the order of ids.
const paths = (out) => c.run(`COPY (SELECT path, count(*) AS n FROM (SELECT string_agg(touchpoint, ' > ' ORDER BY time, id) AS path
 FROM interactions WHERE customer IS NOT NULL GROUP BY customer) GROUP BY 1 ORDER BY 2 DESC, 1) TO '${q(out)}' (HEADER)`);
const funnel = (out, step) => c.run(`COPY (
 WITH e AS (SELECT customer, touchpoint AS t, row_number() OVER (PARTITION BY customer ORDER BY time, id) AS k FROM interactions),
 ${step.map((s, i) => `s${i} AS (SELECT e.customer, min(e.k) AS k FROM e ${i ? `JOIN s${i - 1} b ON b.customer = e.customer AND e.k > b.k` : ''} WHERE t = '${q(s)}' GROUP BY 1)`).join(',\n ')}
 ${step.map((_, i) => `SELECT ${i + 1} AS step, count(*) AS n FROM s${i}`).join(' UNION ALL ')} ORDER BY 1) TO '${q(out)}' (HEADER)`);

if (mode === 'version') {
  console.log((await c.runAndReadAll('SELECT version()')).getRows()[0][0]);
} else if (mode === 'ctas') {
  await c.run(`CREATE TABLE orders AS SELECT * FROM ${rows(arg[0])}`);
  if (arg[2] !== '-') await copy('orders', arg[2]);
} else if (mode === 'keyed') {
  await c.run(`CREATE TABLE orders("order" VARCHAR PRIMARY KEY, customer VARCHAR, time TIMESTAMP, amount DECIMAL(18,2), currency VARCHAR, channel VARCHAR, product VARCHAR, country VARCHAR)`);
  await c.run(`INSERT OR IGNORE INTO orders SELECT * FROM ${rows(arg[0])}`);
  if (arg[2] !== '-') await copy('orders', arg[2]);
} else if (mode === 'again') {
  await c.run(`INSERT OR IGNORE INTO orders SELECT * FROM ${rows(arg[0])}`);
} else if (mode === 'print') {
  await copy('orders', arg[1]);
} else if (mode === 'direct') {
  await copy(rows(arg[0]), arg[1]);
} else if (mode === 'tuned') {
  await c.run(`CREATE TABLE people AS SELECT CAST(row_number() OVER () AS INTEGER) AS id, customer FROM (SELECT DISTINCT customer FROM orders)`);
  await c.run(`CREATE TYPE channel_t AS ENUM (SELECT DISTINCT channel FROM orders ORDER BY 1)`);
  await c.run(`CREATE TABLE tuned AS SELECT id AS customer, time, amount, CAST(channel AS channel_t) AS channel, CAST(substr("order", 5) AS INTEGER) AS "order" FROM orders JOIN people USING (customer) ORDER BY 1, 2`);
} else if (mode === 'batched') {
  await c.run(`CREATE TABLE orders AS SELECT *, CAST(1 AS UTINYINT) AS batch FROM ${rows(arg[0])}`);
  await c.run(`INSERT INTO orders SELECT *, 2 FROM ${rows(arg[1])}`);
} else if (mode === 'undo') {
  await c.run(`DELETE FROM orders WHERE batch = ${Number(arg[1])}`);
  await c.run('CHECKPOINT');
} else if (mode === 'pass') {
  await c.run(`UPDATE orders SET batch = ${Number(arg[2])} WHERE batch = ${Number(arg[1])}`);
  await c.run('CHECKPOINT');
} else if (mode === 'erase') {
  await c.run(`DELETE FROM orders WHERE customer = '${q(arg[1])}'`);
  await c.run('CHECKPOINT');
} else if (mode === 'compact') {
  const from = (await c.runAndReadAll('SELECT current_database()')).getRows()[0][0];
  await c.run(`ATTACH '${q(arg[1])}' AS fresh`);
  await c.run(`COPY FROM DATABASE "${from}" TO fresh`);
} else if (mode === 'map') {
  await c.run(`CREATE TABLE interactions AS SELECT * FROM read_csv('${q(arg[0])}', types={'time':'TIMESTAMP'})`);
  await map(arg[2]);
} else if (mode === 'remap') {
  await map(arg[1]);
} else if (mode === 'ways') {
  await map(`${arg[1]}/map.csv`);
  await paths(`${arg[1]}/paths.csv`);
  await funnel(`${arg[1]}/funnel.csv`, arg.slice(2));
} else if (mode === 'ask') {
  const r = await c.runAndReadAll(questions('orders')[arg[1]]);
  writeFileSync(arg[2], r.getRows()[0].map(String).join(' ') + '\n');
} else if (mode === 'serve') {
  for await (const name of createInterface({ input: process.stdin })) {
    const [t, what] = name.startsWith('tuned.') ? ['tuned', name.slice(6)] : ['orders', name];
    const t0 = process.hrtime.bigint();
    const r = await c.runAndReadAll(questions(t)[what]);
    const s = Number(process.hrtime.bigint() - t0) / 1e9;
    console.log(name, s.toFixed(4), r.getRows()[0].map(String).join(' '));
  }
}
c.closeSync();
