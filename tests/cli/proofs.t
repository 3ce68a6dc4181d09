#!/bin/bash
# Slices of the long proofs, by the same programs: a damaged record costs itself at most,
# every record of a changed file is used, rejected or ignored, every fit is a maximum or says why,
# limits hold as often as they say, the model chosen is nearly the best, planted causes are found.
. "$(dirname "$0")/lib.sh"

run_proof() {
	name=$1
	shift
	"$BUILD/proof/$name" "$@" >"$out" 2>&1 && return
	sed 's/^/# /' "$out" | head -40
	return 1
}
ok 'at most the damaged record is lost, on the right line: every damage, every kind' run_proof faults 1 224
ok 'records = used + rejected + ignored, whatever the bytes' run_proof mutated 1 8000
ok 'every fit ends in a maximum, no lower than where the data came from, or in a reason' run_proof fits 1 100 --small
ok 'limits of what will come hold it as often as they say: forty stores' run_proof stores limits 1 40 --size 300
ok 'limits of ltv validate hold what comes: eight stores' run_proof stores forecast 1 8 --size 300
ok 'the chosen model forecasts nearly as well as the best: ten stores' run_proof stores choice 1 10
ok 'intervals of recurring money hold the true rate: a thousand periods for each size' run_proof bridges 1 5
ok 'the band of churn forecast holds new cohorts: four hundred of each size' run_proof contracts 1 400
ok 'limits of causes hold the truth: thirty companies' run_proof causes leavers 1 30
ok 'where nothing drives customers away nothing is named: thirty companies' run_proof causes nothing 1 30
ok 'without contracts the late parcel is found, mails are not: twelve shops' run_proof causes orders 1 12
ok 'what brings calls is found, what follows them is not: twelve desks' run_proof causes calls 1 12
ok "an even week announces no change: three stores" sh "$top/tests/proof/evenweeks.sh" 1 3
ok 'limits of removal effects hold them: sixty random chains' run_proof chains limits 1 60 --size 300 --size 2000
ok 'their standard errors are those of bootstraps' run_proof chains errors 1 2
ok 'limits of cost a customer hold it' run_proof chains cost 1 1000
done_testing
