/* Writes an orders export of N rows to standard output, the same bytes for the same N
 * and seed.
 *
 * The buying process is Simon's: one row in five is a new customer, otherwise the
 * customer of a random one of the last 40 % of orders, which gives counts with a long
 * tail and customers that fade. Times rise over four years; one row in twenty has a
 * quoted product with a comma inside.
 *
 *     orders N [SEED] [OPTION...]
 *         --late A    N rows with ids after A, times inside one month of the A-row
 *                     file's span, customers of both
 *         --shuffle   the same rows in random order
 *         --uuid      ids are random UUIDs
 */
#include "gen.h"

static int uuid;

static void row(uint64_t id, uint32_t customer, uint64_t t)
{
	static const char *const channel[] = { "web", "web", "web", "web", "phone", "store", "marketplace", "app" };
	static const char *const product[] = { "Ceramic Mug", "Canvas Tote", "Classic Tee", "Lavender Candle", "Sticker Pack", "Hoodie", "Notebook", "Water Bottle" };
	static const char *const country[] = { "US", "DE", "FR", "GB", "NL", "PL" };
	const uint64_t r = next();
	const uint32_t cents = 500 + (uint32_t)((r & 0xffff) * (r >> 16 & 0xffff) >> 18);
	const int quoted = r >> 32 & 1 && (r >> 33) % 10 == 0;
	if (uuid)
		put_uuid(id);
	else {
		put_text("ORD-");
		put_number(id, 9);
	}
	put_text(",u");
	put_number(customer, 7);
	put_text("@example.com,");
	put_time(t);
	put_char(',');
	put_number(cents / 100, 1);
	put_char('.');
	put_number(cents % 100, 2);
	put_text(",EUR,");
	put_text(channel[r >> 56 & 7]);
	put_text(quoted ? ",\"" : ",");
	put_text(product[r >> 48 & 7]);
	if (quoted) {
		put_text(", ");
		put_number((r >> 52 & 3) + 2, 1);
		put_text(" pack\"");
	}
	put_char(',');
	put_text(country[(r >> 36) % 6]);
	put_line();
}

static const uint64_t span = 4ull * 365 * 86400;

static void one(uint64_t i, uint64_t n, const uint32_t *who)
{
	const uint64_t t = i * span / n + below(span / n + 1);
	row(i + 1, who[i], t);
}

/* The rows of a file need each other only for their customers; `at` keeps where in the
 * stream each row begins, so that they can be written in any order. */
static int all(uint64_t n, int shuffle)
{
	uint32_t *who = malloc(n * sizeof *who), *order = NULL, customers = 0;
	uint64_t *at = NULL;
	int bad = 4;
	if (shuffle) {
		order = malloc(n * sizeof *order);
		at = malloc(n * sizeof *at);
	}
	if (!who || (shuffle && (!order || !at)))
		goto done;
	for (uint64_t i = 0; i < n; i++) {
		if (i == 0 || below(5) == 0)
			who[i] = customers++;
		else {
			const uint64_t back = i * 2 / 5 + 1;
			who[i] = who[i - 1 - below(back < i ? back : i)];
		}
		if (!shuffle) {
			one(i, n, who);
			continue;
		}
		at[i] = state;
		below(2); /* what `one` draws: a time and a row */
		next();
	}
	for (uint64_t i = 0; shuffle && i < n; i++) {
		const uint64_t k = below(i + 1);
		order[i] = order[k];
		order[k] = (uint32_t)i;
	}
	for (uint64_t i = 0; shuffle && i < n; i++) {
		state = at[order[i]];
		one(order[i], n, who);
	}
	bad = put_end();
done:
	free(at);
	free(order);
	free(who);
	return bad;
}

int main(int argc, char **argv)
{
	const uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	uint64_t base = 0;
	int shuffle = 0;
	state = argc > 2 && argv[2][0] != '-' ? strtoull(argv[2], NULL, 10) : 1;
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--late") && i + 1 < argc)
			base = strtoull(argv[i + 1], NULL, 10);
		shuffle |= !strcmp(argv[i], "--shuffle");
		uuid |= !strcmp(argv[i], "--uuid");
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	puts("order,customer,time,amount,currency,channel,product,country");
	if (!base)
		return all(n, shuffle);
	const uint64_t known = base / 5;
	for (uint64_t i = 0; i < n; i++)
		row(base + 1 + i, (uint32_t)(below(5) == 0 ? known + i : below(known)), span / 2 + i * (30 * 86400) / n);
	return put_end();
}
