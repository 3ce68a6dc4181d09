/* sql FILE STATEMENTS: runs them on any SQLite file, a store with its checksums, and prints
 * rows with '|' between columns. `sql FILE --hold` takes the write lock, says so, and keeps it until standard
 * input ends: another process at work. */
#include <sqlite3.h>
#include <unistd.h>
#include "store/pages.h"

static int row(void *ctx, int n, char **v, char **names)
{
	(void)ctx;
	(void)names;
	for (int i = 0; i < n; i++)
		printf("%s%s", i ? "|" : "", v[i] ? v[i] : "");
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	char *message = NULL, c;
	int status = 1;
	if (argc != 3 || pages_register() || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, PAGES_VFS))
		goto done;
	int hold = !strcmp(argv[2], "--hold");
	if (sqlite3_exec(db, hold ? "BEGIN IMMEDIATE" : argv[2], row, NULL, &message)) {
		fprintf(stderr, "sql: %s\n", message ? message : "?");
		goto done;
	}
	if (hold) {
		puts("held");
		fflush(stdout);
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
	}
	status = 0;
done:
	sqlite3_free(message);
	sqlite3_close(db);
	return status;
}
