/* People who do not exist, at example.com. */
#include "sim.h"

#include <stdio.h>

static const struct {
	const char *name, *ascii;
} firsts[] = {
	{ "Ada", "ada" }, { "Ben", "ben" }, { "Cleo", "cleo" }, { "Dan", "dan" }, { "Édith", "edith" }, { "Finn", "finn" }, { "Greta", "greta" }, { "Hugo", "hugo" },
	{ "Ida", "ida" }, { "João", "joao" }, { "Klara", "klara" }, { "Leo", "leo" }, { "Mila", "mila" }, { "Núria", "nuria" }, { "Olga", "olga" }, { "Paul", "paul" },
	{ "Quinn", "quinn" }, { "Rosa", "rosa" }, { "Søren", "soren" }, { "Tessa", "tessa" }, { "Udo", "udo" }, { "Vera", "vera" }, { "Wim", "wim" }, { "Zoë", "zoe" },
}, lasts[] = {
	{ "Adler", "adler" }, { "Berger", "berger" }, { "Conrad", "conrad" }, { "Dorn", "dorn" }, { "Ebert", "ebert" }, { "Ferreira", "ferreira" }, { "Gruber", "gruber" },
	{ "Hahn", "hahn" }, { "Iversen", "iversen" }, { "Jung", "jung" }, { "Keller", "keller" }, { "Lorenz", "lorenz" }, { "Müller", "mueller" }, { "Nagel", "nagel" },
	{ "O'Neill", "oneill" }, { "Peters", "peters" }, { "Quandt", "quandt" }, { "Richter", "richter" }, { "Sommer", "sommer" }, { "Thiel", "thiel" }, { "Ulrich", "ulrich" },
	{ "Vogt", "vogt" }, { "Weiß", "weiss" }, { "Zanetti", "zanetti" },
};
enum { NAMES = sizeof firsts / sizeof firsts[0] };

/* Neighbours have different names, and a name says nothing about its bearer. */
static void names_of(uint32_t who, uint32_t *first, uint32_t *last)
{
	*first = who % NAMES;
	*last = (who / NAMES + who * 7) % NAMES;
}

static uint8_t pick_channel(const struct company_def *co, double u)
{
	unsigned c = 0;
	while (c + 1 < CHANNELS && u >= co->channel[c].share)
		u -= co->channel[c++].share;
	return (uint8_t)c;
}

/* Pairs of neighbours share an address. */
static bool is_family(const struct sim *s, uint32_t who)
{
	if (!(who & 1) || who >= s->persons || who - 1 < (uint32_t)s->p[P_KIOSK])
		return false;
	return rng_once(s->seed, who / 2, S_FAMILY) < s->p[P_FAMILY];
}

void person_make(struct person *p, const struct sim *s, uint32_t who)
{
	struct rng r;
	uint32_t first, last;
	rng_init(&r, s->seed, who, S_PERSON);
	names_of(who, &first, &last);
	*p = (struct person){ .who = who, .mail_of = who, .first = firsts[first].name, .last = lasts[last].name };
	p->channel = pick_channel(s->co, rng_unit(&r));
	p->currency = rng_chance(&r, s->p[P_OTHER_CURRENCY]);
	p->country = (uint8_t)rng_upto(&r, 4);
	p->joined = (uint32_t)(rng_unit(&r) * s->join_total);
	p->gets_mail = rng_chance(&r, s->p[P_MAIL_SHARE]);
	p->kiosk = who < (uint32_t)s->p[P_KIOSK] && who < s->persons;
	p->family = is_family(s, who);
	if (p->family)
		p->mail_of = who - 1;
}

double person_activity(const struct sim *s, uint32_t who)
{
	struct rng r;
	rng_init(&r, s->seed, who, S_ACTIVITY);
	return rng_gamma(&r, s->p[P_ACTIVITY_SHAPE], 1 / s->p[P_ACTIVITY_SHAPE]);
}

size_t person_mail(char out[96], const struct sim *s, const struct person *p, uint64_t salt)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint32_t first, last, id = p->mail_of;
	char code[8];
	int n = 0;
	bool capitals = rng_once(s->seed, p->who, S_ROW + salt) < s->p[P_CAPITALS];
	if (p->kiosk)
		return (size_t)snprintf(out, 96, "%s", capitals ? "Front.Desk@example.com" : "front.desk@example.com");
	names_of(id, &first, &last);
	do
		code[n++] = digits[id % 36];
	while (id /= 36);
	char *at = out;
	for (const char *z = firsts[first].ascii; *z; z++)
		*at++ = *z;
	*at++ = '.';
	for (const char *z = lasts[last].ascii; *z; z++)
		*at++ = *z;
	*at++ = '.';
	while (n)
		*at++ = code[--n];
	memcpy(at, "@example.com", 13);
	if (capitals) {
		out[0] = (char)(out[0] - 32);
		at[1] = 'E';
	}
	return (size_t)(at - out) + 12;
}

void person_visitor(char out[24], uint32_t who, unsigned device)
{
	uint32_t v = who * 2654435761u;
	out[0] = 'v';
	for (int i = 8; i > 0; i--, v >>= 4)
		out[i] = "0123456789abcdef"[v & 15];
	out[9] = (char)('0' + device);
	out[10] = 0;
}

/* Numbers from a German mobile range that is kept for fiction, as far as they go. */
void person_phone(char out[24], uint32_t who)
{
	char digits[12];
	int n = 0;
	for (uint32_t v = 39200000u + who; v; v /= 10)
		digits[n++] = (char)('0' + v % 10);
	memcpy(out, "+49171", 6);
	for (out += 6; n;)
		*out++ = digits[--n];
	*out = 0;
}

const char *person_country(const struct sim *s, const struct person *p)
{
	static const char *const of[3][4] = { { "DE", "DE", "DE", "AT" }, { "DE", "FR", "NL", "IT" }, { "PT", "ES", "DE", "FR" } };
	static const char *const other[3] = { "CH", "US", "GB" };
	return p->currency ? other[s->kind] : of[s->kind][p->country];
}
