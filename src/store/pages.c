/* A VFS of SQLite on top of the one for Unix: only the main file of a database is ours,
 * journals, logs and temporary files go straight through.
 *
 * SQLite reads whole pages, but for the first bytes of a file when it opens it, and, in
 * some builds, of long values: then the page is read whole into a place of our own.
 */
#include "pages.h"

#include <endian.h>
#include <pthread.h>
#include <xxhash.h>

#include "format.h"
#include "wend/mem.h"

/* Bytes of the file's head (SQLite's file format, 1.3). */
enum { HEAD_PAGE_SIZE = 16, HEAD_WRITES = 18, HEAD_READS = 19, HEAD_RESERVED = 20, HEAD_VERSION = 60, HEAD_NEEDED = 64 };
#define READ_ONLY_ELSEWHERE 3
#define ASK_PAGES 0x77656e64 /* file control: struct pages_about */
#define ASK_LOOK 0x77656e65  /* file control: a page's number */

struct pages {
	sqlite3_file file;
	struct pages_about about;
	unsigned char *page;     /* one that was not read to its end */
};
/* SQLite makes room for both, one behind the other. */
static sqlite3_file *under(sqlite3_file *file) { return (sqlite3_file *)((struct pages *)file + 1); }

/* Version 0: a store that is being made. What sums another format has is not known here. */
static void take_head(struct pages *f, const unsigned char *head)
{
	uint32_t version;

	memcpy(&version, head + HEAD_VERSION, sizeof version);
	version = be32toh(version);
	f->about.summed = head[HEAD_PAGE_SIZE] == STORE_PAGE >> 8 && !head[HEAD_PAGE_SIZE + 1] && head[HEAD_RESERVED] == PAGE_SUM && (!version || version == STORE_FORMAT);
}

static page_hash_fn *hash;

static uint64_t sum_of(const unsigned char *page, uint32_t number)
{
	uint64_t h = hash(page, STORE_PAGE - PAGE_SUM, number);

	return h ? h : 1;
}

static int damaged(struct pages *f, uint32_t number)
{
	f->about.bad = number;
	return SQLITE_IOERR_DATA;
}

/* To SQLite every page is one without a sum, and the file one like any other. */
static int check(struct pages *f, unsigned char *page, uint32_t number)
{
	uint64_t said;

	memcpy(&said, page + STORE_PAGE - PAGE_SUM, PAGE_SUM);
	if (number == 1)
		f->about.taken_over = !said;
	if (said ? le64toh(said) != sum_of(page, number) : !f->about.taken_over)
		return damaged(f, number);
	memset(page + STORE_PAGE - PAGE_SUM, 0, PAGE_SUM);
	if (number == 1)
		page[HEAD_WRITES] = page[HEAD_READS];
	return SQLITE_OK;
}

static int read_page(struct pages *f, unsigned char *page, uint32_t number)
{
	sqlite3_file *to = under(&f->file);
	int rc = to->pMethods->xRead(to, page, STORE_PAGE, (sqlite3_int64)(number - 1) * STORE_PAGE);

	sqlite3_int64 size = 0;

	if (!rc)
		return check(f, page, number);
	/* Every page of a store was written once: a file that ends before it was cut. */
	if (rc == SQLITE_IOERR_SHORT_READ && !to->pMethods->xFileSize(to, &size) && size)
		return damaged(f, number);
	return rc;
}

static int read_some(struct pages *f, void *out, int n, sqlite3_int64 at)
{
	if (!f->page && !(f->page = sqlite3_malloc(STORE_PAGE)))
		return SQLITE_IOERR_NOMEM;
	for (int got = 0, from, part; got < n; got += part) {
		int rc = read_page(f, f->page, (uint32_t)((at + got) / STORE_PAGE) + 1);

		if (rc) {
			memset(out, 0, (size_t)n);
			return rc;
		}
		from = (int)((at + got) % STORE_PAGE);
		part = STORE_PAGE - from < n - got ? STORE_PAGE - from : n - got;
		memcpy((char *)out + got, f->page + from, (size_t)part);
	}
	return SQLITE_OK;
}

