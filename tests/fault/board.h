/* What the fault harness and the library it preloads tell each other: a page of memory
 * both map. The driver writes the plan before a run; the shim counts and strikes. */
#ifndef WEND_FAULT_BOARD_H
#define WEND_FAULT_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

/* Classes of calls. CLASS_IO counts every call that changes a file, of whatever class. */
enum fault_class { CLASS_ALLOC, CLASS_READ, CLASS_WRITE, CLASS_SYNC, CLASS_RENAME, CLASS_TRUNC, CLASS_OPEN, CLASS_THREAD, CLASS_LOCK, CLASS_MAP, CLASS_IO, CLASSES };

/* What happens at the call that was chosen. */
enum fault_act {
	ACT_NONE,
	ACT_FAIL,   /* it fails with `error` */
	ACT_SHORT,  /* a read or write moves half of the bytes, as the kernel may */
	ACT_SIGNAL, /* signal `error` before it happens, or after, or (a write) half way */
};

struct fault_board {
	uint32_t cls, act, error;
	uint32_t on;    /* every later call of the class as well */
	uint64_t at;    /* the call that is struck, from 1 */
	_Atomic uint64_t count[CLASSES];
	_Atomic uint64_t struck;
};
#define FAULT_BOARD "FAULT_BOARD" /* environment: path of the file behind the page */

#endif
