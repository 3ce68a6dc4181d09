/* Files of the eight kinds of record, made from a seed together with what the store must
 * hold once they are read: spelling, separators, line ends, quoting and the columns that
 * are there change from file to file. What cells lie where is kept, so that damage can be
 * done to one of them. */
#ifndef WEND_TESTS_KINDS_H
#define WEND_TESTS_KINDS_H

#include <stdlib.h>
#include "wend/ingest.h"
#include "wend/mem.h"

enum { FILE_COLUMNS = 40, COLUMN_CUSTOMER = -1 };
enum stamps { STAMP_UTC, STAMP_OFFSET, STAMP_LOCAL, STAMP_DAY, STAMP_DMY, STAMPS };
enum bytes { BYTES_UTF8, BYTES_BOM, BYTES_UTF16, BYTES_CP1252 };

struct file_row {
	size_t start, end;               /* its bytes, the line end included */
	size_t cell[FILE_COLUMNS + 1];   /* where each cell begins; the next one less 1 is its end */
	bool quoted[FILE_COLUMNS];
	size_t record;
};
struct file_record {
	size_t row, rows;                /* rows of the file it takes */
	const char *expect;              /* what the store must hold: record_text */
};
struct made_file {
	enum kind kind;
	struct str text;                 /* UTF-8 without a mark in front */
	int field[FILE_COLUMNS];
	size_t ncol;
	struct file_row *row;
	size_t nrow, row_cap;
	struct file_record *rec;
	size_t nrec, rec_cap;
	char sep, decimal;
	const char *eol;
	enum stamps stamps;
	enum bytes bytes;
	currency cur;                    /* said beside the file; 0 = a column tells */
	struct arena arena;
};

static uint64_t dice_seed;

static inline uint64_t dice64(void)
{
	dice_seed += 0x9e3779b97f4a7c15u;
	return hash_mix(dice_seed);
}

static inline uint32_t dice(uint32_t n)
{
	return (uint32_t)((dice64() >> 32) % n);
}

/* ---- a record in words ---- */

struct record_values {
	int64_t v[F_COUNT];
	struct sv s[F_COUNT];
	struct sv customer;
};

static inline void put_value(struct str *out, enum field f, int64_t v, struct sv s)
{
	if (field_defs[f].type == FT_WORD || field_defs[f].type == FT_TEXT) {
		if (s.p)
			str_printf(out, "%s=%.*s\n", field_defs[f].name, (int)s.n, s.p);
	} else if (v != WEND_NONE) {
		str_printf(out, "%s=%" PRId64 "\n", field_defs[f].name, v);
	}
}

static inline void put_item(struct str *out, struct sv product, struct sv category, int64_t quantity, int64_t amount)
{
	str_printf(out, "item=%.*s|%.*s|", (int)product.n, product.p ? product.p : "", (int)category.n, category.p ? category.p : "");
	if (quantity != WEND_NONE)
		str_int(out, quantity);
	str_putc(out, '|');
	if (amount != WEND_NONE)
		str_int(out, amount);
	str_putc(out, '\n');
}

static inline struct sv word_of(const struct store *s, int64_t code)
{
	return code == WEND_NONE ? SV_NONE : store_word(s, code);
}

/* Record i of what a cursor handed out, in the same words. */
static inline void record_text(struct str *out, struct store *s, const struct rows *r, size_t i)
{
	struct sv who = store_customer(s, r->customer);

	str_printf(out, "%s of '%.*s'\n", kind_names[r->kind[i]], (int)who.n, who.p ? who.p : "");
	for (int f = 0; f < F_COUNT; f++) {
		if (field_defs[f].item || f == F_OFFSET_S || !r->f[f])
			continue;
		put_value(out, (enum field)f, r->f[f][i], field_defs[f].type == FT_WORD ? word_of(s, r->f[f][i]) : field_defs[f].type == FT_TEXT ? rows_text(r, r->f[f][i]) : SV_NONE);
	}
	for (uint32_t k = r->item_from ? r->item_from[i] : 0; r->item_from && k < r->item_from[i + 1]; k++)
		put_item(out, word_of(s, r->item_f[0][k]), word_of(s, r->item_f[1][k]), r->item_f[2][k], r->item_f[3][k]);
}

