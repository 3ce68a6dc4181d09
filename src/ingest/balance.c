/* What ingest says of a file: what it took it for and why, a balance that adds up, and
 * what looks odd. */
#include "opening.h"

static const char *separator_name(char c)
{
	return c == ',' ? "comma" : c == ';' ? "semicolon" : c == '\t' ? "tab" : c == '|' ? "bar" : "one column";
}

static void plural(struct str *out, uint64_t n, const char *one, const char *many)
{
	str_printf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

static void zone_words(struct str *out, const struct plan *p)
{
	bool days = true, offset = false, tz = false;
	const char *fixed = NULL;
	for (uint32_t k = 0; k < p->nsection; k++)
		for (uint32_t i = 0; i < p->section[k].nstep; i++) {
			const struct time_col *t = p->section[k].step[i].time;
			if (!t || !t->values)
				continue;
			bool clock = t->clock || t->midnight;
			days &= t->as_days || (!clock && !t->has_offset);
			offset |= t->has_offset || t->mode == ZM_COLUMN;
			if (clock && !t->as_days && t->mode == ZM_FIXED)
				fixed = zone_name(t->zone);
			tz |= clock && !t->as_days && t->mode != ZM_FIXED && t->mode != ZM_COLUMN && p->tz;
		}
	str_puts(out, "  zone: ");
	if (fixed)
		str_puts(out, fixed);
	else if (tz)
		str_puts(out, p->tz_name);
	else if (offset)
		str_puts(out, "from file");
	else
		str_puts(out, days ? "none needed" : "from file");
}

static void first_line(struct str *out, const struct balance *b)
{
	str_puts(out, b->p->preset->name);
	if (b->r && b->r->best.p)
		str_printf(out, " (%zu/%zu names)", b->r->best.known, b->r->best.known_n);
	str_printf(out, "  %s%s %s", csv_encoding(b->c), csv_bom(b->c) ? "+BOM" : "", separator_name(csv_separator(b->c)));
	zone_words(out, b->p);
	if (b->b->nsum) {
		str_puts(out, "  money: ");
		for (int i = 0; i < b->b->nsum; i++) {
			char code[4] = "";
			currency_text(code, b->b->sum[i].c);
			str_printf(out, "%s%s", i ? ", " : "", code);
		}
	}
	str_putc(out, '\n');
}

static void second_line(struct str *out, const struct balance *b)
{
	const struct batch_counts *c = b->counts;
	plural(out, csv_lines(b->c), "line", "lines");
	str_puts(out, ", ");
	plural(out, c->records, "record", "records");
	str_printf(out, " = %" PRIu64 " used + %" PRIu64 " rejected + %" PRIu64 " ignored", c->used, c->rejected, c->ignored);
	if (b->nignored) {
		str_puts(out, " (");
		for (int i = 0; i < b->nignored; i++)
			str_printf(out, "%s%" PRIu64 " %s", i ? ", " : "", b->ignored_n[i], b->ignored[i]);
		str_putc(out, ')');
	}
	str_printf(out, "\nused = %" PRIu64 " added + %" PRIu64 " updated + %" PRIu64 " duplicates", c->added, c->updated, c->duplicates);
	const char *sep = "   ";
	for (int k = 0; k < KIND_COUNT; k++)
		if (b->b->per_kind[k] && k != KIND_CUSTOMERS) {
			str_printf(out, "%s%" PRIu64 " %s", sep, b->b->per_kind[k], kind_names[k]);
			sep = ", ";
		}
	if (c->items)
		str_printf(out, "%s%" PRIu64 " items", sep, c->items);
	if (c->customers || c->guests) {
		str_puts(out, c->items || sep[0] == ',' ? ", " : sep);
		plural(out, c->customers, "customer", "customers");
		str_printf(out, " (%" PRIu64 " new)", c->customers_new);
	}
	if (c->guests) {
		str_puts(out, ", ");
		plural(out, c->guests, "guest", "guests");
	}
	str_putc(out, '\n');
}

static void money_line(struct str *out, const struct balance *b)
{
	const struct builder *x = b->b;
	bool any = false;
	if (b->counts->first != WEND_NONE) {
		day_text(out, floor_day(wtime_secs(b->counts->first)));
		str_puts(out, " .. ");
		day_text(out, floor_day(wtime_secs(b->counts->last)));
		any = true;
	}
	for (int i = 0; i < x->nsum; i++) {
		const struct money_sum *m = &x->sum[i];
		int e = m->c ? currency_exponent(m->c) : 2;
		char code[4] = "";
		if (m->c)
			currency_text(code, m->c);
		str_puts(out, any ? "   gross " : "gross ");
		if (m->overflow)
			str_puts(out, "too large to show");
		else
			str_minor(out, m->gross, e);
		if (m->refunds && !m->overflow) {
			str_puts(out, "  refunds ");
			str_minor(out, m->refunds, e);
		}
		if (*code)
			str_printf(out, " %s", code);
		any = true;
	}
	for (int i = 0; i < x->nstatus; i++)
		str_printf(out, "%s%" PRIu64 " %s", i ? ", " : any ? "   not counted: " : "not counted: ", x->status[i].n, x->status[i].name);
	if (any || x->nstatus)
		str_putc(out, '\n');
}

static void matched_line(struct str *out, const struct balance *b)
{
	static const char *const words[SPACE_GUEST + 1] = { "customer id", "e-mail", "telephone", "product id", "visitor", "guest" };
	const struct batch_counts *c = b->counts;
	if (!c->used || !c->matched)
		return;
	str_printf(out, "matched: %.0f %% of rows belong to customers known before", 100.0 * (double)c->matched / (double)c->used);
	const char *sep = " (";
	for (int i = 0; i < SPACE_GUEST; i++)
		if (c->matched_by[i]) {
			str_printf(out, "%s%" PRIu64 " by %s", sep, c->matched_by[i], words[i]);
			sep = ", ";
		}
	str_puts(out, sep[0] == ',' ? ")\n" : "\n");
}

static void smell_lines(struct str *out, const struct balance *b)
{
	const struct smells *s = &b->b->smell;
	if (b->b->per_kind[KIND_SUBSCRIPTIONS] > 4 && !s->cancelled)
		str_puts(out, "note: no subscription of this file ever ended; was it filtered to active ones?\n");
	if (s->no_currency)
		str_printf(out, "note: rows whose currency is empty: %" PRIu64 "\n", s->no_currency);
	if (s->times > 4 && s->times == s->midnights)
		str_puts(out, "note: all times are 00:00\n");
	if (s->future)
		str_printf(out, "note: records later than today: %" PRIu64 "\n", s->future);
	if (s->undated_refunds)
		str_printf(out, "note: refunds without a date of their own, dated with their sale: %" PRIu64 "\n", s->undated_refunds);
	if (s->odd_mail)
		str_printf(out, "note: e-mail cells that hold no address: %" PRIu64 "\n", s->odd_mail);
	if (s->odd_phone)
		str_printf(out, "note: telephone numbers without a country code: %" PRIu64 "%s\n", s->odd_phone, b->p->country ? "" : "; --country CC makes them keys");
	uint32_t left = 0;
	struct str names = STR_INIT;
	for (uint32_t i = 0; i < b->p->ncol && b->p->preset->by_hand; i++)
		if (!b->p->used[i] && b->p->col[i].n && ++left <= 8)
			str_printf(&names, "%s%.*s", left > 1 ? ", " : "", (int)b->p->col[i].n, b->p->col[i].p);
	if (left)
		str_printf(out, "note: columns that are not read (%" PRIu32 "): %s%s; --keep COLUMN keeps one\n", left, names.p, left > 8 ? " ..." : "");
	str_release(&names);
}

void balance_text(struct str *out, const struct balance *b)
{
	const char *const *w;
	first_line(out, b);
	second_line(out, b);
	money_line(out, b);
	matched_line(out, b);
	if (b->tail_from)
		str_printf(out, "the first %" PRIu64 " bytes are known already; only the rows behind them were read\n", b->tail_from);
	smell_lines(out, b);
	size_t n = sheet_warnings(b->s, &w);
	for (size_t i = 0; i < n && (b->verbose || i < 6); i++)
		str_printf(out, "note: %s\n", w[i]);
	if (b->rejects->n) {
		str_puts(out, "rejected:\n");
		str_sv(out, str_view(&b->rejects->first));
		if (b->rejects->n > 5)
			str_printf(out, "... %" PRIu64 " more\n", b->rejects->n - 5);
		if (b->rejects->path)
			str_printf(out, "all %" PRIu64 " are in '%s'; correct them there and ingest that file\n", b->rejects->n, b->rejects->path);
	}
	if (b->dry_run)
		str_puts(out, "dry run: nothing was written\n");
	else if (b->batch)
		str_printf(out, "batch %" PRId64 " in '%s'\n", b->batch, b->store);
}

/* Which column became which field, and what was proved. */
void balance_explain(struct str *out, const struct balance *b)
{
	if (b->r && b->r->best.p)
		str_printf(out, "recognised: %s, %.2f of the required names, %zu names in all", b->r->best.p->name, b->r->best.share, b->r->best.known);
	if (b->r && b->r->second.p)
		str_printf(out, "; next: %s, %.2f, %zu names", b->r->second.p->name, b->r->second.share, b->r->second.known);
	if (b->r && b->r->best.p)
		str_putc(out, '\n');
	for (uint32_t k = 0; k < b->p->nsection; k++)
		for (uint32_t i = 0; i < b->p->section[k].nstep; i++) {
			const struct step *s = &b->p->section[k].step[i];
			static const char *const keys[] = { "customer", "e-mail", "telephone", "product id", "visitor", "guest" };
			struct sv what = s->op == STEP_KEEP ? s->space : sv_of(s->op == STEP_KEY ? keys[s->m->space] : s->op == STEP_PRICE ? "price" : s->op == STEP_LIST ? "list" : field_name(b->p->section[k].kind, s->field));
			str_printf(out, "map: %s.%.*s <- %.*s", kind_names[b->p->section[k].kind], (int)what.n, what.p, (int)s->m->from.text.n, s->m->from.text.p);
			if (s->time && s->time->chosen >= 0 && s->time->nform > 1)
				str_printf(out, "  (%s)", s->time->form[s->time->chosen].iso ? "iso" : s->time->form[s->time->chosen].pattern[0]);
			if (s->num && s->num->decimal)
				str_printf(out, "  (decimal %s)", s->num->decimal == ',' ? "comma" : "point");
			str_putc(out, '\n');
		}
}
