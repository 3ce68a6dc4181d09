/* digest: are the data complete, and what came in.
 *
 *   complete  the last day a source tells of
 *   late      its last day lies back by more than twice its usual pause, or by more than
 *             `every` of [sources "NAME"]; the usual pause is the median of the days from the
 *             last day of a file to that of the next one, known from three files on
 *   rows      of the files read since the first day of the span, records = used + rejected +
 *             ignored
 */
#include "digest_impl.h"
#include "metric_impl.h"

#include <math.h>

struct file {
	struct sv source;
	int32_t first, last;      /* days; INT32_MIN: tells of none */
	int64_t ingested;         /* instant */
	int64_t n[4];             /* records, used, rejected, ignored */
};
struct source {
	struct sv name;
	int32_t last;
	double pause;             /* days; NaN = not known */
	double allowed;           /* so many days may pass; NaN = any number */
	bool set;                 /* by the settings */
};

static int32_t day_of(const struct population *p, int64_t w)
{
	if (w == WEND_NONE)
		return INT32_MIN;
	struct zone_cache c = ZONE_CACHE(p->zone);
	return wtime_day(w, &c);
}

static size_t read_files(struct file *f, const struct table *t, const struct population *p)
{
	static const char *const counts[] = { "records", "used", "rejected", "ignored" };
	size_t n = 0;
	for (size_t i = 0; i < t->nrow; i++) {
		struct file v = { digest_text(t, i, "source"), day_of(p, digest_int(t, i, "first")), day_of(p, digest_int(t, i, "last")), digest_int(t, i, "ingested"), { 0 } };
		if (!sv_is(digest_text(t, i, "state"), "live") || !v.source.n)
			continue;
		v.ingested = v.ingested == WEND_NONE ? INT64_MIN : wtime_secs(v.ingested);
		for (size_t k = 0; k < 4; k++) {
			const int64_t c = digest_int(t, i, counts[k]);
			v.n[k] = c == WEND_NONE ? 0 : c;
		}
		f[n++] = v;
	}
	return n;
}

static int by_source(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	const int c = sv_cmp(x->source, y->source);
	return c ? c : (x->last > y->last) - (x->last < y->last);
}

