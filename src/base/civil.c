/* Days of the proleptic Gregorian calendar.
 *
 * A year is taken to begin in March, so that the leap day is its last day and the
 * months before any month have a length that is linear in the month: (153 m + 2) / 5.
 * 400 years are 146097 days (an "era"); 719468 days lie between 0000-03-01 and
 * 1970-01-01. Exact for every int32 day.
 */
#include <assert.h>
#include "wend/civil.h"

enum { ERA_DAYS = 146097, EPOCH_SHIFT = 719468 };

int32_t civil_day(int y, int m, int d)
{
	const int64_t yy = (int64_t)y - (m <= 2);
	const int64_t era = (yy >= 0 ? yy : yy - 399) / 400;
	const int64_t yoe = yy - era * 400;
	const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return (int32_t)(era * ERA_DAYS + doe - EPOCH_SHIFT);
}

void civil_ymd(int32_t day, int *y, int *m, int *d)
{
	const int64_t z = (int64_t)day + EPOCH_SHIFT;
	const int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
	const uint32_t doe = (uint32_t)(z - era * ERA_DAYS);
	const uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const uint32_t mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)((int64_t)yoe + era * 400 + (*m <= 2));
}

static bool is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

int civil_month_days(int y, int m)
{
	static const uint8_t days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	assert(m >= 1 && m <= 12);
	return days[m] + (m == 2 && is_leap(y));
}

bool civil_valid(int y, int m, int d)
{
	return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= civil_month_days(y, m);
}

int civil_weekday(int32_t day)
{
	/* 1970-01-01 was a Thursday. */
	const int64_t w = ((int64_t)day + 3) % 7;
	return (int)(w < 0 ? w + 8 : w + 1);
}

const char *const civil_weekday_name[8] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL };

static int first_weekday = 1;

void civil_weeks_begin(int weekday)
{
	first_weekday = weekday;
}

bool civil_weeks_iso(void)
{
	return first_weekday == 1;
}

int32_t civil_week_start(int32_t day)
{
	return day - (civil_weekday(day) - first_weekday + 7) % 7;
}

/* A week belongs to the year that holds its Thursday. */
void civil_isoweek(int32_t day, int *year, int *week)
{
	int m, d;
	const int32_t thursday = day - civil_weekday(day) + 4;
	civil_ymd(thursday, year, &m, &d);
	*week = (thursday - civil_day(*year, 1, 1)) / 7 + 1;
}

int32_t civil_add_months(int32_t day, int months, int anchor_mday)
{
	int y, m, d;
	civil_ymd(day, &y, &m, &d);
	int64_t k = (int64_t)y * 12 + (m - 1) + months;
	int64_t yy = k / 12;
	if (k % 12 < 0)
		yy--;
	m = (int)(k - yy * 12) + 1;
	y = (int)yy;
	const int last = civil_month_days(y, m);
	return civil_day(y, m, anchor_mday < last ? anchor_mday : last);
}
