/* A table of paths for the benchmark of attribution: paths N [SEED] on standard output.
 *
 * Twelve channels of very different size; each leads on by chances of its own, so that order
 * matters a little; a path goes on with chance 0.8 and converts by its last channel.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static double uniform(void)
{
	state += 0x9e3779b97f4a7c15u;
	uint64_t x = state;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

int main(int argc, char **argv)
{
	static const char *const name[12] = { "search", "web", "mail", "social", "display", "partner", "radio", "video", "referral", "tv", "print", "fair" };
	static const double size[12] = { 30, 22, 14, 10, 8, 5, 4, 3, 2, 1, 0.7, 0.3 };
	const long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
	double chance[13][12];
	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	for (int i = 0; i < 13; i++) {
		double sum = 0;
		for (int j = 0; j < 12; j++)
			sum += chance[i][j] = size[j] * (0.5 + uniform());
		for (int j = 0; j < 12; j++)
			chance[i][j] /= sum;
	}
	puts("path,total_conversions,total_conversion_value,total_null");
	for (long row = 0; row < n; row++) {
		int at = 12;
		do {
			double u = uniform();
			int next = 0;
			while (next < 11 && u >= chance[at][next])
				u -= chance[at][next++];
			printf("%s%s", at < 12 ? " > " : "", name[next]);
			at = next;
		} while (uniform() < 0.8);
		const int converts = uniform() < 0.1 + 0.02 * at;
		const double value = converts ? 5 + 95 * uniform() : 0;
		printf(",%d,%.2f,%d\n", converts, value, !converts);
	}
	return fflush(stdout) || ferror(stdout);
}
