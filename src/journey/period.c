/* Calendar periods by running number, so that counts live in plain arrays.
 *
 * Days count from 1970-01-01, weeks (civil_weeks_begin) from the first that begins after it,
 * months, quarters and years from year 0.
 */
#include "wend/journey.h"

enum wend_err period_parse(enum period_unit *out, const char *text, struct err *err)
{
	static const char *const names[] = { "day", "week", "month", "quarter", "year", NULL };
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text)) {
			*out = (enum period_unit)i;
			return WEND_OK;
		}
	const char *near = suggest(text, names);
	return err_set(err, WEND_E_USAGE, "unknown period '%s'; %s%s", text,
		       near ? "did you mean " : "give day, week, month, quarter or year", near ? near : "");
}

static int32_t floor_div(int32_t a, int32_t b)
{
	return a / b - (a % b < 0);
}

int32_t period_number(enum period_unit u, int32_t day)
{
	int y, m, d;
	if (u == PERIOD_DAY)
		return day;
	if (u == PERIOD_WEEK)
		return floor_div(civil_week_start(day), 7);
	civil_ymd(day, &y, &m, &d);
	if (u == PERIOD_YEAR)
		return y;
	return u == PERIOD_QUARTER ? y * 4 + (m - 1) / 3 : y * 12 + m - 1;
}

int32_t period_day(enum period_unit u, int32_t number)
{
	switch (u) {
	case PERIOD_DAY:
		return number;
	case PERIOD_WEEK:
		return civil_week_start(number * 7 + 6);
	case PERIOD_MONTH:
		return civil_day(floor_div(number, 12), number - floor_div(number, 12) * 12 + 1, 1);
	case PERIOD_QUARTER:
		return civil_day(floor_div(number, 4), (number - floor_div(number, 4) * 4) * 3 + 1, 1);
	default:
		return civil_day(number, 1, 1);
	}
}

int32_t period_start(enum period_unit u, int32_t day)
{
	return period_day(u, period_number(u, day));
}

int32_t period_next(enum period_unit u, int32_t start)
{
	return period_day(u, period_number(u, start) + 1);
}

bool period_read(enum period_unit u, struct sv text, int32_t *number)
{
	struct span span;
	struct str s = STR_INIT;
	if (!text.n || span_parse(&span, text, 0, NULL))
		return false;
	*number = period_number(u, floor_day(span.from));
	period_text(&s, u, period_day(u, *number));
	const bool same = sv_eq(str_view(&s), text);
	str_release(&s);
	return same;
}

void period_text(struct str *out, enum period_unit u, int32_t start)
{
	int y, m, d;
	civil_ymd(start, &y, &m, &d);
	switch (u) {
	case PERIOD_DAY:
		str_printf(out, "%04d-%02d-%02d", y, m, d);
		break;
	case PERIOD_WEEK: {
		int week;
		if (!civil_weeks_iso()) { /* by its first day: its number would mean another week to others */
			str_printf(out, "%04d-%02d-%02d", y, m, d);
			break;
		}
		civil_isoweek(start, &y, &week);
		str_printf(out, "%04d-W%02d", y, week);
		break;
	}
	case PERIOD_MONTH:
		str_printf(out, "%04d-%02d", y, m);
		break;
	case PERIOD_QUARTER:
		str_printf(out, "%04d-Q%d", y, (m - 1) / 3 + 1);
		break;
	default:
		str_printf(out, "%04d", y);
	}
}
