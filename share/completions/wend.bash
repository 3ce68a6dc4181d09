# bash completion for wend and its bare names.
# Made by 'wend --completions bash'; a test keeps it in step with the program.

_wend_reports() {
	case $1 in
	'') echo 'help' ;;
	esac
}
_wend_first() {
	case $1 in
	*) ;;
	esac
}
_wend_options() {
	case $1 in
	'/') echo '--completions= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	esac
}
_wend_choices() {
	case $1 in
	'//--completions') echo 'bash' ;;
	'//--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'//--color') echo 'auto always never' ;;
	esac
}
_wend() {
	local cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[0]##*/} report= i=1 words w
	COMPREPLY=()
	case $cmd in
	ingest | ltv | churn | touchpoints) ;;
	*)
		cmd=
		if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then
			cmd=${COMP_WORDS[1]} i=2
			[[ $cmd == help ]] && cmd=
		fi
		;;
	esac
	for ((; i < COMP_CWORD; i++)); do
		for w in $(_wend_reports "$cmd"); do
			[[ -z $report && ${COMP_WORDS[i]} == "$w" ]] && report=$w
		done
	done
	local key=$cmd/$report
	[[ -n $report ]] || key=$cmd/$(_wend_first "$cmd")
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	if [[ $before == '=' ]] && ((COMP_CWORD > 1)); then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $cur == '=' ]]; then
		cur=
	fi
	case $before in
	-f) before=--format ;;
	esac
	words=$(_wend_choices "$key/$before")
	if [[ -z $words && $cur == -* ]]; then
		words=$(_wend_options "$key")
	elif [[ -z $words && -z $report ]]; then
		words=$(_wend_reports "$cmd")
	fi
	for w in $words; do
		[[ $w == "$cur"* ]] || continue
		if [[ $w == *= ]]; then COMPREPLY+=("$w"); else COMPREPLY+=("$w "); fi
	done
}
complete -o nospace -o default -F _wend wend ingest ltv churn touchpoints
