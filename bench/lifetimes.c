/* Customers who stay or leave, for survival: days, whether they left, ten numbers known of each.
 *
 *     lifetimes ROWS [SEED] > FILE
 *
 * The hazard is constant in time, 1/300 a day times exp(x b), b from -0.5 to 0.5; watched for up
 * to 1,095 days from a day of its own, 64 % are seen to leave. The numbers are sums of four
 * uniform ones, near enough to a bell. */
#include <math.h>
#include "gen.h"

static double uniform(void)
{
	return (double)(next() >> 11) * 0x1p-53;
}

int main(int argc, char **argv)
{
	const uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	puts("days,left,x0,x1,x2,x3,x4,x5,x6,x7,x8,x9");
	for (uint64_t i = 0; i < rows; i++) {
		double eta = 0;
		int64_t x[10];
		for (int j = 0; j < 10; j++) {
			x[j] = (int64_t)((uniform() + uniform() + uniform() + uniform() - 2) * 17320);
			eta += (double)x[j] / 1e4 * (-0.5 + j / 9.0);
		}
		const double life = -log(1 - uniform()) * 300 * exp(-eta), seen = uniform() * 1500 < 1095 ? 1 + uniform() * 1094 : 1095;
		const int left = life <= seen;
		used = 0;
		put_number((uint64_t)ceil(left ? life : seen), 1);
		put_text(left ? ",1" : ",0");
		for (int j = 0; j < 10; j++) {
			put_text(x[j] < 0 ? ",-" : ",");
			put_number((uint64_t)(x[j] < 0 ? -x[j] : x[j]) / 10000, 1);
			put_char('.');
			put_number((uint64_t)(x[j] < 0 ? -x[j] : x[j]) % 10000, 4);
		}
		put_char('\n');
		fwrite(line, 1, used, stdout);
	}
	return fflush(stdout) ? 4 : 0;
}
