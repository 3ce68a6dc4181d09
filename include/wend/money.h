/* room: base
 * Money is an int64 number of minor units together with its ISO 4217 currency; the
 * number of decimals is the currency's (JPY 0, EUR 2, KWD 3). No floating point.
 * A currency is packed as its three letters: 'E'<<16|'U'<<8|'R'. 0 = none.
 */
#ifndef WEND_MONEY_H
#define WEND_MONEY_H

#include <stdbool.h>
#include <stdint.h>
#include "str.h"

typedef uint32_t currency;
currency currency_of(struct sv letters);          /* any case; 0 when not an ISO 4217 code */
int currency_exponent(currency c);                /* -1 = unknown */
void currency_text(char out[4], currency c);
/* The currency a symbol or prefix stands for beyond doubt ("AU $", "US$", "€", "£", "zł"); a bare "$" or "kr" is 0. */
currency currency_symbol(struct sv text);

enum num_status {
	NUM_OK,
	NUM_EMPTY,      /* nothing there */
	NUM_BAD,        /* not a number */
	NUM_AMBIGUOUS,  /* "1,234": decimal or thousands? and the mark was not given */
	NUM_TOO_FINE,   /* more non-zero decimals than the currency has */
	NUM_RANGE       /* does not fit */
};
/* How numbers are written in one column. decimal: '.', ',' or 0 = not known yet. */
struct numfmt {
	char decimal;
};
/* "1,234.56", "1.234,56", "1 234,56 €", "(500.00)", "-23,00", "$1,055.00", "AU $3,013.00",
 * "5000-". Currency marks found in the cell go to *seen (may be NULL; 0 = none; a bare
 * "$" gives 0 and *bare = true). The value is scaled by 10^exponent. */
enum num_status num_scaled(struct sv v, struct numfmt f, int exponent, int64_t *out, currency *seen, bool *bare);
/* What the text proves about the decimal mark: '.', ',' or 0 when it proves nothing. */
char num_decimal_mark(struct sv v);

#endif
