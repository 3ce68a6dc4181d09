#!/bin/sh
# CDNOW master log, cohorts by month: the figures of retention that two programs agree on, and
# money and squares computed anew from the file by the sqlite3 shell (3.40).
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/cdnow/cdnow_master_transactions.csv
[ -f "$data" ] || skip_all "no CDNOW data in $WEND_SHARED"

export WEND_STORE="$frame/here/wend.db"
wend ingest -q "$data" --as orders --map customer=customer_id,time=date,amount=amount --currency USD --tz UTC >/dev/null
run wend ltv cohorts -f csv
expect_status 0 'ltv cohorts ends 0'
like "$err" '14.9 % of customers' 'the month after the first is in the finding'
cp "$out" month.csv

is "$(awk -F, 'NR > 1 && $2 == 0 { n += $4; h++ } END { print h, n }' month.csv)" '3 23570' 'three cohorts hold all 23,570 customers'
is "$(awk -F, 'NR > 1 && $2 == 1 { b += $5; n += $4 } END { printf "%.2f", 100 * b / n }' month.csv)" 14.85 'month 1, weighted: 14.85 %'
is "$(awk -F, 'NR > 1 && $2 == 1 { s += $6; n++ } END { printf "%.2f", 100 * s / n }' month.csv)" 14.82 'month 1, mean of the cohorts: 14.82 %'
is "$(awk -F, '$1 == "1997-01" && $2 == 12 { printf "%.2f", 100 * $6 }' month.csv)" 6.73 'January 1997 in its month 12: 6.73 %'
is "$(awk -F, '$3 == "1997-06" && $2 > 0 { n += $5 } END { print n }' month.csv)" 2339 'June 1997: 747 + 1,592 old customers bought'
is "$(awk -F, '$13 != ""' month.csv | wc -l | tr -d ' ')" 1 'every month of the file is over: no row but the header has a flag'

command -v sqlite3 >/dev/null || {
	skip 'the same by SQL' 'there is no sqlite3 shell'
	done_testing
	exit
}
# By customer and age, then what each had brought up to every age, in whole cents.
cat >check.sql <<-'END'
	CREATE TABLE sale(customer, day, cds, amount);
	.import --csv --skip 1 sales.csv sale
	CREATE TABLE bought AS SELECT customer, substr(day, 1, 4) * 12 + substr(day, 6, 2) - 1 AS month, sum(CAST(round(amount * 100) AS INTEGER)) AS cents FROM sale GROUP BY 1, 2;
	CREATE INDEX by_customer ON bought(customer, month);
	CREATE TABLE won AS SELECT customer, min(month) AS month FROM bought GROUP BY 1;
	CREATE TABLE month AS SELECT DISTINCT month FROM bought;
	CREATE TABLE brought AS SELECT w.customer, w.month AS cohort, m.month - w.month AS age,
		(SELECT sum(b.cents) FROM bought b WHERE b.customer = w.customer AND b.month <= m.month) AS cents
		FROM won w JOIN month m ON m.month >= w.month;
	SELECT printf('%d-%02d,%d,%d,%d,%d', cohort / 12, cohort % 12 + 1, age, count(*), sum(cents), sum(cents * cents)) FROM brought GROUP BY cohort, age ORDER BY cohort, age;
END
cp "$data" sales.csv
sqlite3 :memory: <check.sql >want.csv
is "$(wc -l <want.csv | tr -d ' ')" 51 'fifty-one cells of cohort and age'
wend ltv cohorts --stat -q -f csv >stat.csv
# The statistic holds what money and squares grew by: added up, they are the sums above.
awk -F, 'NR > 1 { if ($6 != h) c = m = s = 0; h = $6; if ($7 == 0) c = $8; m += $9 * 100; s += $10; printf "%s,%d,%d,%.0f,%.0f\n", h, $7, c, m, s }' stat.csv >got.csv
same got.csv want.csv 'customers, money and squares of every cell'
awk -F, 'NR == FNR { value[$1 "," $2] = $4 / $3 / 100; half[$1 "," $2] = sqrt(($5 - $4 * $4 / $3) / ($3 - 1) / $3) / 100; next }
	FNR > 1 { k = $1 "," $2; d = $10 - value[k]; w = ($12 - $11) / 2 / half[k]
		if (d > 1e-9 || d < -1e-9 || w < 1.9599 || w > 1.9604) print k, d, w; else n++ }
	END { print n " agree" }' want.csv month.csv >differ
is "$(tail -n 1 differ)" '51 agree' 'means, and limits at 1.96 standard errors (t of over 7,000 customers)'
done_testing
