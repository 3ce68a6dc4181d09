# bash completion for wend and its bare names.
# Made by 'wend --completions bash'; a test keeps it in step with the program.

_wend_prefix=''
_wend_reports() {
	case $1 in
	'') echo 'ingest ltv churn touchpoints channels digest customer store plot simulate help' ;;
	'ingest') echo '' ;;
	'ltv') echo 'summary rfm customers next model validate cohorts referrals products' ;;
	'churn') echo 'summary rate mrr cohorts lifecycle forecast whatif curve silent window model why where risk' ;;
	'touchpoints') echo 'summary list paths map funnel repeat effort fatigue satisfaction attribution upstream downstream pain' ;;
	'channels') echo 'summary payback marginal' ;;
	'digest') echo '' ;;
	'customer') echo 'show find join part export erase mask' ;;
	'store') echo 'info coverage check set settings batches undo compact query backup' ;;
	'plot') echo '' ;;
	'simulate') echo 'files parameters names' ;;
	esac
}
_wend_first() {
	case $1 in
	'ltv') echo 'summary' ;;
	'churn') echo 'summary' ;;
	'touchpoints') echo 'summary' ;;
	'channels') echo 'summary' ;;
	'customer') echo 'show' ;;
	'store') echo 'info' ;;
	'simulate') echo 'files' ;;
	esac
}
_wend_options() {
	case $1 in
	'ingest/') echo '--as= --map= --const= --keep= --preset= --tz= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict --store= --rejects= --inbox= --save-profile= --explain --sort= --top= --fail-if= --format= --output= --no-header --raw --color= --dry-run --quiet --verbose --help --version' ;;
	'ltv/summary') echo '--model= --split= --start= --spend= --margin= --discount= --horizon= --bootstrap= --seed= --compat= --as-of= --since= --until= --during= --versus= --tz= --where= --only= --kinds= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/rfm') echo '--as-of= --since= --until= --during= --from= --unit= --tz= --where= --only= --kinds= --currency= --revenue= --with= --sort= --top= --fail-if= --explain --sql= --table= --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/customers') echo '--model= --split= --start= --spend= --margin= --discount= --horizon= --bootstrap= --seed= --compat= --as-of= --unit= --tz= --where= --only= --currency= --revenue= --with= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/next') echo '--model= --split= --start= --as-of= --tz= --where= --only= --currency= --revenue= --with= --sort= --top= --fail-if= --explain --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/model') echo '--model= --split= --start= --spend= --margin= --discount= --horizon= --bootstrap= --seed= --compat= --as-of= --from= --unit= --tz= --where= --only= --by= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --sql= --table= --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/validate') echo '--model= --split= --start= --spend= --picture= --as-of= --period= --unit= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/cohorts') echo '--period= --margin= --as-of= --from= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/referrals') echo '--as-of= --tz= --where= --only= --currency= --revenue= --min-n= --with= --sort= --top= --fail-if= --explain --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'ltv/products') echo '--within= --margin= --seed= --as-of= --tz= --where= --only= --by= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/summary') echo '--window= --return-risk= --grace= --dunning= --as-of= --since= --until= --during= --versus= --period= --tz= --where= --only= --kinds= --definition= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/rate') echo '--window= --return-risk= --grace= --dunning= --include-trials --as-of= --since= --until= --during= --versus= --from= --period= --tz= --where= --only= --kinds= --by= --definition= --currency= --revenue= --who= --min-n= --with= --sort= --top= --fail-if= --explain --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/mrr') echo '--grace= --as-of= --since= --until= --during= --from= --period= --tz= --where= --only= --kinds= --by= --currency= --min-n= --sort= --top= --fail-if= --explain --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/cohorts') echo '--activity= --brackets= --window= --grace= --as-of= --from= --period= --tz= --where= --only= --definition= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/lifecycle') echo '--activity= --stickiness --window= --grace= --as-of= --since= --until= --during= --period= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/forecast') echo '--model= --horizon= --first= --discount= --size= --grace= --as-of= --from= --period= --tz= --where= --only= --min-n= --sort= --top= --fail-if= --explain --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/whatif') echo '--points= --budget= --cost= --margin= --discount= --model= --grace= --as-of= --tz= --where= --only= --currency= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/curve') echo '--window= --grace= --time= --event= --entry= --weight= --strata= --compare= --at= --within= --ci= --as-of= --since= --until= --during= --from= --tz= --where= --only= --by= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --stat --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/silent') echo '--lookback= --all --window= --return-risk= --grace= --dunning= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --revenue= --min-n= --with= --sort= --top= --fail-if= --explain --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/window') echo '--return-risk= --split= --as-of= --tz= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/model') echo '--model= --window= --grace= --time= --event= --entry= --weight= --terms= --ties= --strata= --cluster= --score= --seed= --scale= --as-of= --since= --until= --during= --from= --tz= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/why') echo '--lookback= --gap= --window= --return-risk= --grace= --dunning= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --revenue= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/where') echo '--horizon= --window= --grace= --seed= --as-of= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'churn/risk') echo '--horizon= --model= --window= --everyone --keep-back= --fixed= --margin= --seed= --as-of= --tz= --where= --only= --currency= --revenue= --with= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/summary') echo '--as-of= --since= --until= --during= --versus= --tz= --where= --only= --kinds= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/list') echo '--as-of= --since= --until= --during= --versus= --tz= --where= --only= --kinds= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/paths') echo '--outcome= --length= --collapse --self-loops= --ties= --hide= --steps-by= --begin= --end= --through= --gap= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/map') echo '--min-count= --cover= --depth= --self-loops= --ties= --hide= --steps-by= --begin= --end= --through= --gap= --as-of= --since= --until= --during= --versus= --tz= --where= --only= --kinds= --by= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/funnel') echo '--steps= --window= --step= --match= --start= --exclude= --who= --self-loops= --ties= --hide= --steps-by= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --by= --min-n= --with= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/repeat') echo '--window= --next --contacts= --hide= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/effort') echo '--show= --weights= --window= --contacts= --bad= --hide= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/fatigue') echo '--contacts= --bad= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --revenue= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/satisfaction') echo '--bad= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --revenue= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/attribution') echo '--model= --order= --lookback= --half-life= --conversion= --touch= --last-non-direct --per-conversion --reuse --order-channel --credits --seed= --as-of= --since= --until= --during= --from= --tz= --where= --only= --kinds= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/upstream') echo '--of= --window= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/downstream') echo '--of= --window= --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --currency= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'touchpoints/pain') echo '--window= --bad= --good --as-of= --since= --until= --during= --tz= --where= --only= --kinds= --currency= --revenue= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'channels/summary') echo '--by= --credit= --credit-model= --margin= --discount= --model= --hour-cost= --scale-at= --payback-within= --alone-days= --as-of= --since= --until= --during= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'channels/payback') echo '--credit= --credit-model= --margin= --discount= --model= --hour-cost= --as-of= --since= --until= --during= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'channels/marginal') echo '--credit= --credit-model= --margin= --discount= --model= --hour-cost= --as-of= --since= --until= --during= --tz= --where= --only= --currency= --revenue= --min-n= --sort= --top= --fail-if= --explain --plot= --plot-kind= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version --as= --map= --const= --keep= --preset= --country= --date-order= --decimal= --grain= --encoding= --separator= --id-space= --export-date= --name= --max-rejects= --strict' ;;
	'digest/') echo '--to= --sender= --during= --tz= --currency= --revenue= --min-n= --format= --output= --no-header --raw --color= --store= --threads= --quiet --verbose --help --version' ;;
	'customer/show') echo '--tz= --sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'customer/find') echo '--tz= --sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'customer/join') echo '--format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'customer/part') echo '--format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'customer/export') echo '--tz= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'customer/erase') echo '--only= --format= --output= --no-header --raw --color= --store= --dry-run --quiet --verbose --help --version' ;;
	'customer/mask') echo '--from= --drop= --keep= --tz= --sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/info') echo '--format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/coverage') echo '--sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/check') echo '--sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/set') echo '--file= --adopt --why= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/settings') echo '--suggest --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/batches') echo '--refused --sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/undo') echo '--format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/compact') echo '--forget-before= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/query') echo '--sort= --top= --fail-if= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'store/backup') echo '--format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	'plot/') echo '--kind= --x= --y= --group= --lo= --hi= --n= --title= --x-label= --y-label= --unit= --note= --ref= --log= --output= --format= --no-header --raw --color= --quiet --verbose --help --version' ;;
	'simulate/files') echo '--output= --company= --customers= --orders= --seed= --since= --until= --days= --set= --without= --replace --threads= --sort= --top= --fail-if= --format= --no-header --raw --color= --quiet --verbose --help --version' ;;
	'simulate/parameters') echo '--company= --set= --without= --sort= --top= --fail-if= --format= --output= --no-header --raw --color= --quiet --verbose --help --version' ;;
	'simulate/names') echo '--sort= --top= --fail-if= --format= --output= --no-header --raw --color= --quiet --verbose --help --version' ;;
	'/') echo '--completions= --format= --output= --no-header --raw --color= --store= --quiet --verbose --help --version' ;;
	esac
}
_wend_choices() {
	case $1 in
	'ingest//--date-order') echo 'dmy mdy ymd' ;;
	'ingest//--decimal') echo 'point comma' ;;
	'ingest//--grain') echo 'order line' ;;
	'ingest//--separator') echo 'comma semicolon tab pipe' ;;
	'ingest//--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ingest//--color') echo 'auto always never' ;;
	'ltv/summary/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'ltv/summary/--spend') echo 'repeat all' ;;
	'ltv/summary/--compat') echo 'lifetimes clvtools' ;;
	'ltv/summary/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/summary/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/summary/--color') echo 'auto always never' ;;
	'ltv/summary/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/summary/--decimal') echo 'point comma' ;;
	'ltv/summary/--grain') echo 'order line' ;;
	'ltv/summary/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/rfm/--unit') echo 'day week month year' ;;
	'ltv/rfm/--sql') echo 'sqlite postgres duckdb bigquery spark clickhouse' ;;
	'ltv/rfm/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/rfm/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/rfm/--color') echo 'auto always never' ;;
	'ltv/rfm/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/rfm/--decimal') echo 'point comma' ;;
	'ltv/rfm/--grain') echo 'order line' ;;
	'ltv/rfm/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/customers/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'ltv/customers/--spend') echo 'repeat all' ;;
	'ltv/customers/--compat') echo 'lifetimes clvtools' ;;
	'ltv/customers/--unit') echo 'day week month year' ;;
	'ltv/customers/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/customers/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/customers/--color') echo 'auto always never' ;;
	'ltv/customers/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/customers/--decimal') echo 'point comma' ;;
	'ltv/customers/--grain') echo 'order line' ;;
	'ltv/customers/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/next/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'ltv/next/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/next/--color') echo 'auto always never' ;;
	'ltv/next/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/next/--decimal') echo 'point comma' ;;
	'ltv/next/--grain') echo 'order line' ;;
	'ltv/next/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/model/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd sbg bdw bgbb' ;;
	'ltv/model/--spend') echo 'repeat all' ;;
	'ltv/model/--compat') echo 'lifetimes clvtools' ;;
	'ltv/model/--unit') echo 'day week month year' ;;
	'ltv/model/--sql') echo 'sqlite postgres duckdb bigquery spark clickhouse' ;;
	'ltv/model/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/model/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/model/--color') echo 'auto always never' ;;
	'ltv/model/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/model/--decimal') echo 'point comma' ;;
	'ltv/model/--grain') echo 'order line' ;;
	'ltv/model/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/validate/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'ltv/validate/--spend') echo 'repeat all' ;;
	'ltv/validate/--picture') echo 'tracking cumulative frequency expectation recency calibration spend' ;;
	'ltv/validate/--period') echo 'day week month quarter year' ;;
	'ltv/validate/--unit') echo 'day week month year' ;;
	'ltv/validate/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/validate/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/validate/--color') echo 'auto always never' ;;
	'ltv/validate/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/validate/--decimal') echo 'point comma' ;;
	'ltv/validate/--grain') echo 'order line' ;;
	'ltv/validate/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/cohorts/--period') echo 'week month quarter year' ;;
	'ltv/cohorts/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/cohorts/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/cohorts/--color') echo 'auto always never' ;;
	'ltv/cohorts/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/cohorts/--decimal') echo 'point comma' ;;
	'ltv/cohorts/--grain') echo 'order line' ;;
	'ltv/cohorts/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/referrals/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/referrals/--color') echo 'auto always never' ;;
	'ltv/referrals/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/referrals/--decimal') echo 'point comma' ;;
	'ltv/referrals/--grain') echo 'order line' ;;
	'ltv/referrals/--separator') echo 'comma semicolon tab pipe' ;;
	'ltv/products/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'ltv/products/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'ltv/products/--color') echo 'auto always never' ;;
	'ltv/products/--date-order') echo 'dmy mdy ymd' ;;
	'ltv/products/--decimal') echo 'point comma' ;;
	'ltv/products/--grain') echo 'order line' ;;
	'ltv/products/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/summary/--period') echo 'day week month quarter year' ;;
	'churn/summary/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/summary/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/summary/--color') echo 'auto always never' ;;
	'churn/summary/--date-order') echo 'dmy mdy ymd' ;;
	'churn/summary/--decimal') echo 'point comma' ;;
	'churn/summary/--grain') echo 'order line' ;;
	'churn/summary/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/rate/--period') echo 'day week month quarter year' ;;
	'churn/rate/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/rate/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/rate/--color') echo 'auto always never' ;;
	'churn/rate/--date-order') echo 'dmy mdy ymd' ;;
	'churn/rate/--decimal') echo 'point comma' ;;
	'churn/rate/--grain') echo 'order line' ;;
	'churn/rate/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/mrr/--period') echo 'day week month quarter year' ;;
	'churn/mrr/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/mrr/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/mrr/--color') echo 'auto always never' ;;
	'churn/mrr/--date-order') echo 'dmy mdy ymd' ;;
	'churn/mrr/--decimal') echo 'point comma' ;;
	'churn/mrr/--grain') echo 'order line' ;;
	'churn/mrr/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/cohorts/--activity') echo 'contract purchase' ;;
	'churn/cohorts/--period') echo 'day week month quarter year' ;;
	'churn/cohorts/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/cohorts/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/cohorts/--color') echo 'auto always never' ;;
	'churn/cohorts/--date-order') echo 'dmy mdy ymd' ;;
	'churn/cohorts/--decimal') echo 'point comma' ;;
	'churn/cohorts/--grain') echo 'order line' ;;
	'churn/cohorts/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/lifecycle/--activity') echo 'contract purchase' ;;
	'churn/lifecycle/--period') echo 'day week month quarter year' ;;
	'churn/lifecycle/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/lifecycle/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/lifecycle/--color') echo 'auto always never' ;;
	'churn/lifecycle/--date-order') echo 'dmy mdy ymd' ;;
	'churn/lifecycle/--decimal') echo 'point comma' ;;
	'churn/lifecycle/--grain') echo 'order line' ;;
	'churn/lifecycle/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/forecast/--model') echo 'auto sbg bdw' ;;
	'churn/forecast/--period') echo 'day week month quarter year' ;;
	'churn/forecast/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/forecast/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/forecast/--color') echo 'auto always never' ;;
	'churn/forecast/--date-order') echo 'dmy mdy ymd' ;;
	'churn/forecast/--decimal') echo 'point comma' ;;
	'churn/forecast/--grain') echo 'order line' ;;
	'churn/forecast/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/whatif/--model') echo 'auto sbg bdw' ;;
	'churn/whatif/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/whatif/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/whatif/--color') echo 'auto always never' ;;
	'churn/whatif/--date-order') echo 'dmy mdy ymd' ;;
	'churn/whatif/--decimal') echo 'point comma' ;;
	'churn/whatif/--grain') echo 'order line' ;;
	'churn/whatif/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/curve/--compare') echo 'groups pairs' ;;
	'churn/curve/--ci') echo 'log-log plain log' ;;
	'churn/curve/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/curve/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/curve/--color') echo 'auto always never' ;;
	'churn/curve/--date-order') echo 'dmy mdy ymd' ;;
	'churn/curve/--decimal') echo 'point comma' ;;
	'churn/curve/--grain') echo 'order line' ;;
	'churn/curve/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/silent/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/silent/--color') echo 'auto always never' ;;
	'churn/silent/--date-order') echo 'dmy mdy ymd' ;;
	'churn/silent/--decimal') echo 'point comma' ;;
	'churn/silent/--grain') echo 'order line' ;;
	'churn/silent/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/window/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/window/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/window/--color') echo 'auto always never' ;;
	'churn/window/--date-order') echo 'dmy mdy ymd' ;;
	'churn/window/--decimal') echo 'point comma' ;;
	'churn/window/--grain') echo 'order line' ;;
	'churn/window/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/model/--model') echo 'cox logit boost auto' ;;
	'churn/model/--ties') echo 'efron breslow' ;;
	'churn/model/--scale') echo 'km identity rank log' ;;
	'churn/model/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/model/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/model/--color') echo 'auto always never' ;;
	'churn/model/--date-order') echo 'dmy mdy ymd' ;;
	'churn/model/--decimal') echo 'point comma' ;;
	'churn/model/--grain') echo 'order line' ;;
	'churn/model/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/why/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/why/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/why/--color') echo 'auto always never' ;;
	'churn/why/--date-order') echo 'dmy mdy ymd' ;;
	'churn/why/--decimal') echo 'point comma' ;;
	'churn/why/--grain') echo 'order line' ;;
	'churn/why/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/where/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/where/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/where/--color') echo 'auto always never' ;;
	'churn/where/--date-order') echo 'dmy mdy ymd' ;;
	'churn/where/--decimal') echo 'point comma' ;;
	'churn/where/--grain') echo 'order line' ;;
	'churn/where/--separator') echo 'comma semicolon tab pipe' ;;
	'churn/risk/--model') echo 'logit boost auto' ;;
	'churn/risk/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'churn/risk/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'churn/risk/--color') echo 'auto always never' ;;
	'churn/risk/--date-order') echo 'dmy mdy ymd' ;;
	'churn/risk/--decimal') echo 'point comma' ;;
	'churn/risk/--grain') echo 'order line' ;;
	'churn/risk/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/summary/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/summary/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/summary/--color') echo 'auto always never' ;;
	'touchpoints/summary/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/summary/--decimal') echo 'point comma' ;;
	'touchpoints/summary/--grain') echo 'order line' ;;
	'touchpoints/summary/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/list/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/list/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/list/--color') echo 'auto always never' ;;
	'touchpoints/list/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/list/--decimal') echo 'point comma' ;;
	'touchpoints/list/--grain') echo 'order line' ;;
	'touchpoints/list/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/paths/--self-loops') echo 'keep drop' ;;
	'touchpoints/paths/--ties') echo 'file name either' ;;
	'touchpoints/paths/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/paths/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/paths/--color') echo 'auto always never' ;;
	'touchpoints/paths/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/paths/--decimal') echo 'point comma' ;;
	'touchpoints/paths/--grain') echo 'order line' ;;
	'touchpoints/paths/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/map/--self-loops') echo 'keep drop' ;;
	'touchpoints/map/--ties') echo 'file name either' ;;
	'touchpoints/map/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/map/--format') echo 'auto table text csv tsv json jsonl md html dot mermaid' ;;
	'touchpoints/map/--color') echo 'auto always never' ;;
	'touchpoints/map/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/map/--decimal') echo 'point comma' ;;
	'touchpoints/map/--grain') echo 'order line' ;;
	'touchpoints/map/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/funnel/--match') echo 'loose strict any' ;;
	'touchpoints/funnel/--start') echo 'any first each' ;;
	'touchpoints/funnel/--self-loops') echo 'keep drop' ;;
	'touchpoints/funnel/--ties') echo 'file name either' ;;
	'touchpoints/funnel/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/funnel/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/funnel/--color') echo 'auto always never' ;;
	'touchpoints/funnel/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/funnel/--decimal') echo 'point comma' ;;
	'touchpoints/funnel/--grain') echo 'order line' ;;
	'touchpoints/funnel/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/repeat/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/repeat/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/repeat/--color') echo 'auto always never' ;;
	'touchpoints/repeat/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/repeat/--decimal') echo 'point comma' ;;
	'touchpoints/repeat/--grain') echo 'order line' ;;
	'touchpoints/repeat/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/effort/--show') echo 'rework handoffs index' ;;
	'touchpoints/effort/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/effort/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/effort/--color') echo 'auto always never' ;;
	'touchpoints/effort/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/effort/--decimal') echo 'point comma' ;;
	'touchpoints/effort/--grain') echo 'order line' ;;
	'touchpoints/effort/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/fatigue/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/fatigue/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/fatigue/--color') echo 'auto always never' ;;
	'touchpoints/fatigue/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/fatigue/--decimal') echo 'point comma' ;;
	'touchpoints/fatigue/--grain') echo 'order line' ;;
	'touchpoints/fatigue/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/satisfaction/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/satisfaction/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/satisfaction/--color') echo 'auto always never' ;;
	'touchpoints/satisfaction/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/satisfaction/--decimal') echo 'point comma' ;;
	'touchpoints/satisfaction/--grain') echo 'order line' ;;
	'touchpoints/satisfaction/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/attribution/--model') echo 'first last last_non_direct linear position wshape decay shapley markov shapley_markov' ;;
	'touchpoints/attribution/--order') echo '1 2 3 4 auto' ;;
	'touchpoints/attribution/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/attribution/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/attribution/--color') echo 'auto always never' ;;
	'touchpoints/attribution/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/attribution/--decimal') echo 'point comma' ;;
	'touchpoints/attribution/--grain') echo 'order line' ;;
	'touchpoints/attribution/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/upstream/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/upstream/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/upstream/--color') echo 'auto always never' ;;
	'touchpoints/upstream/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/upstream/--decimal') echo 'point comma' ;;
	'touchpoints/upstream/--grain') echo 'order line' ;;
	'touchpoints/upstream/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/downstream/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/downstream/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/downstream/--color') echo 'auto always never' ;;
	'touchpoints/downstream/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/downstream/--decimal') echo 'point comma' ;;
	'touchpoints/downstream/--grain') echo 'order line' ;;
	'touchpoints/downstream/--separator') echo 'comma semicolon tab pipe' ;;
	'touchpoints/pain/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'touchpoints/pain/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'touchpoints/pain/--color') echo 'auto always never' ;;
	'touchpoints/pain/--date-order') echo 'dmy mdy ymd' ;;
	'touchpoints/pain/--decimal') echo 'point comma' ;;
	'touchpoints/pain/--grain') echo 'order line' ;;
	'touchpoints/pain/--separator') echo 'comma semicolon tab pipe' ;;
	'channels/summary/--by') echo 'channel campaign promotion' ;;
	'channels/summary/--credit-model') echo 'first last last_non_direct linear position wshape decay shapley markov shapley_markov' ;;
	'channels/summary/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'channels/summary/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'channels/summary/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'channels/summary/--color') echo 'auto always never' ;;
	'channels/summary/--date-order') echo 'dmy mdy ymd' ;;
	'channels/summary/--decimal') echo 'point comma' ;;
	'channels/summary/--grain') echo 'order line' ;;
	'channels/summary/--separator') echo 'comma semicolon tab pipe' ;;
	'channels/payback/--credit-model') echo 'first last last_non_direct linear position wshape decay shapley markov shapley_markov' ;;
	'channels/payback/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'channels/payback/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'channels/payback/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'channels/payback/--color') echo 'auto always never' ;;
	'channels/payback/--date-order') echo 'dmy mdy ymd' ;;
	'channels/payback/--decimal') echo 'point comma' ;;
	'channels/payback/--grain') echo 'order line' ;;
	'channels/payback/--separator') echo 'comma semicolon tab pipe' ;;
	'channels/marginal/--credit-model') echo 'first last last_non_direct linear position wshape decay shapley markov shapley_markov' ;;
	'channels/marginal/--model') echo 'auto bgnbd mbgnbd pnbd mbgcnbd' ;;
	'channels/marginal/--plot-kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'channels/marginal/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'channels/marginal/--color') echo 'auto always never' ;;
	'channels/marginal/--date-order') echo 'dmy mdy ymd' ;;
	'channels/marginal/--decimal') echo 'point comma' ;;
	'channels/marginal/--grain') echo 'order line' ;;
	'channels/marginal/--separator') echo 'comma semicolon tab pipe' ;;
	'digest//--format') echo 'mail text html' ;;
	'digest//--color') echo 'auto always never' ;;
	'customer/show/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/show/--color') echo 'auto always never' ;;
	'customer/find/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/find/--color') echo 'auto always never' ;;
	'customer/join/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/join/--color') echo 'auto always never' ;;
	'customer/part/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/part/--color') echo 'auto always never' ;;
	'customer/export/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/export/--color') echo 'auto always never' ;;
	'customer/erase/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/erase/--color') echo 'auto always never' ;;
	'customer/mask/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'customer/mask/--color') echo 'auto always never' ;;
	'store/info/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/info/--color') echo 'auto always never' ;;
	'store/coverage/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/coverage/--color') echo 'auto always never' ;;
	'store/check/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/check/--color') echo 'auto always never' ;;
	'store/set/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/set/--color') echo 'auto always never' ;;
	'store/settings/--format') echo 'auto table text csv tsv json jsonl md html ini' ;;
	'store/settings/--color') echo 'auto always never' ;;
	'store/batches/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/batches/--color') echo 'auto always never' ;;
	'store/undo/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/undo/--color') echo 'auto always never' ;;
	'store/compact/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/compact/--color') echo 'auto always never' ;;
	'store/query/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/query/--color') echo 'auto always never' ;;
	'store/backup/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'store/backup/--color') echo 'auto always never' ;;
	'plot//--kind') echo 'line band step bar histogram stack waterfall funnel forest heat scatter calibration dotted alluvial' ;;
	'plot//--log') echo 'x y xy' ;;
	'plot//--format') echo 'txt svg png pdf' ;;
	'plot//--color') echo 'auto always never' ;;
	'simulate/files/--company') echo 'shop saas hotel' ;;
	'simulate/files/--without') echo 'traps effects both' ;;
	'simulate/files/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'simulate/files/--color') echo 'auto always never' ;;
	'simulate/parameters/--company') echo 'shop saas hotel' ;;
	'simulate/parameters/--without') echo 'traps effects both' ;;
	'simulate/parameters/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'simulate/parameters/--color') echo 'auto always never' ;;
	'simulate/names/--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'simulate/names/--color') echo 'auto always never' ;;
	'//--completions') echo 'bash zsh fish' ;;
	'//--format') echo 'auto table text csv tsv json jsonl md html' ;;
	'//--color') echo 'auto always never' ;;
	esac
}
_wend() {
	local cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[0]##*/} report='' i=1 words w
	COMPREPLY=()
	cmd=${cmd#"$_wend_prefix"}
	case $cmd in
	ingest | ltv | churn | touchpoints) ;;
	*)
		cmd=''
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
complete -o nospace -o default -F _wend "$_wend_prefix"{wend,ingest,ltv,churn,touchpoints}
