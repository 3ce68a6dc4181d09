/* Histories of real files: a record as a row of CSV, and what ingest is told of it. Every
 * file holds one kind; an order without lines is a row, one with lines has a row for each. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wend/ingest.h"

static const uint8_t plain_kinds[] = { KIND_ORDERS, KIND_ORDERS, KIND_CUSTOMERS, KIND_INTERACTIONS, KIND_INTERACTIONS, KIND_PAYMENTS, KIND_SUBSCRIPTIONS };
uint8_t plain_kind(uint64_t seed)
{
	return plain_kinds[mixed(seed, 31, 0, 0) % sizeof plain_kinds];
}

/* ---- what a record says ---- */

struct plain_column {
	enum field field;
	const char *words[4];
};
static const struct plain_column columns[KIND_COUNT][4] = {
	[KIND_CUSTOMERS] = { { F_SEGMENT, { "big", "small", NULL, "new" } }, { F_COUNTRY, { "PT", "DE", "US", NULL } } },
	[KIND_ORDERS] = { { F_STATUS, { "open", "done", NULL, "sent" } }, { F_CHANNEL, { "web", "shop", NULL, "phone" } }, { F_LOCATION, { "Lisbon", "Porto", NULL, NULL } } },
	[KIND_INTERACTIONS] = { { F_TOUCHPOINT, { "call", "mail", "visit", "chat" } }, { F_CHANNEL, { "phone", "web", NULL, "shop" } }, { F_AGENT, { "Ana", "Rui", NULL, NULL } } },
	[KIND_PAYMENTS] = { { F_STATUS, { "paid", "failed", "paid", "pending" } } },
	[KIND_SUBSCRIPTIONS] = { { F_PLAN, { "basic", "plus", NULL, "team" } }, { F_STATUS, { "active", "active", NULL, "cancelled" } } },
};

static void plain_items(struct world *w, struct record *r, const struct saying *s, struct dice *d)
{
	uint32_t n = plain_lines(w, s), from = s->line < 0 ? 0 : (uint32_t)s->line, to = s->line < 0 ? n : from + 1;
	struct item *v = arena_alloc(&w->arena, (n + 1) * sizeof *v);

	r->v[F_AMOUNT] = 0;
	for (uint32_t i = 0; i < n; i++) {
		v[i] = (struct item){ sv_of(arena_printf(&w->arena, "p%u", i)), SV_NONE, 1000000 * (1 + dice_below(d, 3)), 100 * (1 + dice_below(d, 9)) };
		r->v[F_AMOUNT] += i >= from && i < to ? v[i].amount : 0;
	}
	r->item = v + from;
	r->nitems = to - from;
	r->rows = r->nitems;
}

/* Lines of an order in a file of lines. */
uint32_t plain_lines(const struct world *w, const struct saying *s)
{
	return 1 + (uint32_t)(mixed(w->seed, 7, (uint64_t)s->id, 0) % 3);
}

void plain_record(struct world *w, const struct file *f, const struct saying *s, struct record *r, struct dice *d)
{
	for (int c = 0; c < 4 && columns[s->kind][c].field; c++) {
		const char *word = columns[s->kind][c].words[dice_below(d, 4)];

		r->s[columns[s->kind][c].field] = sv_of(word);
	}
	if (r->v[F_TIME] != WEND_NONE && !wtime_is_day(r->v[F_TIME]))
		r->v[F_OFFSET_S] = 0;
	if (s->kind == KIND_ORDERS || s->kind == KIND_PAYMENTS) {
		r->v[F_AMOUNT] = 100 * (1 + dice_below(d, 30));
		r->v[F_CURRENCY] = 'E' << 16 | 'U' << 8 | 'R';
	}
	/* Money that did not come, or not yet. */
	if (s->kind == KIND_PAYMENTS && !sv_is(r->s[F_STATUS], "paid"))
		r->v[F_COUNTED] = 0;
	if (s->kind == KIND_ORDERS && f->lines)
		plain_items(w, r, s, d);
}

/* ---- as a row ---- */

