/* room: simulate (internal)
 * Chance. A stream of numbers belongs to (seed, customer, subject) and to nothing else, so
 * what happens to a customer does not depend on threads, order, or on the other customers.
 * Nothing is shared with the models that are to recover what is planted here.
 *
 * xoshiro256++ (Blackman and Vigna 2021), seeded by SplitMix64 (Steele, Lea and Flood 2014).
 */
#ifndef WEND_SIMRNG_H
#define WEND_SIMRNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_init(struct rng *r, uint64_t seed, uint64_t who, uint64_t subject);

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s, sum = s[0] + s[3], t = s[1] << 17;
	uint64_t out = (sum << 23 | sum >> 41) + s[0];
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return out;
}

/* Strictly between 0 and 1. */
static inline double rng_unit(struct rng *r)
{
	return ((double)(rng_next(r) >> 12) + 0.5) * 0x1p-52;
}

/* 0 .. n - 1; n is small against 2^32, so the bias is below 2^-32 n. */
static inline uint32_t rng_upto(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

static inline bool rng_chance(struct rng *r, double p)
{
	return rng_unit(r) < p;
}

/* One number of a stream of its own, where a whole stream would be too much. */
double rng_once(uint64_t seed, uint64_t who, uint64_t subject);

double rng_exponential(struct rng *r);                       /* mean 1; inversion */
double rng_normal(struct rng *r);                            /* Marsaglia and Bray 1964, polar */
double rng_gamma(struct rng *r, double shape, double scale); /* Marsaglia and Tsang 2000 */
unsigned rng_poisson(struct rng *r, double mean);            /* Knuth, TAOCP 2, 3.4.1, in pieces */

#endif
