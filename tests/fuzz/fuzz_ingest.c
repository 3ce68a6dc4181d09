/* Any bytes as an export: the first chooses what a person said of it. Whatever the file
 * holds, its rows are used, rejected or ignored, never lost, and the same file again adds
 * nothing. */
#include <stdlib.h>
#include <unistd.h>
#include "wend/ingest.h"
#include "wend/mem.h"
#include "wend/par.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *as, *map;
} said[] = {
	{ NULL, NULL }, { "orders", "customer=a,time=b,amount=c" }, { "interactions", "customer=a,time=b,touchpoint=c" },
	{ "orders", "order=a,product=b,time=c,amount=d" }, { "customers", "customer=a" }, { "payments", "customer=a,time=b,amount=c,status=d" },
	{ "spend", "channel=a,date=b,amount=c" }, { "feedback", "time=a,score=b,text=c" },
};

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct str path;
	struct store *s = NULL;
	struct ingest_result res;
	struct err err = ERR_INIT;
	struct ingest_options o = { 0 };
	const char *map[1];

	if (!size)
		return 0;
	if (!path.n) {
		demand(!scratch_dir(&path, &err));
		str_puts(&path, "/export.csv");
		setenv("WEND_PRESETS", "share/wend/presets", 0);
	}
	FILE *f = fopen(path.p, "w");
	demand(f != NULL);
	fwrite(data + 1, 1, size - 1, f);
	fclose(f);
	o.as = said[data[0] & 7].as;
	if (o.as) {
		map[0] = said[data[0] & 7].map;
		o.map = (struct opt_list){ .v = map, .n = 1 };
	}
	o.tz = data[0] & 8 ? "Europe/Berlin" : NULL;
	o.currency_code = data[0] & 16 ? "EUR" : NULL;
	o.max_rejects = "100%";
	demand(!store_open(&s, "", STORE_MEMORY, &err));
	enum wend_err e = ingest_file(s, path.p, &o, &res, &err);
	if (!e) {
		const struct batch_counts *c = &res.counts;
		demand(c->records == c->used + c->rejected + c->ignored);
		demand(c->used == c->added + c->updated + c->duplicates);
		ingest_result_release(&res);
		demand(!ingest_file(s, path.p, &o, &res, &err) && res.already);
	} else {
		demand(*err.msg != 0);
	}
	ingest_result_release(&res);
	store_close(s);
	return 0;
}
