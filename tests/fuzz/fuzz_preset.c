/* Any text as a preset: it is read or refused with a sentence. A preset that was read is
 * compared with a header made of its own names, which must fit it. */
#include <stdlib.h>
#include "ingest/preset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct preset *p = NULL;
	struct err err = ERR_INIT;
	char *text = xmalloc(size + 1);

	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	enum wend_err e = preset_parse(&p, "fuzz", text, &err);
	if (e ? e != WEND_E_INPUT || !*err.msg || p != NULL : p == NULL)
		abort();
	if (p) {
		struct header_guess h;
		struct preset_score s;
		header_guess_init(&h, p->require.v, p->require.n);
		preset_rate(&s, p, &h);
		if (s.required > s.required_n || s.known > s.known_n || s.share < 0 || s.share > 1)
			abort();
		header_guess_release(&h);
	}
	preset_free(p);
	free(text);
	return 0;
}