static int by_int(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Files of one source, by their last days. */
static struct source source_of(const struct file *f, size_t n)
{
	struct source s = { .name = f[0].source, .last = f[n - 1].last, .pause = NAN };
	int32_t *gap = xreallocarray(NULL, n + 1, sizeof *gap);
	size_t k = 0;
	for (size_t i = 1; i < n; i++)
		if (f[i - 1].last != INT32_MIN && f[i].last > f[i - 1].last)
			gap[k++] = f[i].last - f[i - 1].last;
	if (k >= 2) {
		qsort(gap, k, sizeof *gap, by_int);
		s.pause = k % 2 ? gap[k / 2] : (gap[k / 2 - 1] + (double)gap[k / 2]) / 2;
	}
	free(gap);
	return s;
}

/* Days of "7d", "2w", "1month". */
static double days_of(struct sv text)
{
	static const struct {
		const char *unit;
		double days;
	} units[] = { { "d", 1 }, { "day", 1 }, { "days", 1 }, { "w", 7 }, { "week", 7 }, { "weeks", 7 }, { "month", 365.25 / 12 }, { "months", 365.25 / 12 } };
	size_t i = 0;
	double v;
	while (i < text.n && ((text.p[i] >= '0' && text.p[i] <= '9') || text.p[i] == '.'))
		i++;
	const struct sv unit = sv_trim(sv_n(text.p + i, text.n - i));
	if (!i || !sv_real(sv_n(text.p, i), &v))
		return NAN;
	for (size_t k = 0; k < sizeof units / sizeof *units; k++)
		if (sv_is(unit, units[k].unit))
			return v * units[k].days;
	return NAN;
}

/* How long the source may be silent; NaN = any time. *set: by the settings. */
static double allowed(const struct population *p, const struct source *s, struct arena *a, bool *set)
{
	const char *section = arena_printf(a, "sources \"%.*s\"", (int)s->name.n, s->name.p);
	const struct sv every = store_setting(p->store, section, "every");
	const double days = every.p ? days_of(every) : NAN;
	*set = !isnan(days);
	return *set ? days : 2 * s->pause;
}

static int by_last(const void *a, const void *b)
{
	const struct source *x = a, *y = b;
	return x->last != y->last ? (x->last < y->last) - (x->last > y->last) : sv_cmp(x->name, y->name);
}

/* "shop, tills to 2026-11-15; bank to 2026-11-12": those of which it is known when the next file
 * is due, or those of which it is not. */
static void write_days(struct letter *l, struct letter_section *s, const char *what, const struct source *v, size_t n, int32_t today, bool due)
{
	struct str t = STR_INIT;
	int32_t day = INT32_MIN;
	for (size_t i = 0; i < n; i++) {
		if (isnan(v[i].allowed) == due || (due && today - v[i].last > v[i].allowed))
			continue;
		if (t.n && v[i].last != day) {
			str_puts(&t, " to ");
			day_text(&t, day);
		}
		str_printf(&t, "%s%.*s", !t.n ? "" : v[i].last == day ? ", " : "; ", (int)v[i].name.n, v[i].name.p);
		day = v[i].last;
	}
	if (t.n) {
		str_puts(&t, " to ");
		day_text(&t, day);
		letter_line(s, arena_printf(&l->arena, "%s: %s", what, t.p), NULL, NULL);
	}
	str_release(&t);
}

static void write_sources(struct letter *l, struct letter_section *s, const struct digest_job *job, const struct file *f, size_t n)
{
	struct source *v = xcalloc(n + 1, sizeof *v);
	struct zone_cache c = ZONE_CACHE(job->p->zone);
	const int32_t today = floor_day(zone_local(&c, job->now));
	struct str day = STR_INIT;
	size_t m = 0;
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && sv_eq(f[k].source, f[i].source);)
			k++;
		v[m] = source_of(f + i, k - i);
		v[m].allowed = allowed(job->p, &v[m], &l->arena, &v[m].set);
		m += v[m].last != INT32_MIN;
	}
	if (m)
		qsort(v, m, sizeof *v, by_last);
	for (size_t i = 0; i < m; i++) {
		if (isnan(v[i].allowed) || today - v[i].last <= v[i].allowed)
			continue;
		str_reset(&day);
		day_text(&day, v[i].last);
		letter_line(s, arena_printf(&l->arena, "%.*s is late: last %s, %d days ago; usually every %g%s", (int)v[i].name.n, v[i].name.p, day.p, today - v[i].last,
					    v[i].set ? v[i].allowed : v[i].pause, v[i].set ? " days, as set" : v[i].pause > 1 ? " days" : " day"), NULL, NULL);
	}
	write_days(l, s, "in time", v, m, today, true);
	write_days(l, s, "too few files to tell when the next is due", v, m, today, false);
	str_release(&day);
	free(v);
}

static void write_rows(struct letter *l, struct letter_section *s, const struct digest_job *job, const struct file *f, size_t n)
{
	int64_t sum[4] = { 0 }, files = 0;
	struct str t = STR_INIT;
	const int64_t from = zone_instant(job->p->zone, (int64_t)job->first * 86400, NULL);
	for (size_t i = 0; i < n; i++) {
		if (f[i].ingested < from)
			continue;
		files++;
		for (size_t k = 0; k < 4; k++)
			sum[k] += f[i].n[k];
	}
	if (!files) {
		letter_line(s, "no file was read since the span began", NULL, "wend ingest --inbox");
		return;
	}
	say_things(&t, sum[0], "row", "rows");
	str_puts(&t, " = ");
	say_count(&t, sum[1]);
	str_puts(&t, " used + ");
	say_count(&t, sum[2]);
	str_puts(&t, " rejected + ");
	say_count(&t, sum[3]);
	str_puts(&t, " ignored, from ");
	say_things(&t, files, "file", "files");
	letter_line(s, arena_strndup(&l->arena, t.p, t.n), NULL, sum[2] ? "wend store batches" : NULL);
	str_release(&t);
}

enum wend_err digest_data(struct letter *l, const struct digest_job *job, bool *came, struct err *err)
{
	struct report r;
	report_init(&r);
	enum wend_err e = store_table_batches(job->p->store, false, &r, err);
	if (!e) {
		struct file *f = xcalloc(r.table.nrow + 1, sizeof *f);
		const size_t n = read_files(f, &r.table, job->p);
		qsort(f, n, sizeof *f, by_source);
		*came = false;
		for (size_t i = 0; i < n; i++)
			*came = *came || (f[i].last != INT32_MIN && f[i].last >= job->first && f[i].first <= job->last);
		struct letter_section *s = letter_section(l, "DATA", true);
		write_sources(l, s, job, f, n);
		write_rows(l, s, job, f, n);
		free(f);
	}
	report_release(&r);
	return e;
}
