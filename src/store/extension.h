/* room: store (internal)
 * Included before anything else, by the Makefile, when the room is compiled for the
 * extension: every sqlite3_* goes through the table of the SQLite that loads us. A second
 * SQLite in the process would be wrong even where it can be linked: closing a file in one
 * drops the locks the other holds on it.
 */
#ifndef WEND_STORE_EXTENSION_H
#define WEND_STORE_EXTENSION_H

#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3

#endif
