/*
 * Our own time type: the proleptic Gregorian calendar by arithmetic, from
 * 1970 to 9999, and durations in their largest unit.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "common/decimal.h"
#include "common/ktime.h"

#define YEAR_MIN 1970
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAYS_400_YEARS 146097
#define DAYS_100_YEARS 36524
#define DAYS_4_YEARS 1461

/* From the largest; in_next of them make one of the unit before. */
static const struct unit {
	char letter;
	int64_t seconds;
	uint64_t in_next;
} units[] = {
	{ 'd', KTIME_DAY, 0 },
	{ 'h', KTIME_HOUR, 24 },
	{ 'm', KTIME_MINUTE, 60 },
	{ 's', 1, 60 },
};

#define NUNITS (sizeof(units) / sizeof(units[0]))

struct ktime
ktime_now(void)
{
	struct timespec ts = { 0, 0 };
	struct ktime t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (ktime_add(t, ts.tv_sec));
}

int64_t
ktime_boot_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

int64_t
ktime_diff(struct ktime a, struct ktime b)
{
	return (a.sec - b.sec);
}

struct ktime
ktime_add(struct ktime t, int64_t seconds)
{
	if (t.sec < 0)
		t.sec = 0;
	if (t.sec > KTIME_MAX)
		t.sec = KTIME_MAX;
	if (seconds > KTIME_MAX - t.sec)
		t.sec = KTIME_MAX;
	else if (seconds < -t.sec)
		t.sec = 0;
	else
		t.sec += seconds;
	return (t);
}

int
ktime_cmp(struct ktime a, struct ktime b)
{
	return ((a.sec > b.sec) - (a.sec < b.sec));
}

int32_t
ktime_day(struct ktime t)
{
	return ((int32_t)(t.sec / KTIME_DAY));
}

/*
 * Years are counted from March, so that the leap day is a year's last day and
 * month lengths repeat: 153 days are five months.
 */
static void
civil_from_day(uint32_t day, uint32_t *year, uint32_t *month, uint32_t *mday)
{
	uint32_t cycle, in_cycle, y, in_year, m;

	day += DAYS_TO_EPOCH;
	cycle = day / DAYS_400_YEARS;
	in_cycle = day % DAYS_400_YEARS;
	y = (in_cycle - in_cycle / (DAYS_4_YEARS - 1) +
		in_cycle / DAYS_100_YEARS - in_cycle / (DAYS_400_YEARS - 1)) /
	    365;
	in_year = in_cycle - (365 * y + y / 4 - y / 100);
	m = (5 * in_year + 2) / 153;
	*mday = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = cycle * 400 + y + (*month <= 2);
}

static uint32_t
day_from_civil(uint32_t year, uint32_t month, uint32_t mday)
{
	uint32_t m;

	m = month > 2 ? month - 3 : month + 9;
	year -= month <= 2;
	return (365 * year + year / 4 - year / 100 + year / 400 +
		(153 * m + 2) / 5 + mday - 1 - DAYS_TO_EPOCH);
}

static uint32_t
month_days(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return (29);
	return (days[month - 1]);
}

/* Writes n as exactly width digits. */
static void
put_digits(char *p, int width, uint32_t n)
{
	while (width-- > 0) {
		p[width] = (char)('0' + n % 10);
		n /= 10;
	}
}

/* Reads exactly width digits.  Returns -1 if one is none. */
static int
get_digits(const char *p, int width, uint32_t *n)
{
	unsigned int digit;
	int i;

	*n = 0;
	for (i = 0; i < width; i++) {
		digit = (unsigned int)(unsigned char)p[i] - '0';
		if (digit > 9)
			return (-1);
		*n = *n * 10 + digit;
	}
	return (0);
}

int
ktime_print(struct ktime t, char buf[KTIME_STRLEN])
{
	uint32_t year, month, mday, sec;

	buf[0] = '\0';
	if (t.sec < 0 || t.sec > KTIME_MAX)
		return (-1);
	civil_from_day((uint32_t)(t.sec / KTIME_DAY), &year, &month, &mday);
	sec = (uint32_t)(t.sec % KTIME_DAY);
	memcpy(buf, "0000-00-00T00:00:00Z", KTIME_STRLEN);
	put_digits(buf, 4, year);
	put_digits(buf + 5, 2, month);
	put_digits(buf + 8, 2, mday);
	put_digits(buf + 11, 2, sec / KTIME_HOUR);
	put_digits(buf + 14, 2, sec % KTIME_HOUR / KTIME_MINUTE);
	put_digits(buf + 17, 2, sec % KTIME_MINUTE);
	return (0);
}

int
ktime_parse(const char *s, size_t len, struct ktime *t)
{
	uint32_t year, month, mday, hour, min, sec;

	if (len != KTIME_STRLEN - 1 || s[4] != '-' || s[7] != '-' ||
	    s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z')
		return (-1);
	if (get_digits(s, 4, &year) == -1 ||
	    get_digits(s + 5, 2, &month) == -1 ||
	    get_digits(s + 8, 2, &mday) == -1 ||
	    get_digits(s + 11, 2, &hour) == -1 ||
	    get_digits(s + 14, 2, &min) == -1 ||
	    get_digits(s + 17, 2, &sec) == -1)
		return (-1);
	if (year < YEAR_MIN || month < 1 || month > 12 || mday < 1 ||
	    mday > month_days(year, month) || hour > 23 || min > 59 || sec > 59)
		return (-1);
	t->sec = (int64_t)day_from_civil(year, month, mday) * KTIME_DAY +
		 hour * KTIME_HOUR + min * KTIME_MINUTE + sec;
	return (0);
}

int
kduration_print(int64_t seconds, char buf[KDURATION_STRLEN])
{
	const struct unit *u = &units[NUNITS - 1];
	size_t i, len;

	buf[0] = '\0';
	if (seconds < 0 || seconds > KTIME_MAX)
		return (-1);
	for (i = 0; i < NUNITS && seconds > 0; i++) {
		if (seconds % units[i].seconds == 0) {
			u = &units[i];
			break;
		}
	}
	len = decimal_print((uint64_t)(seconds / u->seconds), buf);
	buf[len] = u->letter;
	buf[len + 1] = '\0';
	return (0);
}

int
kduration_parse(const char *s, size_t len, int64_t *seconds)
{
	const struct unit *u = NULL;
	uint64_t n;
	size_t i;

	if (len < 2)
		return (-1);
	for (i = 0; i < NUNITS; i++) {
		if (units[i].letter == s[len - 1])
			u = &units[i];
	}
	if (u == NULL || decimal_parse(s, len - 1,
			     (uint64_t)(KTIME_MAX / u->seconds), &n) == -1)
		return (-1);
	if (n == 0 ? u->letter != 's' : u->in_next != 0 && n % u->in_next == 0)
		return (-1);
	*seconds = (int64_t)n * u->seconds;
	return (0);
}
