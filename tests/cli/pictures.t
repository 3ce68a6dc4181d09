#!/bin/bash
# Each kind of picture of 0, 1, 3, 30 and 3,000 rows with names no picture is made for, as png,
# svg, pdf and text: all are whole, and none takes longer than a person waits.
. "$(dirname "$0")/lib.sh"
command -v gnuplot >/dev/null || skip_all 'gnuplot is not installed'

# table KIND ROWS
table() {
	awk -v kind="$1" -v n="$2" '
	function name(i) { return i == 2 ? "東京都千代田区 価格変更のお知らせ" : i == 3 ? "تأخير التسليم إلى العميل" : i == 5 ? "\"it'"'"'s 100 % `x` <b> & \"\"q\"\"\"" : i == 7 ? "a name so long that no picture in the world would ever hold it without cutting it off" : "name " i }
	function month(i) { return sprintf("%04d-%02d", 1900 + int(i / 12), i % 12 + 1) }
	BEGIN {
		if (kind == "heat") print "cohort,age,active,n"
		else if (kind == "alluvial") print "position,from,to,n"
		else if (kind == "dotted") print "customer,time,touchpoint"
		else if (kind == "stack") print "period,plan,mrr"
		else if (kind == "calibration") print "predicted,observed,lo,hi,n"
		else print "name,period,t,spent,share,lo,hi,n"
		for (i = 1; i <= n; i++) {
			v = i * 7919 % 1000 / 1000
			if (kind == "heat") printf "%s,%d,%.3f,%d\n", name(int((i - 1) / 12) + 1), (i - 1) % 12, v, 40
			else if (kind == "alluvial") printf "%d,%s,%s,%d\n", i % 4 + 1, name(i % 9), name((i + 1) % 9), 1 + v * 100
			else if (kind == "dotted") printf "%s,2026-%02d-%02d,%s\n", name(i % 40), i % 12 + 1, i % 28 + 1, name(i % 5)
			else if (kind == "stack") printf "%s,%s,%.2f\n", month(int(i / 4)), name(i % 4), v * 100
			else if (kind == "calibration") printf "%.3f,%.3f,%.3f,%.3f,%d\n", v, v * 0.9, v * 0.8, v, 100
			else printf "%s,%s,%d,%.2f,%.3f,%.3f,%.3f,%d\n", name(i), month(i), i, v * 900, v, v * 0.9, v * 0.9 + 0.1, 40
		}
	}'
}
columns() {
	case $1 in
	line | band) echo '-x period -y share' ;;
	step) echo '-x t -y share' ;;
	scatter) echo '-x t -y spent' ;;
	histogram) echo '-y spent' ;;
	bar | forest | funnel) echo '-x name -y share' ;;
	waterfall) echo '-x name -y spent' ;;
	heat) echo '-x age -y active --group cohort' ;;
	stack) echo '-x period -y mrr --group plan' ;;
	dotted) echo '-x time -y touchpoint --group customer' ;;
	esac
}
# whole FILE: is it a picture from its first byte to its last?
whole() {
	case $1 in
	*.png) [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] && tail -c 8 "$1" | grep -q IEND ;;
	*.svg) if command -v xmllint >/dev/null; then xmllint --huge --noout "$1"; else tail -n 2 "$1" | grep -q '</svg>'; fi ;;
	*.pdf) head -c 5 "$1" | grep -q '%PDF-' && tail -c 10 "$1" | grep -q '%%EOF' ;;
	*.txt) [ -s "$1" ] && ! awk 'length > 240 { print; found = 1; exit } END { exit !found }' "$1" ;;
	esac
}
# Text and svg of every size; the formats of cairo, which take their time, of some.
kinds=$(wend plot --kind none 2>&1 </dev/null | sed -n "s/.*it is one of //p" | tr -d ,)
isnt "$kinds" "" "there are kinds"
for kind in $kinds; do
	for n in 0 1 3 30 3000; do
		table "$kind" $n >table.csv
		for f in txt svg png pdf; do
			case $f$n in png1 | png30 | pdf0 | pdf1 | pdf3 | pdf30) [ -n "${WEND_ALL_PICTURES-}" ] || continue ;; esac
			# shellcheck disable=SC2046
			run timeout 60 wend plot -q table.csv --kind "$kind" $(columns "$kind") -o picture.$f
			if [ "$status" = 0 ] && whole picture.$f; then pass "$kind, $n rows: $f"; else fail "$kind, $n rows: $f" "status $status" "$(head -n 2 "$err")"; fi
			[ $f$n != txt0 ] || like picture.txt 'no data' "$kind of nothing says so"
			rm -f picture.$f
		done
	done
done
done_testing
