/* What a proof is asked for: NAME WHAT FROM TO [--size N]...; seeds from FROM to TO, at each size. */
#ifndef ASKED_H
#define ASKED_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { ASKED_SIZES = 3 };
struct asked {
	const char *what;
	unsigned long from, to;
	size_t size[ASKED_SIZES]; /* as given; else as they were */
	int sizes;
};
/* False, and a line of usage, when words are missing. */
static bool asked_read(struct asked *s, int argc, char **argv, const char *usage)
{
	if (argc < 4) {
		fprintf(stderr, "usage: %s FROM TO [--size N]...\n", usage);
		return false;
	}
	s->what = argv[1];
	s->from = strtoul(argv[2], NULL, 10);
	s->to = strtoul(argv[3], NULL, 10);
	s->sizes = 0;
	for (int i = 4; i + 1 < argc && s->sizes < ASKED_SIZES; i += 2)
		s->size[s->sizes++] = strtoul(argv[i + 1], NULL, 10);
	s->sizes = s->sizes ? s->sizes : ASKED_SIZES;
	return true;
}

#endif
