/* room: csv (private)
 * The index of a piece of text: where its separators, line ends and quotes are.
 */
#ifndef WEND_CSVSCAN_H
#define WEND_CSVSCAN_H

#include <stddef.h>
#include <stdint.h>

/* Set in the entries of all bytes but separators. */
#define SCAN_OTHER 0x80000000u

/* Of 64 bytes: a NUL or a byte above 127 among them; a blank beside a listed byte, or at
 * either end of the 64, where its neighbour is not known. */
enum { MARK_ODD = 1, MARK_BLANK = 2 };

/* Offsets (plus `base`) of every `sep`, LF, CR and `quote` in p[0, n) go to `out`, which has
 * room for n; base + n < 2^31. mark[k] tells of bytes 64k .. 64k+63.
 * 64 bytes behind p + n may be read. Returns how many offsets there are. */
size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *mark);
/* The same without vector instructions, for other machines and to check against. */
size_t scan_text_plain(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *mark);

#endif
