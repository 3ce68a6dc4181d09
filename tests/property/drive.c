/* The store as the model sees it: records in, in small runs, and all that a cursor hands
 * out as lines. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/batch.h"

int64_t drive_ingest(struct store *s, struct dice *d, const struct file *f, struct batch_counts *c, struct err *err)
{
	struct batch_info info = { .file = f->name, .digest = f->digest, .bytes = f->n, .preset = "", .source = "test", .options = "", .tz = "UTC", .export_date = f->export_date, .kinds = KIND_ALL };
	struct batch *b = NULL;
	int64_t number = 0;
	bool any = false;
	enum wend_err e = batch_begin(&b, s, &info, err);

	memset(c, 0, sizeof *c);
	if (e)
		return 0;
	/* So many rows make a run: a file has up to a few dozen of them. */
	if (dice_below(d, 4))
		b->run_rows = 1 + dice_below(d, 12);
	if (!e)
		e = store_bans(s, &any, err);
	for (size_t i = 0, k; i < f->n && !e; i += k) {
		const struct record *r = &f->rec[i];

		k = 1 + dice_below(d, 20);
		k = k < f->n - i ? k : f->n - i;
		/* Whom the store does not want back is kept from it here, as ingest does. */
		if (any)
			k = 1;
		if (store_banned(s, r->key, r->nkeys, r->v[F_TIME]) != f->gone[i])
			e = err_set(err, WEND_E_INPUT, "row %zu: %s", i, f->gone[i] ? "somebody erased comes back" : "is taken for somebody's who was erased");
		else if (!f->gone[i])
			e = store_add(b, r, k, err);
	}
	if (e) {
		batch_abort(b);
		return 0;
	}
	return batch_commit(b, &info, c, &number, err) ? 0 : number;
}

void drive_give_up(struct store *s, struct dice *d, const struct file *f)
{
	struct batch_info info = { .file = f->name, .digest = f->digest, .preset = "", .source = "test", .options = "", .tz = "UTC", .export_date = f->export_date, .kinds = KIND_ALL };
	struct batch *b = NULL;
	struct batch_counts c = { 0 };

	if (batch_begin(&b, s, &info, NULL))
		return;
	b->run_rows = 1 + dice_below(d, 12);
	if (store_add(b, f->rec, f->n, NULL) || dice_below(d, 2))
		batch_abort(b);
	else
		batch_preview(b, &c, NULL);
}

/* ---- reading ---- */

enum { ITEMS_MAX = 4096 };

static void record_of(struct record *out, struct item *item, struct attr *attr, struct store *s, const struct rows *r, size_t i)
{
	record_clear(out);
	out->kind = (enum kind)r->kind[i];
	out->v[F_TIME] = r->time[i];
	for (int f = F_ID; f < F_COUNT; f++) {
		int64_t v = r->f[f] ? r->f[f][i] : WEND_NONE;

		if (v == WEND_NONE || field_defs[f].item)
			continue;
		if (f == F_ID)
			out->id = rows_text(r, v);
		else if (field_defs[f].type == FT_WORD)
			out->s[f] = store_word(s, v);
		else if (field_defs[f].type == FT_TEXT)
			out->s[f] = rows_text(r, v);
		else
			out->v[f] = v;
	}
	for (uint32_t k = r->item_from[i]; k < r->item_from[i + 1] && out->nitems < ITEMS_MAX; k++) {
		int64_t v[4];

		for (int c = 0; c < 4; c++)
			v[c] = r->item_f[c] ? r->item_f[c][k] : WEND_NONE;
		item[out->nitems++] = (struct item){ v[0] == WEND_NONE ? SV_NONE : store_word(s, v[0]), v[1] == WEND_NONE ? SV_NONE : store_word(s, v[1]), v[2], v[3] };
	}
	for (uint32_t k = r->attr_from[i]; k < r->attr_from[i + 1] && out->nattrs < 16; k++)
		attr[out->nattrs++] = (struct attr){ store_word(s, r->attr_name[k]), rows_text(r, r->attr_value[k]) };
	out->item = item;
	out->attr = attr;
}

static void customer_put(struct state *out, struct str *text, struct store *s, const struct rows *r)
{
	struct sv who = r->customer ? store_customer(s, r->customer) : SV("nobody");
	struct record rec;
	static struct item item[ITEMS_MAX];
	struct attr attr[16];

	str_sv(text, r->guest ? SV("guest") : who);
	str_putc(text, '\n');
	for (size_t i = 0; i < r->n; i++) {
		uint32_t rows = r->source_rows ? r->source_rows[i] : 1;

		record_of(&rec, item, attr, s, r, i);
		record_line(text, &rec, rows);
		out->rows[rec.kind] += rows;
	}
	out->records += (int64_t)r->n;
}

static char *refused(const struct err *err)
{
	struct str s = STR_INIT;

	str_printf(&s, "! %s\n", err->msg);
	return str_detach(&s);
}

void store_state(struct state *out, struct store *s, int parts, uint32_t only)
{
	char **block = NULL;
	size_t n = 0, cap = 0;

	memset(out, 0, sizeof *out);
	for (int part = 0; part < parts; part++) {
		struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .attrs = true, .nobody = !only, .from = INT64_MIN, .to = INT64_MAX, .part = part, .parts = parts, .only = only };
		struct err err = ERR_INIT;
		struct cursor *c = NULL;
		struct rows r;

		for (int f = 0; f < F_COUNT; f++)
			if (!field_defs[f].item)
				fields_add(&spec.fields, (enum field)f);
		if (!cursor_open(&c, s, &spec, &err))
			while (cursor_next(c, &r, &err)) {
				struct str text = STR_INIT;

				customer_put(out, &text, s, &r);
				GROW(block, cap, n + 1);
				block[n++] = str_detach(&text);
			}
		cursor_close(c);
		if (err.code) {
			GROW(block, cap, n + 1);
			block[n++] = refused(&err);
		}
	}
	state_blocks(out, block, n);
	free(block);
}
