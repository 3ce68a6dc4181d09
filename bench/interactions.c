/* Writes an export of N interactions to standard output, the same bytes for the same N
 * and seed: 24 touchpoints, ten events a customer in the mean, in order of time over four
 * years.
 *
 * One row in ten is a new customer, otherwise the customer of one of the last 200,000
 * rows. A customer goes on from where it was: half of the time to one of three usual
 * followers of its last touchpoint, otherwise anywhere, the common ones more often.
 *
 *     interactions N [SEED]
 */
#include "gen.h"

enum { TOUCHPOINTS = 24, RECENT = 200000 };

int main(int argc, char **argv)
{
	static const char *const touchpoint[TOUCHPOINTS] = {
		"visit", "search", "product page", "basket", "checkout", "newsletter", "app opened", "login",
		"invoice", "payment reminder", "delivery notice", "delivery", "support call", "support mail", "chat", "callback",
		"return asked", "return sent", "refund", "review asked", "review", "complaint", "plan changed", "cancellation page"
	};
	static const char *const channel[TOUCHPOINTS] = {
		"web", "web", "web", "web", "web", "mail", "app", "web", "mail", "mail", "mail", "store",
		"phone", "mail", "web", "phone", "web", "store", "mail", "mail", "web", "phone", "web", "web"
	};
	static const char *const outcome[] = { "done", "done", "done", "open", "moved on", "unknown" };
	const uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000, span = 4ull * 365 * 86400;
	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 3;
	uint32_t *who = malloc(n * sizeof *who), customers = 0;
	uint8_t *last = calloc(n, 1); /* by customer */
	int bad = 4;
	if (!who || !last)
		goto done;
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	puts("id,customer,time,touchpoint,channel,agent,outcome");
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t recent = i < RECENT ? i : RECENT, r = next();
		const uint64_t common = (r & 0xff) * (r >> 8 & 0xff) * TOUCHPOINTS >> 16;
		if (i == 0 || below(10) == 0)
			who[i] = customers++;
		else
			who[i] = who[i - 1 - below(recent)];
		const uint64_t tp = r >> 16 & 1 ? (last[who[i]] * 5u + (r >> 17) % 3 + 1) % TOUCHPOINTS : common;
		last[who[i]] = (uint8_t)tp;
		put_text("INT-");
		put_number(i + 1, 9);
		put_text(",c");
		put_number(who[i], 7);
		put_text("@example.com,");
		put_time(i * span / n + below(span / n + 1));
		put_char(',');
		put_text(touchpoint[tp]);
		put_char(',');
		put_text(channel[tp]);
		put_text(",agent ");
		put_number((r >> 32) % 40, 2);
		put_char(',');
		put_text(outcome[(r >> 40) % 6]);
		put_line();
	}
	bad = put_end();
done:
	free(last);
	free(who);
	return bad;
}