/* ---- cells ---- */

static const char *const plain_words[] = { "web", "late parcel", "north", "gold", "phone call", "spring-26", "M\xc3\xbcller", "caf\xc3\xa9", "tea", "pot", "A/B", "refund?", "team 7", "Stra\303\237e" };
static const char *const odd_words[] = { "thanks, Ada", "said \"no\"", "line\nbreak", "size 5\"", "; then", "a\tb", "tab | bar", "two\r\nlines", "\"all of it\"", "caf\xc3\xa9, later" };

static inline struct sv keep_text(struct made_file *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline struct sv keep_text(struct made_file *m, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return sv_n(arena_strndup(&m->arena, text, (size_t)n), (size_t)n);
}

#define PICK(list) ((list)[dice(sizeof(list) / sizeof *(list))])

static inline struct sv some_words(struct made_file *m, bool odd)
{
	struct str s = STR_INIT;
	uint32_t n = 1 + dice(3);

	for (uint32_t i = 0; i < n; i++)
		str_printf(&s, "%s%s", i ? " " : "", odd && dice(2) ? PICK(odd_words) : PICK(plain_words));
	struct sv v = sv_n(arena_strndup(&m->arena, s.p, s.n), s.n);
	str_release(&s);
	return v;
}

static inline struct sv make_time(struct made_file *m, bool first, int64_t *out)
{
	const int32_t day = civil_day(2024, 1, 1) + (int32_t)dice(800);
	const int32_t secs = (int32_t)dice(86400);
	int y, mo, d;

	civil_ymd(day, &y, &mo, &d);
	if (m->stamps == STAMP_DMY && first)
		d = 28;
	const int64_t utc = (int64_t)civil_day(y, mo, d) * 86400 + secs;
	const int h = secs / 3600, mi = secs / 60 % 60, s = secs % 60;
	*out = wtime_instant_of(utc);
	switch (m->stamps) {
	case STAMP_UTC:
		return keep_text(m, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, mo, d, h, mi, s);
	case STAMP_OFFSET:
		*out = wtime_instant_of(utc - 7200);
		return keep_text(m, "%04d-%02d-%02d %02d:%02d:%02d +0200", y, mo, d, h, mi, s);
	case STAMP_LOCAL:
		return keep_text(m, "%04d-%02d-%02d %02d:%02d:%02d", y, mo, d, h, mi, s);
	case STAMP_DMY:
		*out = wtime_instant_of(utc - s);
		return keep_text(m, "%02d/%02d/%04d %02d:%02d", d, mo, y, h, mi);
	default:
		*out = wtime_of_day(civil_day(y, mo, d));
		return keep_text(m, "%04d-%02d-%02d", y, mo, d);
	}
}

static inline struct sv make_text(struct made_file *m, enum field f, size_t i)
{
	switch (f) {
	case F_ID:
		return keep_text(m, "%c-%05zu-%02u", "COIFPSVU"[m->kind], i, dice(100));
	case F_EMAIL:
		return keep_text(m, "anna.%zu@example.com", i);
	case F_PHONE:
		return keep_text(m, "+4930%07zu", 1000000 + i);
	case F_NAME:
		return keep_text(m, "Ada %s %zu", PICK(plain_words), i);
	case F_REFERRED_BY:
		return keep_text(m, "c%05u", dice(40));
	case F_REFUND_OF: case F_ORDER: case F_INVOICE: case F_CASE: case F_SESSION:
		return keep_text(m, "R%u", dice(90000));
	default:
		return some_words(m, true);
	}
}

static inline struct sv make_word(struct made_file *m, enum field f)
{
	static const char *const states[] = { "paid", "failed", "refunded", "disputed", "pending" };
	static const char *const scales[] = { "csat", "nps", "ces" };
	static const char *const countries[] = { "DE", "PT", "US", "FR" };
	static const char *const moods[] = { "praise", "complaint" };
	static const char *const ways[] = { "in", "out" };

	switch (f) {
	case F_STATUS:
		return sv_of(PICK(states));
	case F_SCALE:
		return sv_of(PICK(scales));
	case F_COUNTRY:
		return sv_of(PICK(countries));
	case F_MOOD:
		return sv_of(PICK(moods));
	case F_DIRECTION:
		return sv_of(PICK(ways));
	default:
		return some_words(m, dice(8) == 0);
	}
}

/* A cell's text and, in v, what must come of it. */
static inline struct sv make_cell(struct made_file *m, struct record_values *v, int field, size_t i)
{
	enum field f = (enum field)field;
	struct sv text = SV_NONE;

	if (field == COLUMN_CUSTOMER)
		return v->customer = keep_text(m, "c%05zu", m->kind == KIND_CUSTOMERS ? i : dice(40));
	switch (field_defs[f].type) {
	case FT_TIME:
		return make_time(m, i == 0, &v->v[f]);
	case FT_MONEY:
		v->v[f] = (int64_t)(1 + dice(500000));
		text = keep_text(m, "%" PRId64 "%c%02d", v->v[f] / 100, m->decimal, (int)(v->v[f] % 100));
		break;
	case FT_INT:
		v->v[f] = dice(5000);
		text = keep_text(m, "%" PRId64, v->v[f]);
		break;
	case FT_DEC:
		v->v[f] = (int64_t)(1 + dice(400)) * 250000;
		text = keep_text(m, "%" PRId64 "%c%02d", v->v[f] / 1000000, m->decimal, (int)(v->v[f] % 1000000 / 10000));
		break;
	case FT_CURRENCY:
		text = sv_of(dice(4) ? "EUR" : "USD");
		v->v[f] = (int64_t)currency_of(text);
		break;
	case FT_TEXT:
		return v->s[f] = make_text(m, f, i);
	case FT_WORD:
		return v->s[f] = make_word(m, f);
	}
	return text;
}

/* ---- rows ---- */

/* Without it there is no record: the fields the table asks for, and one of those of which
 * a kind needs one. */
static inline bool needed(const struct made_file *m, int field)
{
	return (field_defs[field].required & KIND_BIT(m->kind)) || (m->kind == KIND_SPEND && field == F_AMOUNT) || (m->kind == KIND_FEEDBACK && field == F_SCORE);
}

static inline bool must_be_there(const struct made_file *m, int field)
{
	return field == COLUMN_CUSTOMER || field == F_ID || field == F_CURRENCY || field_defs[field].item || needed(m, field);
}

static inline void put_cell(struct made_file *m, struct file_row *r, size_t c, struct sv v)
{
	bool must = v.n && (memchr(v.p, '"', v.n) || memchr(v.p, '\n', v.n) || memchr(v.p, '\r', v.n) || memchr(v.p, m->sep, v.n));

	r->cell[c] = m->text.n;
	r->quoted[c] = must || (v.n && dice(10) == 0);
	if (r->quoted[c])
		str_putc(&m->text, '"');
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"')
			str_putc(&m->text, '"');
		str_putc(&m->text, v.p[i]);
	}
	if (r->quoted[c])
		str_putc(&m->text, '"');
	if (c + 1 < m->ncol)
		str_putc(&m->text, m->sep);
}

