/* room: base
 * Functions that overflow, depend on the locale or share state are compile errors.
 * Included first by the Makefile; system headers come before the poison.
 */
#ifndef WEND_BANNED_H
#define WEND_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <stdint.h>
#include <inttypes.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strtok gets atoi atol atof localtime gmtime ctime asctime mktemp system

#endif
