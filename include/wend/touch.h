/* room: metric
 * The journey as text: how a path of steps is spelt in one cell, and read back.
 *
 *     ad > visit > "two > one" > basket
 *
 * Steps stand apart by ` > `. A step that could be taken for something else stands in
 * double quotes, a double quote inside doubled, as in CSV: one that is empty, holds `>` or
 * `"`, begins or ends with a blank or a control character, or reads `(none)`. A path without
 * any step is `(none)`. What path_put wrote path_next reads back exactly, whatever the
 * bytes; paths other programs wrote (`a>b`, `a > b`) are read too.
 */
#ifndef WEND_TOUCH_H
#define WEND_TOUCH_H

#include "str.h"

#define PATH_NONE "(none)"
/* Appends a step; `first` is true for the first one, which nothing stands before. */
void path_put(struct str *out, struct sv step, bool first);
/* The next step of a path into `step` (cleared first); false when there is none left, also
 * for an empty path. `rest` begins as the whole cell. *damaged (may be NULL) is set where a
 * quote is left open or text follows a closed one; the text is taken as it stands. */
bool path_next(struct sv *rest, struct str *step, bool *damaged);

#endif
