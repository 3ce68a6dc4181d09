/* room: journey
 * When steps are known of (cover.c), taken as a part of a pass that is made anyway. Whoever
 * needs nothing else calls step_covers_run (journey.h).
 *
 * The pass sees every record: no filter, no --only, every kind, all time. Each thread keeps the
 * set of step_census_begin, free() gives it back; threads are merged in any order.
 */
#ifndef WEND_COVER_H
#define WEND_COVER_H

#include "journey.h"

struct sources_set;
struct step_census;
/* Does a pass over this population, with its span opened, see every record? */
bool step_census_fits(const struct population *p);
/* Lives in the arena, as what is made of it does. */
enum wend_err step_census_open(struct step_census **out, const struct population *p, struct arena *a, struct err *err);
void step_census_fields(struct fold *f);
struct sources_set *step_census_begin(const struct step_census *x);
/* The steps of a journey, steps_of or derived_of. */
void step_census_add(struct sources_set *set, const struct step_census *x, const struct journey *j, const struct step_buf *steps);
void step_census_merge(struct sources_set *into, const struct sources_set *from, const struct step_census *x);
struct step_covers *step_census_close(const struct step_census *x, const struct sources_set *set, struct arena *a);

#endif
