# Kaplan-Meier with log-log limits, by R's survival, against wend churn curve.
suppressMessages(library(survival))
cases <- read.csv("cases.csv")
wend <- read.csv("curve.csv")
fit <- survfit(Surv(days, gone == "yes") ~ 1, data = cases, conf.type = "log-log")
at <- summary(fit, times = wend$t, extend = TRUE)
ok <- TRUE
for (what in c("S", "lo", "hi")) {
	theirs <- at[[c(S = "surv", lo = "lower", hi = "upper")[[what]]]]
	both <- !is.na(wend[[what]]) & !is.na(theirs)
	off <- max(abs(wend[[what]][both] / theirs[both] - 1))
	cat(sprintf("survival curve, %s: %d times, largest relative difference %.1e: %s\n", what, sum(both), off, if (off < 1e-8) "equal" else "DIFFERENT"))
	ok <- ok && sum(both) > 0 && off < 1e-8
}
quit(status = if (ok) 0 else 1)
