/* Letters: sections and lines as they come. */
#include "wend/letter.h"

struct letter_section *letter_section(struct letter *l, const char *heading, bool list)
{
	GROW(l->section, l->cap, l->n + 1);
	l->section[l->n] = (struct letter_section){ .heading = heading, .list = list };
	return &l->section[l->n++];
}

void letter_line(struct letter_section *s, const char *label, const char *value, const char *note)
{
	GROW(s->v, s->cap, s->n + 1);
	s->v[s->n++] = (struct letter_line){ label, value, note };
}

static void visible(struct arena *a, const char **text)
{
	struct str s = STR_INIT;
	if (!*text)
		return;
	utf8_visible(&s, sv_of(*text));
	*text = arena_strndup(a, s.p ? s.p : "", s.n);
	str_release(&s);
}

void letter_visible(struct letter *l)
{
	const char **const whole[] = { &l->subject, &l->lead, &l->foot };
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		visible(&l->arena, whole[i]);
	for (size_t i = 0; i < l->n; i++) {
		struct letter_section *s = &l->section[i];
		for (size_t k = 0; k < s->n; k++) {
			visible(&l->arena, &s->v[k].label);
			visible(&l->arena, &s->v[k].value);
			visible(&l->arena, &s->v[k].note);
		}
	}
}

void letter_release(struct letter *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->section[i].v);
	free(l->section);
	arena_release(&l->arena);
	*l = (struct letter){ 0 };
}