static void put_time(struct str *out, int64_t w)
{
	int y, m, d;
	int64_t s = w >> 1;

	if (w == WEND_NONE)
		return;
	civil_ymd((int32_t)(s / 86400), &y, &m, &d);
	str_printf(out, "%04d-%02d-%02d", y, m, d);
	if (!wtime_is_day(w))
		str_printf(out, "T%02d:%02d:%02dZ", (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
}

static void put_key(struct str *out, const struct record *r, enum key_space space)
{
	str_putc(out, ',');
	for (int k = 0; k < r->nkeys; k++)
		if (r->key[k].space == space)
			str_sv(out, r->key[k].value);
}

static void put_row(struct str *out, const struct file *f, const struct record *r, uint32_t line)
{
	str_sv(out, r->id);
	put_key(out, r, SPACE_HAND);
	put_key(out, r, SPACE_MAIL);
	put_key(out, r, SPACE_TEL);
	put_key(out, r, SPACE_VISITOR);
	str_putc(out, ',');
	put_time(out, r->v[F_TIME]);
	for (int c = 0; c < 4 && columns[r->kind][c].field; c++) {
		str_putc(out, ',');
		str_sv(out, r->s[columns[r->kind][c].field]);
	}
	if (r->kind == KIND_ORDERS || r->kind == KIND_PAYMENTS) {
		int64_t amount = r->nitems ? r->item[line].amount : r->v[F_AMOUNT];

		str_printf(out, ",%lld.%02lld,EUR", (long long)(amount / 100), (long long)(amount % 100));
	}
	if (f->lines) {
		str_putc(out, ',');
		str_sv(out, r->item[line].product);
		str_printf(out, ",%lld", (long long)(r->item[line].quantity / 1000000));
	}
	if (f->stamped) {
		str_putc(out, ',');
		put_time(out, r->v[F_UPDATED]);
	}
	str_putc(out, '\n');
}

static void put_header(struct str *out, const struct file *f)
{
	enum kind k = (enum kind)f->kind;

	str_printf(out, "%s,customer,email,phone,visitor,%s", field_name(k, F_ID), field_name(k, F_TIME));
	for (int c = 0; c < 4 && columns[k][c].field; c++)
		str_printf(out, ",%s", field_defs[columns[k][c].field].name);
	if (k == KIND_ORDERS || k == KIND_PAYMENTS)
		str_puts(out, ",amount,currency");
	if (f->lines)
		str_puts(out, ",product,quantity");
	str_puts(out, f->stamped ? ",updated\n" : "\n");
}

void file_text(struct str *out, const struct file *f)
{
	put_header(out, f);
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t line = 0; line < (f->rec[i].nitems ? f->rec[i].nitems : 1); line++)
			put_row(out, f, &f->rec[i], line);
}

/* ---- ingest ---- */

/* Without a date of its own an export is as new as the newest change it tells of. */
static void newest(struct file *f)
{
	for (size_t i = 0; i < f->n && !f->dated; i++)
		if (f->rec[i].v[F_UPDATED] != WEND_NONE && f->rec[i].v[F_UPDATED] > f->export_date && !f->gone[i])
			f->export_date = f->rec[i].v[F_UPDATED];
}

static bool write_text(const char *path, const struct str *text)
{
	FILE *out = fopen(path, "w");
	bool ok = out && fwrite(text->p, 1, text->n, out) == text->n;

	return out ? !fclose(out) && ok : false;
}

int64_t files_ingest(struct store *s, const char *dir, struct file *f, bool *already, struct err *err)
{
	struct str text = STR_INIT, path = STR_INIT, date = STR_INIT;
	struct ingest_options o = { .as = kind_names[f->kind], .tz = "UTC", .grain = f->kind == KIND_ORDERS ? f->lines ? "line" : "order" : NULL, .max_rejects = "0", .quiet = true };
	struct ingest_result res;
	int64_t batch = 0;

	file_text(&text, f);
	f->digest = digest128(text.p, text.n);
	f->dated = f->export_date != WEND_NONE;
	if (f->dated) {
		put_time(&date, f->export_date);
		o.export_date = date.p;
	}
	newest(f);
	str_printf(&path, "%s/%s-%s", dir, kind_names[f->kind], f->name);
	if (!write_text(path.p, &text)) {
		err_set(err, WEND_E_STORE, "cannot write '%s'", path.p);
	} else if (!ingest_file(s, path.p, &o, &res, err)) {
		batch = res.batch;
		*already = res.already;
		ingest_result_release(&res);
	} else {
		ingest_result_release(&res);
	}
	(void)unlink(path.p);
	str_release(&text);
	str_release(&path);
	str_release(&date);
	return batch;
}
