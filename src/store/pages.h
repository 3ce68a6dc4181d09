/* room: store (internal)
 * What lies between SQLite and a store's file: each page carries a checksum.
 *
 * A store's pages of STORE_PAGE bytes keep their last PAGE_SUM bytes free (SQLite's
 * "reserved space", byte 20 of the file). When a page is written into the file (not into
 * the log, whose frames have SQLite's own sums) these bytes get XXH3 of the rest of the
 * page, seeded with the page's number, little end first, never 0. When a page is read, a
 * sum that does not fit is SQLITE_IOERR_DATA: a byte that changed on the disk, a page in
 * another's place, a hole or a file cut short never become rows, whatever the page holds.
 *
 * What was deleted is overwritten in its page (PRAGMA secure_delete, which every connection
 * that writes sets), and the gap in a page that is written into the file is wiped: no byte
 * that a record, an undo or a compaction left is in the file when the log was taken over.
 *
 * Another program's SQLite knows nothing of sums. Byte 18 of the file ("write version") is
 * 3, by which SQLite opens it for reading only. What is left to it is to take over the log
 * of a program of ours that was ended in the middle, when it closes the store: then the
 * first page, which every transaction of ours writes, has 0 for a sum. Pages with 0 are
 * believed in such a file until a program of ours opens it for writing, and writes it anew.
 */
#ifndef WEND_STORE_PAGES_H
#define WEND_STORE_PAGES_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SUM 8
#define PAGES_VFS "wend"

/* Makes SQLite know PAGES_VFS; as often as one likes. SQLITE_OK or an error of SQLite. */
int pages_register(void);

/* Of the file behind the main database of a connection through PAGES_VFS. */
struct pages_about {
	int summed;      /* 0: its first page does not say that pages have sums */
	int taken_over;  /* another program closed it: pages without a sum are believed */
	uint32_t bad;    /* the page that was last found damaged; 0 = none */
};
struct pages_about pages_about(sqlite3 *db);
/* One page of the file as it lies there, past the log: SQLITE_OK, or how it failed. */
int pages_look(sqlite3 *db, uint32_t page);

/* XXH3_64bits_withSeed, faster; NULL: not on this processor (pagesum.c). */
typedef uint64_t page_hash_fn(const void *p, size_t n, uint64_t seed);
page_hash_fn *page_hash_wide(void);

#endif
