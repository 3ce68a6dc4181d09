/* Writes an orders export of N rows to standard output, the same bytes for the same N
 * and seed.
 *
 * The buying process is Simon's: one row in five is a new customer, otherwise the
 * customer of a random one of the last 40 % of orders, which gives counts with a long
 * tail and customers that fade. Times rise over four years; one row in twenty has a
 * quoted product with a comma inside.
 *
 *     orders N [SEED] [--late A B]   --late: N rows with ids after B, times inside one
 *                                    month of the A-row file's span, customers of both
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;
static uint64_t next(void) /* splitmix64 */
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}
static uint64_t below(uint64_t n) { return (uint64_t)(((__uint128_t)next() * n) >> 64); }

static void date_of(uint32_t day, int *y, int *m, int *d)
{
	/* days since 2022-01-01 */
	static const int len[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	*y = 2022;
	for (;;) {
		uint32_t n = *y % 4 == 0 ? 366 : 365;
		if (day < n)
			break;
		day -= n;
		++*y;
	}
	for (*m = 0;; ++*m) {
		uint32_t n = (uint32_t)len[*m] + (*m == 1 && *y % 4 == 0);
		if (day < n)
			break;
		day -= n;
	}
	++*m;
	*d = (int)day + 1;
}

static void row(uint64_t id, uint32_t customer, uint64_t t)
{
	static const char *const channel[] = { "web", "web", "web", "web", "phone", "store", "marketplace", "app" };
	static const char *const product[] = { "Ceramic Mug", "Canvas Tote", "Classic Tee", "Lavender Candle", "Sticker Pack", "Hoodie", "Notebook", "Water Bottle" };
	static const char *const country[] = { "US", "DE", "FR", "GB", "NL", "PL" };
	int y, m, d;
	uint64_t r = next();
	uint32_t cents = 500 + (uint32_t)((r & 0xffff) * (r >> 16 & 0xffff) >> 18);
	date_of((uint32_t)(t / 86400), &y, &m, &d);
	uint32_t s = (uint32_t)(t % 86400);
	char name[64];
	if (r >> 32 & 1 && (r >> 33) % 10 == 0)
		snprintf(name, sizeof name, "\"%s, %u pack\"", product[r >> 48 & 7], (unsigned)(r >> 52 & 3) + 2);
	else
		snprintf(name, sizeof name, "%s", product[r >> 48 & 7]);
	printf("ORD-%09llu,u%07u@example.com,%04d-%02d-%02d %02u:%02u:%02u+00:00,%u.%02u,EUR,%s,%s,%s\n", (unsigned long long)id, customer, y, m, d, s / 3600, s / 60 % 60, s % 60, cents / 100, cents % 100, channel[r >> 56 & 7], name, country[(r >> 36) % 6]);
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t span = 4ull * 365 * 86400;
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	puts("order,customer,time,amount,currency,channel,product,country");
	if (argc > 4 && !strcmp(argv[3], "--late")) {
		uint64_t base = strtoull(argv[4], NULL, 10), known = base / 5;
		for (uint64_t i = 0; i < n; i++)
			row(base + 1 + i, (uint32_t)(below(5) == 0 ? known + i : below(known)), span / 2 + i * (30 * 86400) / n);
		return fflush(stdout) || ferror(stdout);
	}
	uint32_t *who = malloc(n * sizeof *who), customers = 0;
	if (!who)
		return 4;
	for (uint64_t i = 0; i < n; i++) {
		if (i == 0 || below(5) == 0)
			who[i] = customers++;
		else {
			uint64_t back = i * 2 / 5 + 1;
			who[i] = who[i - 1 - below(back < i ? back : i)];
		}
		row(i + 1, who[i], i * span / n + below(span / n + 1));
	}
	free(who);
	return fflush(stdout) || ferror(stdout);
}
