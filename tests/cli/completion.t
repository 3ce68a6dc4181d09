#!/bin/bash
# The completion is made from the tables: the installed file is what the program prints.
. "$(dirname "$0")/lib.sh"

[ -z "${UPDATE-}" ] || wend --completions bash >"$top/share/completions/wend.bash"
run wend --completions bash
expect_status 0 'the program prints its completion'
same "$out" "$top/share/completions/wend.bash" 'share/completions/wend.bash is in step'
for s in zsh:_wend fish:wend.fish; do
	[ -z "${UPDATE-}" ] || wend --completions "${s%%:*}" >"$top/share/completions/${s##*:}"
	run wend --completions "${s%%:*}"
	same "$out" "$top/share/completions/${s##*:}" "share/completions/${s##*:} is in step"
done
wend --completions bash >"$out"
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

# ---- the other shells, asked the same ----
# zsh: its own reading of the line, with stand-ins for what only an editor of lines has.
cat >ask.zsh <<'zsh'
compdef() { : }
_files() { print FILES }
compset() { : }
compadd() { local -a m; m=(${(P)@[-1]}); for w in $m; do [[ $w == ${words[CURRENT]}* ]] && print -r -- $w; done }
source $1
shift
words=("$@") CURRENT=$#
_wend
zsh
zsh_line() { zsh -f ask.zsh "$top/share/completions/_wend" "$@" | grep -v '^FILES$' | sort | paste -sd ' '; }
fish_line() {
	fish --no-config -c "source '$top/share/completions/wend.fish'; complete -C '$*'" | cut -f 1 | sort | paste -sd ' '
}
for s in zsh fish; do
	if ! command -v $s >/dev/null; then
		skip "$s completes" "$s is not installed"
		continue
	fi
	is "$(${s}_line wend --ver)" '--verbose --version' "$s: wend --ver"
	is "$(${s}_line wend chur)" churn "$s: wend chur"
	is "$(${s}_line wend help chur)" churn "$s: wend help chur"
	is "$(${s}_line wend churn rat)" rate "$s: wend churn rat"
	is "$(${s}_line wend churn rate --min)" '--min-n=' "$s: wend churn rate --min"
	is "$(${s}_line wend churn rate --format=jso)" '--format=json --format=jsonl' "$s: --format=jso"
	is "$(${s}_line churn rate -f jso)" 'json jsonl' "$s: churn rate -f jso"
	is "$(${s}_line wend plot --kind wat)" waterfall "$s: wend plot --kind wat"
	is "$(${s}_line wend --completions "fi")" fish "$s: wend --completions fi"
	for c in $(_wend_reports ''); do
		is "$(${s}_line wend "$c" | tr ' ' '\n' | grep -cx "$c")" 1 "$s: wend $c is offered"
	done
done
done_testing
