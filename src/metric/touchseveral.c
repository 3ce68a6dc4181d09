/* Several reports on walks in one pass over the store. */
#include "touch_impl.h"

static const struct {
	const char *name;
	touch_prepare *prepare;
} reports[] = {
	{ "paths", paths_prepare }, { "map", map_prepare }, { "funnel", funnel_prepare }, { "repeat", repeat_prepare },
	{ "effort", effort_prepare }, { "fatigue", fatigue_prepare }, { "satisfaction", satisfaction_prepare },
};

enum wend_err metric_touch_several(const struct population *p, const struct touch_options *o, const struct report_options *ro, const char *const *name, size_t n, struct report *const *r, struct err *err)
{
	touch_prepare *prepare[TOUCH_SEVERAL];
	if (n > TOUCH_SEVERAL)
		return err_set(err, WEND_E_USAGE, "more than %d reports at once", (int)TOUCH_SEVERAL);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < sizeof reports / sizeof *reports && strcmp(reports[k].name, name[i]))
			k++;
		if (k == sizeof reports / sizeof *reports)
			return err_set(err, WEND_E_USAGE, "'%s' does not share a pass; run it by itself, beside paths, map, funnel, repeat, effort, fatigue or satisfaction", name[i]);
		for (size_t j = 0; j < i; j++)
			if (prepare[j] == reports[k].prepare)
				return err_set(err, WEND_E_USAGE, "'%s' stands twice", name[i]);
		prepare[i] = reports[k].prepare;
	}
	return touch_run(p, o, ro, prepare, n, r, err);
}