static inline struct file_row *put_row(struct made_file *m, const struct sv *cell)
{
	GROW(m->row, m->row_cap, m->nrow + 1);
	struct file_row *r = &m->row[m->nrow++];
	r->start = m->text.n;
	r->record = m->nrec;
	for (size_t c = 0; c < m->ncol; c++)
		put_cell(m, r, c, cell[c]);
	r->cell[m->ncol] = m->text.n + 1;
	str_puts(&m->text, m->eol);
	r->end = m->text.n;
	return r;
}


/* In a list of customers the customer is the id. */
static inline void expect_record(struct made_file *m, const struct record_values *v, const struct str *items)
{
	struct str out = STR_INIT;

	str_printf(&out, "%s of '%.*s'\n", kind_names[m->kind], (int)v->customer.n, v->customer.p ? v->customer.p : "");
	for (int f = 0; f < F_COUNT; f++) {
		struct sv s = f == F_ID && m->kind == KIND_CUSTOMERS ? v->customer : v->s[f];

		if (!field_defs[f].item)
			put_value(&out, (enum field)f, v->v[f], s);
	}
	str_sv(&out, str_view(items));
	m->rec[m->nrec].expect = arena_strndup(&m->arena, out.p, out.n);
	str_release(&out);
}

static inline bool line_own(int field)
{
	return field >= 0 && (field_defs[field].item || field_defs[field].type == FT_MONEY);
}

