/* The truth: what was planted, in words and numbers that a report can be held against. */
#include "simplan.h"

#include <math.h>
#include <stdlib.h>

static const char *const fact_names[N_COUNT] = {
#define X(id, name, help) name,
	SIM_FACTS(X)
#undef X
};
static const char *const fact_helps[N_COUNT] = {
#define X(id, name, help) help,
	SIM_FACTS(X)
#undef X
};
static const struct {
	const char *name, *help;
} cause_columns[CF_COLUMNS] = {
	{ "events", "how often it happened" }, { "seen", "of these, told by a file" }, { "customers", "customers it happened to" },
	{ "contacts", "tickets and calls it brought" }, { "left_within", "customers who left while its effect lasted" },
	{ "left_because", "customers who left because of it" },
}, place_columns[PF_COLUMNS] = {
	{ "orders", "orders there" }, { "late", "of these, late" }, { "scores", "answers to surveys about it" }, { "scores.sum", "sum of their scores" },
}, channel_columns[CH_COLUMNS] = {
	{ "customers", "customers won by the channel" }, { "orders", "their orders, or payments" }, { "revenue", "their revenue less refunds, main currency, minor units" },
	{ "left", "of its customers, left" }, { "spend", "spent on it, minor units" },
}, money_columns[MF_COLUMNS] = {
	{ "gross", "revenue in the files, minor units" }, { "refunds", "refunds in the files, minor units" }, { "orders", "sales, or payments, in it" },
	{ "guests", "of the gross, from sales without a name" },
}, others[] = {
	{ "simulation", "company and form of this file" }, { "wend", "the version that wrote it" }, { "seed", "the seed" }, { "since", "first day" }, { "until", "last day" },
	{ "timezone", "of the company" }, { "currency", "the main currency" }, { "param.NAME", "a parameter: see 'wend simulate parameters'" },
	{ "param.spend-mean", "spend-p * spend-g / (spend-q - 1), minor units" },
	{ "cause.NAME.touchpoint", "the step by which the files tell of it" }, { "cause.NAME.leave", "leaving while it lasts, times" },
	{ "cause.NAME.days", "how long that is" }, { "cause.NAME.contact", "share of it that brings a contact within 7 days" },
	{ "channel.NAME.cost", "planned cost of a new customer, minor units" },
	{ "location.worst", "the worst location" }, { "silent.list", "left filled, no last_contact within silent-days of it" },
	{ "file.records", "rows of a file: used, rejected and ignored" }, { "file.used", "rows that can be used" },
	{ "file.rejected", "damaged rows" }, { "file.ignored", "totals, withdrawals, previews" },
	{ "file.duplicates", "used rows that the file before holds, too" }, { "file.updated", "used rows that the file before holds otherwise" },
	{ "reject.CODE", "a damaged row: its line, and its file" },
};

static void row_text(struct str *o, const char *name, const char *value, const char *where)
{
	str_puts(o, name);
	str_putc(o, ',');
	str_puts(o, value);
	str_putc(o, ',');
	str_puts(o, where);
	str_putc(o, '\n');
}

static void row_int(struct str *o, const char *name, int64_t value, const char *where)
{
	str_puts(o, name);
	str_putc(o, ',');
	str_int(o, value);
	str_putc(o, ',');
	str_puts(o, where);
	str_putc(o, '\n');
}

static void row_real(struct str *o, const char *name, double value)
{
	str_puts(o, name);
	str_putc(o, ',');
	str_real(o, value);
	str_puts(o, ",\n");
}

/* "Google Ads" -> google_ads */
static const char *key(char out[48], const char *name)
{
	size_t n = 0;
	for (; *name && n < 47; name++)
		out[n++] = (char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name == ' ' ? '_' : *name);
	out[n] = 0;
	return out;
}

static void named(struct str *o, int64_t v, const char *where, const char *a, const char *b, const char *c)
{
	struct str name = STR_INIT;
	str_printf(&name, "%s.%s.%s", a, b, c);
	row_int(o, name.p, v, where);
	str_release(&name);
}

static void put_params(struct str *o, const struct sim *s)
{
	struct str name = STR_INIT;
	for (int i = 0; i < P_COUNT; i++) {
		if (isnan(param_defs[i].value[s->kind]))
			continue;
		str_reset(&name);
		str_printf(&name, "param.%s", param_defs[i].name);
		row_real(o, name.p, s->p[i]);
	}
	if (s->kind != SAAS)
		row_real(o, "param.spend-mean", s->p[P_SPEND_P] * s->p[P_SPEND_G] / (s->p[P_SPEND_Q] - 1));
	str_release(&name);
}

static void put_causes(struct str *o, const struct sim *s, const struct facts *f)
{
	struct str name = STR_INIT;
	for (int c = 0; c < C_COUNT; c++) {
		const struct cause_def *d = &cause_defs[c];
		const char *step = c == C_LATE ? site_steps[s->kind][SITE_LATE] : d->touchpoint;
		const int param[] = { d->leave, d->days, d->contact };
		static const char *const what[] = { "leave", "days", "contact" };
		if (d->rate >= 0 && isnan(s->p[d->rate]))
			continue;
		str_reset(&name);
		str_printf(&name, "cause.%s.touchpoint", d->name);
		row_text(o, name.p, step, "");
		for (int i = 0; i < 3; i++) {
			if (param[i] < 0 || isnan(s->p[param[i]]))
				continue;
			str_reset(&name);
			str_printf(&name, "cause.%s.%s", d->name, what[i]);
			row_real(o, name.p, s->p[param[i]]);
		}
		for (int i = 0; i < CF_COLUMNS; i++)
			named(o, f->cause[c][i], "", "cause", d->name, cause_columns[i].name);
	}
	str_release(&name);
}

