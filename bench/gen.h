/* What the generators of bench/ share: a stream of random numbers that can be entered
 * anywhere, and rows written into one buffer.
 *
 * splitmix64 is a counter behind a mixing function, so a place in the stream is one
 * number: a row made out of turn is the row that would have stood there.
 */
#ifndef WEND_BENCH_GEN_H
#define WEND_BENCH_GEN_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}
static inline uint64_t next(void) { return mix(state += 0x9e3779b97f4a7c15u); }
static inline uint64_t below(uint64_t n) { return (uint64_t)(((__uint128_t)next() * n) >> 64); }

/* A line under way; put_line sends it. */
static char line[512];
static size_t used;

static inline void put_text(const char *s)
{
	const size_t n = strlen(s);
	memcpy(line + used, s, n);
	used += n;
}
static inline void put_char(char c) { line[used++] = c; }

/* v in at least `width` digits. */
static inline void put_number(uint64_t v, unsigned width)
{
	char d[20];
	unsigned n = 0;
	do
		d[n++] = (char)('0' + v % 10);
	while ((v /= 10) || n < width);
	while (n)
		line[used++] = d[--n];
}

/* Seconds after 2022-01-01 as 2022-01-01 00:00:00+00:00. */
static inline void put_time(uint64_t t)
{
	static const int len[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t day = (uint32_t)(t / 86400), s = (uint32_t)(t % 86400), n, y = 2022, m = 0;
	for (; day >= (n = y % 4 == 0 ? 366 : 365); y++)
		day -= n;
	for (; day >= (n = (uint32_t)len[m] + (m == 1 && y % 4 == 0)); m++)
		day -= n;
	put_number(y, 4);
	put_char('-');
	put_number(m + 1, 2);
	put_char('-');
	put_number(day + 1, 2);
	put_char(' ');
	put_number(s / 3600, 2);
	put_char(':');
	put_number(s / 60 % 60, 2);
	put_char(':');
	put_number(s % 60, 2);
	put_text("+00:00");
}

/* A version 4 UUID that belongs to the number. */
static inline void put_uuid(uint64_t number)
{
	static const char hex[] = "0123456789abcdef";
	const uint64_t a = mix(number * 2 + 1), b = mix(number * 2 + 0x9e3779b97f4a7c15u);
	for (int i = 0; i < 32; i++) {
		const uint64_t nibble = (i < 16 ? a >> (60 - 4 * i) : b >> (124 - 4 * i)) & 15;
		if (i == 8 || i == 12 || i == 16 || i == 20)
			put_char('-');
		put_char(i == 12 ? '4' : i == 16 ? hex[8 | (nibble & 3)] : hex[nibble]);
	}
}

static inline void put_line(void)
{
	line[used++] = '\n';
	fwrite(line, 1, used, stdout);
	used = 0;
}

/* 0, or 1 when a byte could not be written. */
static inline int put_end(void) { return fflush(stdout) || ferror(stdout); }
#endif
