#!/bin/bash
# Behaviour matrix: the same bytes whatever the locale, zone, clock, threads or terminal.
. "$(dirname "$0")/matrix.sh"

need_store

# ---- the same bytes everywhere ----
locales=$frame/locales
mkdir -p "$locales"
german=
if localedef -i de_DE -f UTF-8 "$locales/de_DE.UTF-8" 2>/dev/null && localedef -i ja_JP -f UTF-8 "$locales/ja_JP.UTF-8" 2>/dev/null; then german=de_DE.UTF-8; fi
for r in "${reports[@]}"; do
	writes "$r" && continue
	f=csv
	formats_of "$r" | grep -qx csv || f=$(formats_of "$r" | head -n 1)
	call "$r" -f "$f" >../want 2>../want.err
	LC_ALL=C call "$r" -f "$f" >"$out" 2>"$err"
	same "$out" ../want "$r: the same under LC_ALL=C"
	same "$err" ../want.err "$r: the same words under LC_ALL=C"
	TZ=America/New_York call "$r" -f "$f" >"$out" 2>"$err"
	same "$out" ../want "$r: the same in another time zone"
	same "$err" ../want.err "$r: the same words in another time zone"
	if [ -n "$german" ]; then
		LOCPATH=$locales LC_ALL=$german LANG=$german call "$r" -f "$f" >"$out" 2>"$err"
		same "$out" ../want "$r: the same under de_DE.UTF-8"
		{ LOCPATH=$locales LC_ALL=ja_JP.UTF-8 LANG=ja_JP.UTF-8 call "$r" -f "$f" >"$out"; } 2>"$err" # the shell's own words, too
		same "$out" ../want "$r: the same under ja_JP.UTF-8"
	else
		skip "$r: the same under de_DE.UTF-8 and ja_JP.UTF-8" 'localedef cannot make these locales here'
	fi
	if [ "$r" != digest ]; then # a mail is dated, and of last week: digest.t
		WEND_NOW=2031-01-01T00:00:00Z call "$r" -f "$f" >"$out" 2>"$err"
		same "$out" ../want "$r: the clock changes nothing"
	fi
	if _wend_options "$(key_of "$r")" | grep -q -- --threads; then
		for n in 1 2 4; do
			call "$r" -f "$f" --threads $n >"$out" 2>"$err"
			same "$out" ../want "$r: the same with $n threads"
			same "$err" ../want.err "$r: the same words with $n threads"
		done
	fi
	for f in $(formats_of "$r"); do
		call "$r" -f "$f" >../pipe.out 2>/dev/null
		case $f in png | pdf) continue ;; esac # never on a terminal
		PATH=$PATH pty bash -c "$(declare -f call call_of writes); data='$data'; call '$r' -f $f 2>/dev/null" >../pty.out
		same ../pty.out ../pipe.out "$r: $f is the same on a terminal"
		call "$r" -f "$f" -o ../file.out 2>/dev/null
		same ../file.out ../pipe.out "$r: $f is the same in a file"
		is "$(mode ../file.out)" 600 "$r: that file is private (S11)"
		rm -f ../file.out
	done
done
same wend.db ../kept.db 'reports leave the store as it was'
done_testing