static void put_groups(struct str *o, const struct sim *s, const struct facts *f)
{
	char k[48];
	for (int c = 0; c < CURRENCIES; c++)
		for (int i = 0; i < MF_COLUMNS; i++)
			named(o, f->money[c][i], "", "money", s->co->currency_name[c], money_columns[i].name);
	for (int c = 0; c < CHANNELS; c++) {
		const struct channel_def *d = &s->co->channel[c];
		named(o, (int64_t)d->cost, d->name, "channel", key(k, d->name), "cost");
		for (int i = 0; i < CH_COLUMNS; i++)
			named(o, f->channel[c][i], d->name, "channel", k, channel_columns[i].name);
	}
	if (s->kind == SAAS)
		return;
	row_text(o, "location.worst", s->co->place[PLACES - 1], "");
	for (int p = 0; p < PLACES; p++)
		for (int i = 0; i < PF_COLUMNS; i++)
			named(o, f->place[p][i], s->co->place[p], "location", key(k, s->co->place[p]), place_columns[i].name);
}

static void put_files(struct str *o, const struct file_job *job, size_t n)
{
	struct str where = STR_INIT, name = STR_INIT;
	for (size_t i = 0; i < n; i++) {
		const struct file_job *j = &job[i];
		str_reset(&where);
		str_printf(&where, "exports/%s", j->name);
		row_int(o, "file.records", (int64_t)j->records, where.p);
		row_int(o, "file.used", (int64_t)(j->records - j->rejected - j->ignored), where.p);
		row_int(o, "file.rejected", (int64_t)j->rejected, where.p);
		row_int(o, "file.ignored", (int64_t)j->ignored, where.p);
		row_int(o, "file.duplicates", (int64_t)j->duplicates, where.p);
		row_int(o, "file.updated", (int64_t)j->updated, where.p);
		for (size_t r = 0; r < j->nreject; r++) {
			str_reset(&name);
			str_printf(&name, "reject.%s", j->reject[r].code);
			row_int(o, name.p, (int64_t)j->reject[r].line, where.p);
		}
	}
	str_release(&where);
	str_release(&name);
}

void truth_text(struct str *o, const struct sim *s, const struct facts *f, const struct file_job *job, size_t njob, const struct simulate_options *opt)
{
	str_puts(o, "name,value,where\n");
	row_text(o, "simulation", company_names[s->kind], "truth/1");
	row_text(o, "wend", opt->version ? opt->version : "", "");
	row_int(o, "seed", (int64_t)s->seed, "");
	str_puts(o, "since,");
	day_text(o, s->day0);
	str_puts(o, ",\nuntil,");
	day_text(o, s->day0 + s->ndays - 1);
	str_puts(o, ",\n");
	row_text(o, "timezone", s->co->zone, "");
	row_text(o, "currency", s->co->currency_name[0], "");
	put_params(o, s);
	for (int i = 0; i < N_COUNT; i++)
		row_int(o, fact_names[i], f->n[i], "");
	row_text(o, "silent.list", "left", "truth-customers.csv");
	put_groups(o, s, f);
	put_causes(o, s, f);
	put_files(o, job, njob);
}

void settings_text(struct str *o, const struct sim *s)
{
	str_printf(o, "# what the exports do not say of themselves: wend store set --file wend.ini\n[company]\nname = %s\ntimezone = %s\ncountry = %s\ncurrency = %s\n",
		s->co->what, s->co->zone, s->co->country, s->co->currency_name[0]);
	for (int f = 0; f < F_COUNT_ALL; f++) {
		const struct family_def *d = &s->co->family[f];
		if (d->name && d->options)
			str_printf(o, "\n[sources \"%s\"]\nmatch = %s*.csv\noptions = %s\n", d->name, d->name, d->options);
	}
}

static void put_name(struct table *t, const char *name, const char *help)
{
	put_z(t, name);
	put_z(t, help);
}

enum wend_err simulate_names(struct report *r, struct err *err)
{
	struct table *t = &r->table;
	(void)err;
	table_col(t, "name", COL_TEXT, NULL, -1);
	table_col(t, "meaning", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < 9; i++)
		put_name(t, others[i].name, others[i].help);
	for (int i = 0; i < N_COUNT; i++)
		put_name(t, fact_names[i], fact_helps[i]);
	for (int i = 0; i < MF_COLUMNS; i++)
		put_name(t, arena_printf(&r->arena, "money.CODE.%s", money_columns[i].name), money_columns[i].help);
	for (int i = 0; i < CH_COLUMNS; i++)
		put_name(t, arena_printf(&r->arena, "channel.NAME.%s", channel_columns[i].name), channel_columns[i].help);
	for (int i = 0; i < PF_COLUMNS; i++)
		put_name(t, arena_printf(&r->arena, "location.NAME.%s", place_columns[i].name), place_columns[i].help);
	for (int c = 0; c < C_COUNT; c++)
		put_name(t, arena_printf(&r->arena, "cause.%s", cause_defs[c].name), cause_defs[c].what);
	for (int i = 0; i < CF_COLUMNS; i++)
		put_name(t, arena_printf(&r->arena, "cause.NAME.%s", cause_columns[i].name), cause_columns[i].help);
	for (size_t i = 9; i < sizeof others / sizeof others[0]; i++)
		put_name(t, others[i].name, others[i].help);
	return WEND_OK;
}