static inline void put_record(struct made_file *m)
{
	struct record_values v = { .customer = SV_NONE };
	struct sv cell[FILE_COLUMNS];
	struct str items = STR_INIT;
	bool lines = false, has_item = false, has_id = false;
	int64_t sum[F_COUNT] = { 0 };

	for (int f = 0; f < F_COUNT; f++)
		v.v[f] = WEND_NONE;
	for (size_t c = 0; c < m->ncol; c++) {
		cell[c] = must_be_there(m, m->field[c]) || dice(7) ? make_cell(m, &v, m->field[c], m->nrec) : SV("");
		has_item |= m->field[c] >= 0 && field_defs[m->field[c]].item;
		has_id |= m->field[c] == F_ID;
	}
	GROW(m->rec, m->rec_cap, m->nrec + 1);
	m->rec[m->nrec] = (struct file_record){ .row = m->nrow, .rows = 1 };
	lines = has_item && has_id && m->kind == KIND_ORDERS;
	if (lines)
		m->rec[m->nrec].rows = dice(3) ? 1 : 2 + dice(2);
	for (size_t i = 0; i < m->rec[m->nrec].rows; i++) {
		/* Other lines of an order repeat it, but for money and for what is bought. */
		for (size_t c = 0; i && c < m->ncol; c++)
			if (line_own(m->field[c]))
				cell[c] = make_cell(m, &v, m->field[c], m->nrec);
		for (size_t c = 0; lines && c < m->ncol; c++)
			if (m->field[c] >= 0 && field_defs[m->field[c]].type == FT_MONEY && v.v[m->field[c]] != WEND_NONE)
				sum[m->field[c]] += v.v[m->field[c]];
		if (m->kind == KIND_ORDERS && has_item && (v.s[F_PRODUCT].p || v.s[F_CATEGORY].p || v.v[F_QUANTITY] != WEND_NONE))
			put_item(&items, v.s[F_PRODUCT], v.s[F_CATEGORY], v.v[F_QUANTITY], v.v[F_AMOUNT]);
		put_row(m, cell);
	}
	for (int f = 0; f < F_COUNT; f++)
		v.v[f] = sum[f] ? sum[f] : v.v[f];
	if (m->kind == KIND_PAYMENTS && (sv_is(v.s[F_STATUS], "failed") || sv_is(v.s[F_STATUS], "pending")))
		v.v[F_COUNTED] = 0;
	bool money = false;
	for (int f = 0; f < F_COUNT; f++)
		money |= field_defs[f].type == FT_MONEY && v.v[f] != WEND_NONE;
	if (m->cur && money)
		v.v[F_CURRENCY] = (int64_t)m->cur;
	expect_record(m, &v, &items);
	str_release(&items);
	m->nrec++;
}

/* ---- files ---- */

static inline bool column_wanted(const struct made_file *m, int field, uint32_t one_in)
{
	/* Two keys of one record say who is who; staff speak for nobody; a share of an order's
	 * money is worked out, not read. */
	if (field == F_COUNTED || field == F_OFFSET_S || field == F_EMPLOYEE || field == F_ITEM_AMOUNT || field == F_REFUNDED || field == F_REFUND_TIME)
		return false;
	if (!(field_defs[field].kinds & KIND_BIT(m->kind)))
		return false;
	if (field == F_CURRENCY)
		return !m->cur;
	if (m->kind == KIND_CUSTOMERS && field == F_ID)
		return false;
	return needed(m, field) || dice(one_in) != 0;
}

