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

void letter_release(struct letter *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->section[i].v);
	free(l->section);
	arena_release(&l->arena);
	*l = (struct letter){ 0 };
}
