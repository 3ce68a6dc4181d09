#!/bin/bash
# wend churn model and curve against R's survival, side by side on random data: ties, late entry,
# weights, strata, clusters. 1e-8 relative. Runs where Rscript and the package are.
. "$(dirname "$0")/../cli/lib.sh"
Rscript -e 'library(survival)' >/dev/null 2>&1 || skip_all 'no Rscript with the package survival'

cat >ours.R <<'END'
suppressMessages(library(survival))
a <- commandArgs(TRUE); d <- read.csv(a[1]); ties <- a[2]; scale <- a[3]; how <- a[4]
k <- coxph.control(eps = 1e-13, iter.max = 60, toler.chol = 1e-13)
d$w <- as.numeric(d$w) # cox.zph takes no integers
f <- switch(how,
	plain = coxph(Surv(t, e) ~ a + b + c, d, ties = ties, control = k),
	late = coxph(Surv(en, t, e) ~ a + b + c, d, ties = ties, control = k),
	all = coxph(Surv(en, t, e) ~ a + b + c + strata(s), d, weights = w, ties = ties, cluster = g, control = k))
z <- cox.zph(f, transform = scale, terms = FALSE)$table
se <- sqrt(diag(f$var)); n <- length(coef(f))
for (i in 1:n) cat(sprintf("%.14g %.14g %.14g\n", coef(f)[i], se[i], z[i, 1]))
cat(sprintf("%.12g %.12g\n", f$concordance["concordance"], f$concordance["std"]))
v <- if (how == "plain") survfit(Surv(t, e) ~ 1, d) else survfit(Surv(en, t, e) ~ 1, d)
m <- summary(survfit(Surv(t, e) ~ 1, d, conf.type = "log-log"), times = quantile(d$t, c(.1, .5, .9), type = 1))
for (i in 1:3) cat(sprintf("%.14g %.14g %.14g\n", m$surv[i], m$lower[i], m$upper[i]))
END
far() { # how far the numbers of two files are apart, relative
	paste -d' ' "$1" "$2" | awk '{ n = NF / 2; for (i = 1; i <= n; i++) { d = $i - $(i + n); if (d < 0) d = -d; m = $(i + n) < 0 ? -$(i + n) : $(i + n); if (d > 1e-8 * m + 1e-13) bad = bad " " $i "/" $(i + n) } c += n } END { print bad == "" && c == 20 ? "near" : "apart:" bad " of " c }'
}
seed=0
for how in plain late all; do
	for ties in efron breslow; do
		for days in 12 0; do
			seed=$((seed + 1))
			scale=$(echo km identity rank log | cut -d' ' -f$((seed % 4 + 1)))
			awk -v seed=$seed -v days=$days 'BEGIN { srand(seed); print "t,en,e,w,s,g,a,b,c"
				for (i = 0; i < 500; i++) { a = int(200 * rand()) / 100 - 1; b = rand() < 0.3; c = int(1000 * rand()) / 100
					t = -log(1 - rand()) * exp(-0.6 * a + 0.4 * b - c / 20); z = 1.2 * rand(); e = t < z; if (!e) t = z; if (t < 1e-4) t = 1e-4
					if (days) t = int(t * days) + 1
					en = rand() < 0.5 ? t * rand() * 0.8 : 0; if (days) en = int(en)
					printf "%.6f,%.6f,%d,%d,%d,%d,%s,%s,%s\n", t, en < t - 1e-5 ? en : 0, e, 1 + int(3 * rand()), int(3 * rand()), int(90 * rand()), a, b, c } }' >d.csv
			options='--terms a,b,c'
			[ $how != plain ] && options="$options --entry en"
			[ $how = all ] && options="$options --weight w --strata s --cluster g"
			# shellcheck disable=SC2086 # options are words
			run wend churn model --from d.csv --time t --event e $options --ties $ties --scale $scale --min-n 1 --explain -f csv
			awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 { print $at["coef"], $at["se"], $at["ph_chisq"] }' "$out" >got
			tr '\n' ' ' <"$err" | sed 's/  */ /g; s/.*concordance \([0-9.e-]*\), standard error \([0-9.e-]*\) .*/\1 \2\n/' >>got
			Rscript ours.R d.csv $ties $scale $how >want 2>err.r
			times=$(awk -F, 'NR > 1 { print $1 }' d.csv | sort -n | awk '{ v[NR] = $1 } END { print v[int(NR * .1)] "," v[int(NR * .5)] "," v[int(NR * .9)] }')
			run wend churn curve --from d.csv --time t --event e --at "$times" --min-n 1 -q -f csv
			awk -F, 'NR > 1 { print $5, $6, $7 }' "$out" >>got
			is "$(far got want)" near "$how, $ties, $scale, $([ $days = 0 ] && echo "all times different" || echo ties), seed $seed: coefficients, errors, steadiness, concordance, survival"
		done
	done
done
done_testing
