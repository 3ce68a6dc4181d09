#include "store/run.h"

#include <sys/mman.h>

#include "wend/mem.h"

#define SMALL_RUN ((size_t)4 << 20)

void layout_init(struct layout *l, enum kind kind)
{
	memset(l, 0, sizeof *l);
	l->stride = sizeof(struct row);
	for (int f = 0; f < F_COUNT; f++) {
		const struct field_def *d = &field_defs[f];
		if (f == F_TIME || d->item || !(d->kinds & KIND_BIT(kind)))
			continue;
		struct slot *s = &l->slot[l->n++];
		s->field = (uint8_t)f;
		l->open[f >> 6] |= 1ull << (f & 63);
		s->how = d->type == FT_WORD ? SLOT_WORD : d->type == FT_TEXT ? SLOT_TEXT : d->type == FT_CURRENCY ? SLOT_CURRENCY : SLOT_INT;
	}
}

void run_init(struct run *r, enum kind kind, const struct layout *lay, const struct text_template *templates)
{
	if (!r->rows) {
		r->rows = mmap(NULL, RUN_BYTES_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (r->rows == MAP_FAILED)
			mem_exhausted(RUN_BYTES_MAX);
		/* Not the beginning: a small file should not clear a huge page. */
		(void)madvise(r->rows + SMALL_RUN, RUN_BYTES_MAX - SMALL_RUN, MADV_HUGEPAGE);
	}
	run_clear(r);
	r->kind = kind;
	r->lay = *lay;
	r->template = templates;
}

void run_clear(struct run *r)
{
	r->n = 0;
	r->item.n = 0;
	r->attr.n = 0;
	r->in_order = true;
	str_reset(&r->text);
	free(r->word);
	r->word = NULL;
	r->word_n = 0;
}

void run_release(struct run *r)
{
	if (r->rows)
		munmap(r->rows, RUN_BYTES_MAX);
	str_release(&r->text);
	free(r->item.product);
	free(r->item.category);
	free(r->item.quantity);
	free(r->item.amount);
	free(r->attr.name);
	free(r->attr.value);
	free(r->word);
	memset(r, 0, sizeof *r);
}

/* What a place holds in rows that came before it was made. */
static void set_missing(unsigned char *at, unsigned bytes)
{
	const int64_t none = WEND_NONE;
	if (bytes == 8)
		memcpy(at, &none, 8);
	else
		memset(at, 0, bytes);
}

uint16_t run_widen(struct run *r, unsigned bytes)
{
	unsigned old = r->lay.stride, wide = old + bytes;
	for (size_t i = r->n; i-- > 0;) {
		memmove(r->rows + i * wide, r->rows + i * old, old);
		set_missing(r->rows + i * wide + old, bytes);
	}
	r->lay.stride = (uint16_t)wide;
	return (uint16_t)old;
}

struct sv run_text(const struct run *r, unsigned field, int64_t value, char *buf)
{
	if (value == WEND_NONE)
		return SV_NONE;
	if (value & TEXT_NUMBER)
		return sv_n(buf, template_text(&r->template[field], value & ~TEXT_NUMBER, buf));
	return sv_n(r->text.p + (value >> 24), (size_t)(value & 0xffffff));
}
