/* room: simulate (internal)
 * From options to a plan, and the truth about what came of it.
 */
#ifndef WEND_SIMPLAN_H
#define WEND_SIMPLAN_H

#include "sim.h"
#include "wend/simulate.h"

/* Wrong names and values: WEND_E_USAGE. Nothing is written. */
enum wend_err sim_plan(struct sim *s, const struct simulate_options *o, struct err *err);

/* truth.csv as text: every parameter, fact and reject. */
void truth_text(struct str *out, const struct sim *s, const struct facts *f, const struct file_job *job, size_t njob, const struct simulate_options *o);
/* wend.ini: what the files do not say of themselves. */
void settings_text(struct str *out, const struct sim *s);
extern const char people_head[];

/* Is what lies in `dir` an earlier simulation and nothing else? */
bool sim_is_ours(const char *dir, struct str *stranger);

#endif
