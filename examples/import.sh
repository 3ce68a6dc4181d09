#!/bin/sh
# import.sh FOLDER: takes every export that was dropped into FOLDER, nothing twice.
#
# What was read moves to FOLDER/done, what was refused to FOLDER/refused with a file that
# says why. Safe to run again at any moment, from cron as well: quiet when all went well,
# one line a refusal otherwise, and the status of the worst file.
#
#     WEND_STORE=/srv/wend.db examples/import.sh /srv/drop
set -u
drop=${1:?import.sh: name the folder to read}
worst=0
mkdir -p "$drop/done" "$drop/refused" || exit 4

for file in "$drop"/*.csv "$drop"/*.csv.gz "$drop"/*.txt; do
	[ -f "$file" ] || continue
	name=${file##*/}
	why=$drop/refused/$name.why
	wend ingest -q -f csv --no-header "$file" >>"$drop/done/log.csv" 2>"$why"
	status=$?
	case $status in
	0)
		rm -f "$why"
		mv "$file" "$drop/done/"
		;;
	3)
		# Nothing of it is in the store: mend the file or add the option the reason names.
		mv "$file" "$drop/refused/"
		head -n 1 "$why" >&2
		;;
	*)
		# The store or the disk: the file is not to blame, try again later.
		head -n 1 "$why" >&2
		rm -f "$why"
		exit "$status"
		;;
	esac
	[ "$status" -gt "$worst" ] && worst=$status
done
exit "$worst"