static int pages_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
	struct pages *f = (struct pages *)file;
	sqlite3_file *to = under(file);
	int rc;

	if (at == 0) {
		unsigned char head[HEAD_NEEDED];

		rc = to->pMethods->xRead(to, head, sizeof head, 0);
		if (rc) { /* what is empty will be a store */
			f->about.summed = rc == SQLITE_IOERR_SHORT_READ;
			return to->pMethods->xRead(to, out, n, at);
		}
		take_head(f, head);
	}
	if (!f->about.summed)
		return to->pMethods->xRead(to, out, n, at);
	if (n == STORE_PAGE && at % STORE_PAGE == 0)
		return read_page(f, out, (uint32_t)(at / STORE_PAGE) + 1);
	rc = read_some(f, out, n, at);
	/* A first page that was half written when a program was ended is whole in the log, which
	 * SQLite finds by the head; the page itself is compared when it is read. */
	if (rc != SQLITE_IOERR_DATA || at || n < HEAD_NEEDED)
		return rc;
	rc = to->pMethods->xRead(to, out, n, 0);
	((unsigned char *)out)[HEAD_WRITES] = ((unsigned char *)out)[HEAD_READS];
	return rc;
}

static unsigned two(const unsigned char *p) { return (unsigned)p[0] << 8 | p[1]; }

/* In a page of a tree, what lies between the places of its cells and the first cell is
 * free, and may still hold cells that moved to another page. Other pages begin with the
 * number of a page or are free. Nothing is touched unless all is as SQLite lays it out. */
static void wipe_gap(unsigned char *page, uint32_t number)
{
	unsigned char *head = page + (number == 1 ? 100 : 0);
	unsigned n, begin, end;

	if (*head != 2 && *head != 5 && *head != 10 && *head != 13)
		return;
	n = two(head + 3);
	begin = (unsigned)(head - page) + (*head < 8 ? 12 : 8);
	end = two(head + 5);
	if (end > STORE_PAGE - PAGE_SUM || n > STORE_PAGE / 2 || begin + 2 * n > end)
		return;
	for (unsigned i = 0; i < n; i++)
		if (two(page + begin + 2 * i) < end || two(page + begin + 2 * i) >= STORE_PAGE - PAGE_SUM)
			return;
	memset(page + begin + 2 * n, 0, end - begin - 2 * n);
}

static int pages_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	struct pages *f = (struct pages *)file;
	sqlite3_file *to = under(file);
	unsigned char *page = (unsigned char *)(uintptr_t)data; /* its last bytes and the free ones are ours, also in SQLite's memory */
	uint32_t number = (uint32_t)(at / STORE_PAGE) + 1;
	uint64_t sum;
	int rc;

	if (at == 0 && n >= HEAD_NEEDED)
		take_head(f, data);
	if (!f->about.summed || n != STORE_PAGE || at % STORE_PAGE)
		return to->pMethods->xWrite(to, data, n, at);
	if (number == 1) {
		page[HEAD_WRITES] = READ_ONLY_ELSEWHERE;
		f->about.taken_over = 0;
	}
	wipe_gap(page, number);
	sum = htole64(sum_of(page, number));
	memcpy(page + STORE_PAGE - PAGE_SUM, &sum, PAGE_SUM);
	rc = to->pMethods->xWrite(to, page, n, at);
	memset(page + STORE_PAGE - PAGE_SUM, 0, PAGE_SUM);
	if (number == 1)
		page[HEAD_WRITES] = page[HEAD_READS];
	return rc;
}

/* ---- what goes straight through ---- */

static int pages_close(sqlite3_file *file)
{
	sqlite3_free(((struct pages *)file)->page);
	return under(file)->pMethods->xClose(under(file));
}

