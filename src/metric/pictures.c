/* Figures that several reports draw. */
#include "metric_impl.h"
#include "wend/regress.h"

#include <math.h>

struct table *figure_forest(struct figure *f, const char *title, const char *x_label, const char *const cols[4], int digits)
{
	f->kind = FIG_FOREST;
	f->title = title;
	f->x_label = x_label;
	f->log_x = true;
	f->ref = 1;
	table_col(&f->data, cols[0], COL_TEXT, NULL, -1);
	for (int i = 1; i < 4; i++)
		table_col(&f->data, cols[i], COL_REAL, NULL, digits);
	return &f->data;
}

void figure_chances(struct figure *f, const struct judged_part *part, size_t n)
{
	static const char *const cols[] = { "foreseen", "came", "lo", "hi" };
	f->kind = FIG_BAND;
	f->title = "chances foreseen and what came";
	f->x_label = "chance foreseen";
	f->y_label = "share that left";
	f->ref = NAN;
	for (int i = 0; i < 4; i++)
		table_col(&f->data, cols[i], COL_SHARE, NULL, 1);
	for (size_t i = 0; i < n; i++) {
		put_real(&f->data, part[i].chance);
		put_real(&f->data, part[i].share);
		put_real(&f->data, part[i].ci.lo);
		put_real(&f->data, part[i].ci.hi);
	}
}
