#!/bin/bash
# The completion is made from the tables: the installed file is what the program prints.
. "$(dirname "$0")/lib.sh"

[ -z "${UPDATE-}" ] || wend --completions bash >"$top/share/completions/wend.bash"
run wend --completions bash
expect_status 0 'the program prints its completion'
same "$out" "$top/share/completions/wend.bash" 'share/completions/wend.bash is in step'
# shellcheck disable=SC1090
. "$out"
# complete_line WORDS...: what the last word can become.
complete_line() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_wend
	printf '%s\n' "${COMPREPLY[@]}" | sed 's/ $//' | paste -sd ' '
}
is "$(complete_line wend --ver)" '--verbose --version' 'wend --ver'
is "$(complete_line wend he)" help 'wend he'
for c in $(_wend_reports ''); do
	is "$(complete_line wend "$c")" "$c" "wend $c is complete"
	[ "$c" = help ] && continue
	for r in $(_wend_reports "$c"); do
		like <(complete_line wend "$c" "${r%?}") "(^| )$r( |$)" "wend $c ${r%?}: $r is offered"
		like <(complete_line wend "$c" "$r" --) '(^| )--help( |$)' "wend $c $r --: options are offered"
		is "$(complete_line wend "$c" "$r" --format = jso)" 'json jsonl' "wend $c $r --format=jso"
		is "$(complete_line wend "$c" "$r" -f jso)" 'json jsonl' "wend $c $r -f jso"
		case $c in
		ltv | churn | touchpoints)
			is "$(complete_line "$c" "$r" --no-h)" '--no-header' "$c $r --no-h: the bare name completes as well" ;;
		esac
	done
done
done_testing