static inline const char *column_name(const struct made_file *m, size_t c)
{
	return m->field[c] == COLUMN_CUSTOMER ? "customer" : field_name(m->kind, (enum field)m->field[c]);
}

static inline void made_file_release(struct made_file *m)
{
	str_release(&m->text);
	free(m->row);
	free(m->rec);
	arena_release(&m->arena);
}

static inline void made_file_init(struct made_file *m, enum kind kind, size_t records, uint64_t seed)
{
	static const char seps[] = ",,,,;\t|";
	static const char *const eols[] = { "\n", "\n", "\n", "\r\n", "\r\n", "\r" };
	static const enum bytes forms[] = { BYTES_UTF8, BYTES_UTF8, BYTES_UTF8, BYTES_UTF8, BYTES_UTF8, BYTES_BOM, BYTES_UTF16, BYTES_CP1252 };

	*m = (struct made_file){ .kind = kind };
	dice_seed = seed;
	m->sep = seps[dice(sizeof seps - 1)];
	m->eol = PICK(eols);
	m->decimal = m->sep == ';' && dice(2) ? ',' : '.';
	m->stamps = (enum stamps)dice(STAMPS);
	m->bytes = PICK(forms);
	m->cur = dice(2) ? currency_of(SV("EUR")) : 0;
	if (kind != KIND_SPEND)
		m->field[m->ncol++] = COLUMN_CUSTOMER;
	for (int f = 0; f < F_COUNT; f++)
		if (column_wanted(m, f, 3))
			m->field[m->ncol++] = f;
	for (size_t i = m->ncol; i > 1; i--) {
		size_t k = dice((uint32_t)i);
		int f = m->field[k];
		m->field[k] = m->field[i - 1];
		m->field[i - 1] = f;
	}
	for (size_t c = 0; c < m->ncol; c++)
		str_printf(&m->text, "%s%c", column_name(m, c), c + 1 < m->ncol ? m->sep : ' ');
	m->text.n--;
	str_puts(&m->text, m->eol);
	while (m->nrec < records)
		put_record(m);
}

/* What a person has to say beside the file. */
static inline void made_file_options(const struct made_file *m, struct ingest_options *o)
{
	o->as = kind_names[m->kind];
	o->tz = "UTC";
	o->currency_code = m->cur ? "EUR" : NULL;
	o->date_order = m->stamps == STAMP_DMY ? "dmy" : NULL;
	o->decimal = m->decimal == ',' ? "comma" : "point";
	o->max_rejects = "100%";
	o->grain = NULL;
}

/* The text as the bytes of a file. */
static inline void file_bytes(struct str *out, struct sv text, enum bytes form)
{
	str_reset(out);
	if (form == BYTES_UTF8 || form == BYTES_BOM) {
		str_puts(out, form == BYTES_BOM ? "\xef\xbb\xbf" : "");
		str_sv(out, text);
		return;
	}
	if (form == BYTES_UTF16)
		str_add(out, "\xff\xfe", 2);
	for (int cp; (cp = utf8_next(&text)) >= 0;) {
		str_putc(out, (char)(cp & 0xff));
		if (form == BYTES_UTF16)
			str_putc(out, (char)(cp >> 8));
	}
}

static inline bool write_bytes(const char *path, struct sv bytes)
{
	FILE *f = fopen(path, "wb");
	bool ok = f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n;

	return f && fclose(f) == 0 && ok;
}

/* Lines that end before byte `at`: LF, CR LF and a lone CR end one. */
static inline uint64_t lines_before(struct sv text, size_t at)
{
	uint64_t n = 0;

	for (size_t i = 0; i < at && i < text.n; i++)
		n += text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 >= text.n || text.p[i + 1] != '\n'));
	return n;
}

#endif