static int pages_truncate(sqlite3_file *file, sqlite3_int64 size) { return under(file)->pMethods->xTruncate(under(file), size); }
static int pages_sync(sqlite3_file *file, int flags) { return under(file)->pMethods->xSync(under(file), flags); }
static int pages_size(sqlite3_file *file, sqlite3_int64 *size) { return under(file)->pMethods->xFileSize(under(file), size); }
static int pages_lock(sqlite3_file *file, int lock) { return under(file)->pMethods->xLock(under(file), lock); }
static int pages_unlock(sqlite3_file *file, int lock) { return under(file)->pMethods->xUnlock(under(file), lock); }
static int pages_reserved(sqlite3_file *file, int *out) { return under(file)->pMethods->xCheckReservedLock(under(file), out); }
static int pages_sector(sqlite3_file *file) { return under(file)->pMethods->xSectorSize(under(file)); }
static int pages_device(sqlite3_file *file) { return under(file)->pMethods->xDeviceCharacteristics(under(file)); }
static void pages_barrier(sqlite3_file *file) { under(file)->pMethods->xShmBarrier(under(file)); }
static int pages_unmap(sqlite3_file *file, int gone) { return under(file)->pMethods->xShmUnmap(under(file), gone); }
static int pages_shm_lock(sqlite3_file *file, int at, int n, int flags) { return under(file)->pMethods->xShmLock(under(file), at, n, flags); }

static int pages_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
	return under(file)->pMethods->xShmMap(under(file), region, size, extend, out);
}

static int pages_control(sqlite3_file *file, int op, void *arg)
{
	struct pages *f = (struct pages *)file;

	switch (op) {
	case ASK_PAGES:
		*(struct pages_about *)arg = f->about;
		return SQLITE_OK;
	case ASK_LOOK:
		if (!f->page && !(f->page = sqlite3_malloc(STORE_PAGE)))
			return SQLITE_NOMEM;
		return read_page(f, f->page, *(uint32_t *)arg);
	default:
		return under(file)->pMethods->xFileControl(under(file), op, arg);
	}
}

/* Version 2 has no memory map, which would show pages to SQLite past us. */
static const sqlite3_io_methods methods = {
	2, pages_close, pages_read, pages_write, pages_truncate, pages_sync, pages_size, pages_lock, pages_unlock, pages_reserved, pages_control, pages_sector, pages_device,
	pages_map, pages_shm_lock, pages_barrier, pages_unmap, NULL, NULL
};

static int pages_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out)
{
	sqlite3_vfs *to = sqlite3_vfs_find("unix");
	int rc;

	(void)vfs;
	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return to->xOpen(to, name, file, flags, out);
	memset(file, 0, sizeof(struct pages));
	rc = to->xOpen(to, name, under(file), flags, out);
	if (!rc)
		file->pMethods = &methods;
	return rc;
}

static uint64_t any_hash(const void *p, size_t n, uint64_t seed) { return XXH3_64bits_withSeed(p, n, seed); }

static sqlite3_vfs ours;
static int registered;

/* The methods of the VFS for Unix ask for no more than its name's length: they can be ours. */
static void make(void)
{
	sqlite3_vfs *to = sqlite3_vfs_find("unix");

	hash = page_hash_wide() ? page_hash_wide() : any_hash;
	registered = SQLITE_ERROR;
	if (!to)
		return;
	ours = *to;
	ours.pNext = NULL;
	ours.zName = PAGES_VFS;
	ours.szOsFile = (int)sizeof(struct pages) + to->szOsFile;
	ours.xOpen = pages_open;
	registered = sqlite3_vfs_register(&ours, 0);
}

int pages_register(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make);
	return registered;
}

struct pages_about pages_about(sqlite3 *db)
{
	struct pages_about a = { 0, 0, 0 };

	sqlite3_file_control(db, "main", ASK_PAGES, &a);
	return a;
}

int pages_look(sqlite3 *db, uint32_t page)
{
	return sqlite3_file_control(db, "main", ASK_LOOK, &page);
}
