// DuckDB's side of the benchmarks, through its node package (npm: @duckdb/node-api).
//   node duckdb.mjs MODE CSV DB OUT [THREADS]
// MODE  ctas     CREATE TABLE AS from the CSV into DB, customer summary to OUT
//       keyed    the same with the order id as PRIMARY KEY and INSERT OR IGNORE
//       direct   no store: the summary straight from read_csv
//       again    INSERT OR IGNORE of CSV into the keyed DB
//       scans    warm queries on DB: each is run twice, the second is printed as `name seconds checksum`
//       tuned    builds integer ids, an enum and a clustered table in DB, then the scans on it
// Memory and threads at DuckDB's defaults unless THREADS is given.
import { createRequire } from 'node:module';
const require = createRequire((process.env.PEERS || process.cwd()) + '/x.js');
const { DuckDBInstance } = require('@duckdb/node-api');
const [mode, csv, db, out, threads] = process.argv.slice(2);
const inst = await DuckDBInstance.create(mode === 'direct' ? ':memory:' : db);
const c = await inst.connect();
if (threads) await c.run(`SET threads=${threads}`);
await c.run(`SET TimeZone='UTC'`);
const q = (s) => s.replaceAll("'", "''");
const rows = `read_csv('${q(csv)}', types={'time':'TIMESTAMPTZ','amount':'DECIMAL(18,2)'})`;
// Repeat purchase days, days from first to last, days from first to the end of the data,
// mean of the days after the first: the usual customer summary.
const summary = (t) => `
 WITH d AS (SELECT customer, CAST(time AS DATE) AS day, sum(amount) AS m FROM ${t} GROUP BY 1, 2),
 e AS (SELECT max(day) AS as_of FROM d),
 f AS (SELECT customer, min(day) AS first, max(day) AS last, count(*) - 1 AS x, sum(m) AS total, arg_min(m, day) AS m1 FROM d GROUP BY 1)
 SELECT customer, x, last - first AS t_x, as_of - first AS T, CAST((total - m1) * 100 AS BIGINT) AS spent_after_first FROM f, e`;
const copy = (t) => c.run(`COPY (${summary(t)} ORDER BY customer) TO '${q(out)}' (HEADER)`);
const scans = (t, time) => ({
  summary: `SELECT count(*), sum(x), sum(t_x), sum(T), sum(spent_after_first) FROM (${summary(t)})`,
  transitions: `SELECT count(*), max(n), min(n), sum(n) FROM (SELECT a, b, count(*) AS n FROM (SELECT channel AS a, lead(channel) OVER (PARTITION BY customer ORDER BY time, "order") AS b FROM ${t}) WHERE b IS NOT NULL GROUP BY 1, 2)`,
  cohorts: `WITH f AS (SELECT customer, date_trunc('month', min(time)) AS f FROM ${t} GROUP BY 1), m AS (SELECT DISTINCT customer, date_trunc('month', time) AS m FROM ${t}) SELECT count(*), sum(n), sum(n * k), 0 FROM (SELECT f, datediff('month', f, m) AS k, count(*) AS n FROM m JOIN f USING (customer) GROUP BY 1, 2)`,
});
async function timed(t) {
  for (const [name, sql] of Object.entries(scans(t))) {
    let s = 0, r;
    for (let i = 0; i < 3; i++) {
      const t0 = process.hrtime.bigint();
      r = await c.runAndReadAll(sql);
      const s1 = Number(process.hrtime.bigint() - t0) / 1e9;
      if (i) s = s && s < s1 ? s : s1;
    }
    console.log(name, s.toFixed(4), r.getRows()[0].map(String).join(' '));
  }
}
if (mode === 'ctas') {
  await c.run(`CREATE TABLE orders AS SELECT * FROM ${rows}`);
  await copy('orders');
} else if (mode === 'keyed') {
  await c.run(`CREATE TABLE orders("order" VARCHAR PRIMARY KEY, customer VARCHAR, time TIMESTAMPTZ, amount DECIMAL(18,2), currency VARCHAR, channel VARCHAR, product VARCHAR, country VARCHAR)`);
  await c.run(`INSERT OR IGNORE INTO orders SELECT * FROM ${rows}`);
  if (out && out !== '-') await copy('orders');
} else if (mode === 'again') {
  await c.run(`INSERT OR IGNORE INTO orders SELECT * FROM ${rows}`);
} else if (mode === 'direct') {
  await copy(rows);
} else if (mode === 'scans') {
  await timed('orders');
} else if (mode === 'tuned') {
  await c.run(`CREATE OR REPLACE TABLE people AS SELECT row_number() OVER () AS id, customer FROM (SELECT DISTINCT customer FROM orders)`);
  await c.run(`DROP TABLE IF EXISTS tuned`);
  await c.run(`CREATE OR REPLACE TYPE channel_t AS ENUM (SELECT DISTINCT channel FROM orders ORDER BY 1)`).catch(() => {});
  await c.run(`CREATE TABLE tuned AS SELECT CAST(id AS INTEGER) AS customer, time, amount, CAST(channel AS channel_t) AS channel, CAST(substr("order", 5) AS INTEGER) AS "order" FROM orders JOIN people USING (customer) ORDER BY 1, 2`);
  await timed('tuned');
}
c.closeSync();
