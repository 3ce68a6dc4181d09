/* Rows to records. A record may take several rows (lines of an order) and a row may yield
 * several records (a ticket and the score given for it); whatever happens to a row is
 * counted once: used, rejected or ignored.
 *
 * Records are filled in place in a group of slots that is handed to the store when full.
 * A slot keeps the section it was made for; every step writes its field, so nothing needs
 * clearing from row to row. */
#include "build.h"

#include "wend/hash.h"

static int by_hash(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

void builder_init(struct builder *b, struct plan *p)
{
	if (p->nparted > p->nparted_known)
		qsort(p->parted, p->nparted, sizeof *p->parted, by_hash);
	p->nparted_known = p->nparted;
	*b = (struct builder){ .plan = p, .newest_updated = WEND_NONE };
	b->rec = xcalloc(GROUP_RECORDS, sizeof *b->rec);
	b->slot_section = xcalloc(GROUP_RECORDS, sizeof *b->slot_section);
	b->from_item = xcalloc(GROUP_RECORDS + 1, sizeof *b->from_item);
	b->from_attr = xcalloc(GROUP_RECORDS + 1, sizeof *b->from_attr);
}

void builder_release(struct builder *b)
{
	free(b->rec);
	free(b->slot_section);
	free(b->from_item);
	free(b->from_attr);
	free(b->item);
	free(b->attr);
	pool_release(&b->pool);
	free(b->weight);
	free(b->seen);
	free(b->key);
	pool_release(&b->keys);
	free(b->raws);
	str_release(&b->skip_key);
	str_release(&b->damaged_key);
	*b = (struct builder){ 0 };
}

enum wend_err builder_reject(struct builder *b, const struct fault *f, struct sv raw, struct err *err)
{
	b->rejected++;
	return b->rejects ? rejects_add(b->rejects, b->plan->opening, b->plan->preset, f, raw, err) : WEND_OK;
}

/* ---- handing over ---- */

static enum wend_err group_close(struct builder *b, struct err *err);

enum wend_err builder_flush(struct builder *b, bool end, struct err *err)
{
	enum wend_err e = WEND_OK;
	if (end && b->open)
		e = group_close(b, err);
	if (e || !b->n)
		return e;
	b->from_item[b->n] = (uint32_t)b->nitem;
	b->from_attr[b->n] = (uint32_t)b->nattr;
	for (size_t i = 0; i < b->n; i++) {
		struct record *r = &b->rec[i];
		r->nitems = b->from_item[i + 1] - b->from_item[i];
		r->item = r->nitems ? b->item + b->from_item[i] : NULL;
		r->nattrs = b->from_attr[i + 1] - b->from_attr[i];
		r->attr = r->nattrs ? b->attr + b->from_attr[i] : NULL;
	}
	e = store_add(b->batch, b->rec, b->n, err);
	b->n = b->nitem = b->nattr = 0;
	pool_reset(&b->pool);
	return e;
}

/* ---- what the balance tells ---- */

static struct money_sum *sum_of(struct builder *b, currency c)
{
	for (int i = 0; i < b->nsum; i++)
		if (b->sum[i].c == c)
			return &b->sum[i];
	if (b->nsum == (int)(sizeof b->sum / sizeof b->sum[0]))
		return NULL;
	b->sum[b->nsum] = (struct money_sum){ .c = c };
	return &b->sum[b->nsum++];
}

static void count_status(struct builder *b, struct sv status)
{
	struct sv name = status.p ? status : SV("not counted");
	for (int i = 0; i < b->nstatus; i++)
		if (sv_eq(sv_of(b->status[i].name), name)) {
			b->status[i].n++;
			return;
		}
	if (b->nstatus < (int)(sizeof b->status / sizeof b->status[0]) && name.n < sizeof b->status[0].name) {
		memcpy(b->status[b->nstatus].name, name.p, name.n);
		b->status[b->nstatus].name[name.n] = 0;
		b->status[b->nstatus++].n = 1;
	}
}

static void tell(struct builder *b, const struct record *r)
{
	b->per_kind[r->kind]++;
	int64_t t = r->v[F_TIME];
	if (t != WEND_NONE) {
		b->smell.future += wtime_secs(t) > b->plan->now;
		if (!wtime_is_day(t)) {
			b->smell.times++;
			b->smell.midnights += wtime_secs(t) % 86400 == 0;
		}
	}
	if (r->v[F_UPDATED] != WEND_NONE && (b->newest_updated == WEND_NONE || r->v[F_UPDATED] > b->newest_updated))
		b->newest_updated = r->v[F_UPDATED];
	b->smell.cancelled += r->kind == KIND_SUBSCRIPTIONS && (r->v[F_CANCELLED] != WEND_NONE || r->v[F_END] != WEND_NONE);
	if (r->kind != KIND_ORDERS && r->kind != KIND_PAYMENTS && r->kind != KIND_INVOICES && r->kind != KIND_SPEND)
		return;
	int64_t amount = r->v[F_AMOUNT], back = r->v[F_REFUNDED];
	if (r->v[F_COUNTED] == 0) {
		count_status(b, r->s[F_STATUS]);
		return;
	}
	struct money_sum *m = amount == WEND_NONE ? NULL : sum_of(b, (currency)r->v[F_CURRENCY]);
	if (!m)
		return;
	int64_t *to = amount < 0 ? &m->refunds : &m->gross;
	m->overflow |= __builtin_add_overflow(*to, amount < 0 ? -amount : amount, to);
	if (back != WEND_NONE && back)
		m->overflow |= __builtin_add_overflow(m->refunds, back < 0 ? -back : back, &m->refunds);
	b->smell.undated_refunds += back != WEND_NONE && back && r->v[F_REFUND_TIME] == WEND_NONE;
}

/* ---- one row into the open group ---- */

static struct record *slot_take(struct builder *b, uint32_t section)
{
	struct record *r = &b->rec[b->n];
	struct plan_section *s = &b->plan->section[section];
	if (b->slot_section[b->n] != section + 1) {
		record_clear(r);
		r->kind = s->kind;
		r->id_space = b->plan->id_space;
		b->slot_section[b->n] = section + 1;
	}
	r->nkeys = 0;
	r->v[F_COUNTED] = WEND_NONE;
	b->from_item[b->n] = (uint32_t)b->nitem;
	b->from_attr[b->n] = (uint32_t)b->nattr;
	b->n++;
	return r;
}

static void row_into_group(struct builder *b, const struct sheet_row *row)
{
	struct plan *p = b->plan;
	for (uint32_t k = 0; k < p->nsection; k++) {
		struct plan_section *s = &p->section[k];
		if (s->when.never || (s->when.n && !bcond_holds(&s->when, p, row->f)))
			continue;
		struct record *r = NULL;
		for (size_t i = b->open_at; i < b->n && !r; i++)
			if (b->slot_section[i] == k + 1)
				r = &b->rec[i];
		bool first = !r;
		if (first) {
			r = slot_take(b, k);
			r->line = row->line;
			if (s->s->has_counted && !bcond_holds(&s->counted, p, row->f))
				r->v[F_COUNTED] = 0;
		} else {
			b->lines_here = true;
		}
		int64_t before = first || r->v[F_AMOUNT] == WEND_NONE ? 0 : r->v[F_AMOUNT];
		size_t items = b->nitem;
		if (!line_fill(b, s, r, row, first))
			return;
		/* Lines mapped by hand: do all lines of an order carry one figure (its total,
		 * repeated), or each its own? */
		if (p->sum_lines && s->amount >= 0 && r->v[F_AMOUNT] != WEND_NONE) {
			int64_t own = r->v[F_AMOUNT] - before;
			if (first)
				b->first_amount = own;
			else
				b->amounts_differ |= own != b->first_amount;
			if (b->nitem > items)
				b->weight[b->nitem - 1] = b->item[b->nitem - 1].amount = own;
		}
	}
}

static void group_drop(struct builder *b)
{
	b->nitem = b->n > b->open_at ? b->from_item[b->open_at] : b->nitem;
	b->nattr = b->n > b->open_at ? b->from_attr[b->open_at] : b->nattr;
	b->n = b->open_at;
}

/* Nothing of the open record is left: its texts go, too. */
static void texts_drop(struct builder *b)
{
	if (b->n)
		pool_back(&b->pool, b->open_mark);
	else
		pool_reset(&b->pool);
}

static enum wend_err reject_group(struct builder *b, struct err *err)
{
	struct fault f = b->fault;
	enum wend_err e = WEND_OK;
	bool one = b->open_rows == 1;
	if (!b->plan->grouped)
		return builder_reject(b, &f, b->row->raw, err);
	for (size_t i = 0; !e && i < b->nraws; i++) {
		const struct kept_row *at = &b->raws[i];
		f.line = at->line;
		f.byte = at->byte;
		/* The row with the fault says what it is; its companions say that they go with it. */
		if (!one && at->line != b->fault.line) {
			f.column = 0;
			f.code = "record";
			snprintf(f.message, sizeof f.message, "goes with line %" PRIu64, b->fault.line);
			f.hint = NULL;
		} else {
			f = b->fault;
		}
		e = builder_reject(b, &f, at->raw, err);
	}
	return e;
}

static struct plan_section *section_of(struct builder *b, size_t slot)
{
	return &b->plan->section[b->slot_section[slot] - 1];
}

/* Behind a part that was read before, a record without an id: only the whole file tells
 * how many equal ones it holds. */
static enum wend_err needs_whole_file(struct builder *b, struct err *err)
{
	b->again = b->whole_file = true;
	return err_set(err, WEND_E_INPUT, "line %" PRIu64 " has no id, and the rows before it were not read again", b->open_line);
}

static enum wend_err group_close(struct builder *b, struct err *err)
{
	enum wend_err e = WEND_OK;
	struct sheet_row at = { .line = b->open_line, .byte = b->open_byte };
	b->open = false;
	for (size_t i = b->open_at; b->bans && i < b->n && !b->erased_here; i++)
		b->erased_here = record_erased(b, &b->rec[i]);
	if (b->erased_here) {
		group_drop(b);
		texts_drop(b);
		b->ignored += b->open_rows;
		b->erased += b->open_rows;
		return WEND_OK;
	}
	for (size_t i = b->open_at; i < b->n && !b->bad; i++)
		record_finish(b, section_of(b, i), &b->rec[i], &at);
	if (b->bad) {
		group_drop(b);
		if (!strcmp(b->fault.code, "no-currency"))
			return err_set(err, WEND_E_INPUT, "line %" PRIu64 ": %s; %s", b->fault.line, b->fault.message, b->fault.hint);
		e = reject_group(b, err);
		texts_drop(b);
		return e;
	}
	if (b->n == b->open_at) {
		texts_drop(b);
		b->ignored += b->open_rows;
		b->no_section += b->open_rows;
		return WEND_OK;
	}
	for (size_t i = b->open_at; i < b->n && b->skipped; i++)
		if (!b->rec[i].s[F_ID].p)
			return needs_whole_file(b, err);
	b->used += b->open_rows;
	if (b->lines_here) {
		b->many_lines++;
		b->lines_differ += b->amounts_differ;
	}
	for (size_t i = b->open_at; i < b->n; i++) {
		struct record *r = &b->rec[i];
		r->id = r->s[F_ID];
		r->position = b->position++;
		r->rows = i == b->open_at ? (uint32_t)b->open_rows : 0;
		tell(b, r);
	}
	if (b->n + b->plan->nsection > GROUP_RECORDS)
		e = builder_flush(b, false, err);
	return e;
}

/* ---- groups ---- */

static void key_set(struct builder *b, struct sv key)
{
	b->has_key = key.p != NULL;
	if (!b->has_key)
		return;
	GROW(b->key, b->key_cap, key.n);
	memcpy(b->key, key.p, key.n);
	b->key_n = key.n;
}

/* The last byte first: ids that follow one another differ there. */
static bool key_is(const struct builder *b, struct sv key)
{
	return b->has_key && key.n == b->key_n && key.p[key.n - 1] == b->key[key.n - 1] && !memcmp(key.p, b->key, key.n);
}

/* Has a group with this key been closed before? Keys that only grow need no memory; the
 * first that does not makes the file be read again with a table of all keys. */
static bool scattered(struct builder *b, struct sv key)
{
	if (!b->plan->key_table) {
		if (key.n < b->key_n || (key.n == b->key_n && memcmp(key.p, b->key, key.n) <= 0))
			b->again = b->plan->key_table = true;
		return false;
	}
	if (b->nseen * 2 >= b->seen_cap) {
		size_t cap = b->seen_cap ? b->seen_cap * 2 : 4096;
		uint64_t *to = xcalloc(cap, sizeof *to);
		for (size_t i = 0; i < b->seen_cap; i++)
			if (b->seen[i]) {
				size_t at = b->seen[i] & (cap - 1);
				while (to[at])
					at = (at + 1) & (cap - 1);
				to[at] = b->seen[i];
			}
		free(b->seen);
		b->seen = to;
		b->seen_cap = cap;
	}
	uint64_t h = hash64(key.p, key.n) | 1;
	size_t at = h & (b->seen_cap - 1);
	for (; b->seen[at]; at = (at + 1) & (b->seen_cap - 1))
		if (b->seen[at] == h)
			return true;
	b->seen[at] = h;
	b->nseen++;
	return false;
}

/* Rows of one record in two places: one of them is damaged, or the file is not sorted by
 * its key. None of its rows is used, so those that came before are found in another pass. */
static void parted_fault(struct builder *b, const struct sheet_row *row, struct sv key)
{
	struct plan *p = b->plan;
	const struct sv by = p->preset->group.text;
	fault_set(b, row, 0, "two-places", "sort the file, or correct the row", "rows of '%.*s' stand in two places of the file; sort it by '%.*s' first",
		key.n > 60 ? 60 : (int)key.n, key.p, by.n > 60 ? 60 : (int)by.n, by.p);
}

static void check_parted(struct builder *b, const struct sheet_row *row, struct sv key)
{
	struct plan *p = b->plan;
	const uint64_t h = hash64(key.p, key.n) | 1;
	bool known = p->nparted_known && bsearch(&h, p->parted, p->nparted_known, sizeof h, by_hash);
	if (scattered(b, key) && !known) {
		GROW(p->parted, p->parted_cap, p->nparted + 1);
		p->parted[p->nparted++] = h;
		known = true;
	}
	if (known)
		parted_fault(b, row, key);
}

static void group_open(struct builder *b, const struct sheet_row *row)
{
	b->open = true;
	b->open_at = b->n;
	b->open_rows = 0;
	b->open_line = row->line;
	b->open_byte = row->byte;
	b->bad = b->lines_here = b->amounts_differ = b->erased_here = false;
	b->nraws = 0;
	b->open_mark = pool_here(&b->pool);
}

/* The known part ends inside this record: everything is read after all. */
static enum wend_err tail_cut(struct builder *b, const struct sheet_row *row, struct err *err)
{
	b->again = b->whole_file = true;
	return err_set(err, WEND_E_INPUT, "line %" PRIu64 " belongs to a record of the part read before", row->line);
}

/* One copy of the row serves all its texts, and the rejects file. */
static void keep_row(struct builder *b, const struct sheet_row *row)
{
	b->raw = row->raw;
	b->raw_kept = pool_copy(&b->pool, row->raw).p;
	if (!b->plan->grouped)
		return;
	GROW(b->raws, b->raws_cap, b->nraws + 1);
	struct kept_row *k = &b->raws[b->nraws++];
	k->line = row->line;
	k->byte = row->byte;
	k->raw.p = b->raw_kept;
	k->raw.n = row->raw.n;
}

/* Text of the group's column in a line that has no sound grammar, by its separators. */
static struct sv rough_key(const struct builder *b, struct sv raw)
{
	if (!b->plan->grouped || b->plan->group.single < 0)
		return SV_NONE;
	struct sv rest = raw, cell = SV_NONE;
	for (int32_t c = 0; c <= b->plan->group.single; c++)
		if (!sv_cut(&rest, b->plan->opening->sep, &cell))
			return SV_NONE;
	cell = sv_trim(cell);
	while (cell.n && cell.p[0] == '"')
		cell = sv_n(cell.p + 1, cell.n - 1);
	while (cell.n && cell.p[cell.n - 1] == '"')
		cell.n--;
	return cell;
}

void builder_damaged(struct builder *b, const struct sheet_row *row, const struct fault *f)
{
	struct sv key = rough_key(b, row->raw);
	if (!key.n)
		return;
	str_reset(&b->damaged_key);
	str_sv(&b->damaged_key, key);
	if (b->open && key_is(b, key) && !b->bad) {
		b->bad = true;
		b->fault = *f;
	}
}

enum wend_err builder_row(struct builder *b, const struct sheet_row *row, struct err *err)
{
	struct plan *p = b->plan;
	enum wend_err e = WEND_OK;
	for (uint32_t i = 0; i < p->nrule; i++)
		if (bcond_holds(&p->rule[i].when, p, row->f)) {
			p->rule[i].rows++;
			b->ignored++;
			return WEND_OK;
		}
	if (p->grouped) {
		struct sv key = bexpr_text(&p->group, p, row->f, &b->keys, false);
		bool goes_on = b->open && (key.p ? key_is(b, key) : p->preset->group_blank);
		if (!goes_on) {
			if (b->open)
				e = group_close(b, err);
			if (e)
				return e;
			group_open(b, row);
			if (b->skip_key.n && key.p && sv_eq(key, str_view(&b->skip_key)))
				return tail_cut(b, row, err);
			if (key.p && b->damaged_key.n && sv_eq(key, str_view(&b->damaged_key)))
				fault_set(b, row, 0, "record", "correct the damaged row and ingest the record again", "another row of this record is damaged");
			if (b->skip_key.n)
				str_reset(&b->skip_key);
			if (b->damaged_key.n)
				str_reset(&b->damaged_key);
			if (key.p)
				check_parted(b, row, key);
			key_set(b, key);
		}
		if (p->group.single < 0)
			pool_reset(&b->keys);
	} else {
		group_open(b, row);
	}
	keep_row(b, row);
	b->open_rows++;
	b->row = row;
	if (!b->bad && !b->again)
		row_into_group(b, row);
	/* The cell that cannot be read may stand before the one that says who it is. */
	if (b->bans && b->bad && !b->erased_here)
		b->erased_here = row_erased(b, row);
	if (b->again)
		return err_set(err, WEND_E_INPUT, "line %" PRIu64 " contradicts what the rows before it proved", row->line);
	return p->grouped ? WEND_OK : group_close(b, err);
}
