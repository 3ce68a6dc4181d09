/* room: store (internal)
 * The virtual tables `event`, `item` and `customer`: packed records as rows of SQL, on the
 * merging cursor, so that a query sees what a report sees.
 */
#ifndef WEND_STORE_VTAB_H
#define WEND_STORE_VTAB_H

#include "format.h"

/* Make a table known to the connection; errors of the cursor are kept in `err`. `left`
 * (may be NULL) is called with `user` when the connection is done with it, or at once when
 * this fails. */
int vtab_register(sqlite3 *db, int table, struct store *s, struct err *err, void (*left)(void *), void *user);
/* "CREATE TABLE ..." of each, for the page and its test. */
void vtab_columns(struct str *out, int table);
enum { VTAB_EVENT, VTAB_ITEM, VTAB_CUSTOMER, VTAB_COUNT };
extern const char *const vtab_names[VTAB_COUNT];

#endif
