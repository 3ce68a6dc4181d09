/* Keys of people in the form in which they are compared. */
#include "engine.h"

/* What a byte is in an address. */
enum { MAIL_BAD = 1, MAIL_AT = 2, MAIL_HIGH = 4 };

static inline unsigned mail_class(unsigned char c)
{
	return c >= 0x80 ? MAIL_HIGH : c == '@' ? MAIL_AT : c <= ' ' || c == ',' || c == ';' || c == 0x7f ? MAIL_BAD : 0;
}

static struct sv mail_slow(struct pool *pool, struct sv v)
{
	v = sv_trim(v);
	if (sv_starts(v, "mailto:"))
		v = sv_n(v.p + 7, v.n - 7);
	/* "Ada <ada@example.com>" */
	if (v.n && v.p[v.n - 1] == '>') {
		ptrdiff_t open = sv_find(v, SV("<"));
		if (open >= 0)
			v = sv_trim(sv_n(v.p + open + 1, v.n - (size_t)open - 2));
	}
	const char *at = v.n ? memchr(v.p, '@', v.n) : NULL;
	if (!at || at == v.p || at == v.p + v.n - 1 || v.n > 320 || memchr(at + 1, '@', v.n - (size_t)(at + 1 - v.p)))
		return SV_NONE;
	for (size_t i = 0; i < v.n; i++)
		if (mail_class((unsigned char)v.p[i]) & MAIL_BAD)
			return SV_NONE;
	struct str folded = STR_INIT;
	utf8_fold(&folded, v);
	struct sv out = pool_copy(pool, str_view(&folded));
	str_release(&folded);
	return out;
}

/* What the bytes have in common: foreign or bad ones, capitals, whether more than one @. */
struct mail_bytes {
	unsigned odd, upper, ats;
};

#ifdef __SSE2__
#include <emmintrin.h>

/* Sixteen bytes at once, of which the first `skip` were looked at before. */
static inline void mail_look(struct mail_bytes *m, const char *p, unsigned skip)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* Signed: what is not ASCII is below a blank, too. */
	__m128i odd = _mm_cmplt_epi8(v, _mm_set1_epi8(' ' + 1));
	odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(',')), _mm_cmpeq_epi8(v, _mm_set1_epi8(';'))));
	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)));
	__m128i upper = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(v, _mm_set1_epi8('Z' + 1)));
	m->odd |= (unsigned)_mm_movemask_epi8(odd);
	m->upper |= (unsigned)_mm_movemask_epi8(upper);
	unsigned at = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('@'))) >> skip;
	m->ats += at ? at & (at - 1) ? 2 : 1 : 0;
}

static inline void mail_look_at(struct mail_bytes *m, struct sv v)
{
	size_t i = 0;
	for (; v.n - i >= 16; i += 16)
		mail_look(m, v.p + i, 0);
	if (i == v.n)
		return;
	if (i) {
		mail_look(m, v.p + v.n - 16, (unsigned)(16 - (v.n - i)));
		return;
	}
	char few[16];
	memset(few, 'a', sizeof few);
	memcpy(few, v.p, v.n);
	mail_look(m, few, 0);
}
#else
static inline void mail_look_at(struct mail_bytes *m, struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned c = mail_class((unsigned char)v.p[i]);
		m->odd |= c & (MAIL_BAD | MAIL_HIGH);
		m->upper |= v.p[i] >= 'A' && v.p[i] <= 'Z';
		m->ats += c == MAIL_AT;
	}
}
#endif

static struct sv lowered(struct pool *pool, struct sv v)
{
	char *to = pool_take(pool, v.n);
	for (size_t i = 0; i < v.n; i++)
		to[i] = (char)(v.p[i] >= 'A' && v.p[i] <= 'Z' ? v.p[i] + 32 : v.p[i]);
	return sv_n(to, v.n);
}

struct sv mail_key(struct pool *pool, struct sv v)
{
	struct mail_bytes m = { 0, 0, 0 };
	mail_look_at(&m, v);
	if (!m.ats)
		return SV_NONE;
	/* The plain case: ASCII, one @ inside, no blank, comma, semicolon, control character. */
	if (m.odd || m.ats != 1 || v.n > 320 || v.p[0] == '@' || v.p[v.n - 1] == '@' || v.p[v.n - 1] == '>' || (v.p[0] == 'm' && sv_starts(v, "mailto:")))
		return mail_slow(pool, v);
	return m.upper ? lowered(pool, v) : v;
}

/* Country, its code, and the prefix that a national number loses ("" none, "0" mostly).
 * ITU-T E.164 and the national numbering plans; Italy and a few others keep the zero. */
static const char countries[] =
	"AD376,AE971:0,AF93:0,AG1:1,AI1:1,AL355:0,AM374:0,AO244,AR54:0,AS1:1,AT43:0,AU61:0,AW297,AZ994:0,BA387:0,BB1:1,BD880:0,BE32:0,"
	"BF226,BG359:0,BH973,BI257,BJ229,BM1:1,BN673,BO591:0,BR55:0,BS1:1,BT975,BW267,BY375:8,BZ501,CA1:1,CD243:0,CF236,CG242,CH41:0,"
	"CI225,CL56,CM237,CN86:0,CO57:0,CR506,CU53:0,CV238,CY357,CZ420,DE49:0,DJ253,DK45,DM1:1,DO1:1,DZ213:0,EC593:0,EE372,EG20:0,ER291:0,"
	"ES34,ET251:0,FI358:0,FJ679,FR33:0,GA241,GB44:0,GD1:1,GE995:0,GF594:0,GH233:0,GI350,GL299,GM220,GN224,GP590:0,GR30,GT502,GU1:1,"
	"GW245,GY592,HK852,HN504,HR385:0,HT509,HU36:06,ID62:0,IE353:0,IL972:0,IN91:0,IQ964:0,IR98:0,IS354,IT39,JM1:1,JO962:0,JP81:0,KE254:0,"
	"KG996:0,KH855:0,KR82:0,KW965,KZ7:8,LA856:0,LB961:0,LI423,LK94:0,LR231:0,LS266,LT370:0,LU352,LV371,LY218:0,MA212:0,MC377,MD373:0,"
	"ME382:0,MG261:0,MK389:0,ML223,MM95:0,MN976:0,MO853,MQ596:0,MR222,MT356,MU230,MV960,MW265:0,MX52,MY60:0,MZ258,NA264:0,NC687,NE227,"
	"NG234:0,NI505,NL31:0,NO47,NP977:0,NZ64:0,OM968,PA507,PE51:0,PF689,PG675,PH63:0,PK92:0,PL48,PR1:1,PS970:0,PT351,PY595:0,QA974,RE262:0,"
	"RO40:0,RS381:0,RU7:8,RW250:0,SA966:0,SC248,SD249:0,SE46:0,SG65,SI386:0,SK421:0,SL232:0,SM378,SN221,SO252:0,SR597,SV503,SY963:0,"
	"TG228,TH66:0,TJ992,TM993:8,TN216,TR90:0,TT1:1,TW886:0,TZ255:0,UA380:0,UG256:0,US1:1,UY598:0,UZ998,VE58:0,VN84:0,YE967:0,ZA27:0,"
	"ZM260:0,ZW263:0";

static bool country_plan(const char *country, struct sv *code, struct sv *trunk)
{
	if (!country || strlen(country) != 2)
		return false;
	struct sv rest = sv_of(countries), one;
	while (sv_cut(&rest, ',', &one)) {
		if (!sv_ieq(sv_n(one.p, 2), sv_of(country)))
			continue;
		struct sv tail = sv_n(one.p + 2, one.n - 2);
		sv_cut(&tail, ':', code);
		*trunk = tail.p ? tail : SV("");
		return true;
	}
	return false;
}

struct sv phone_key(struct pool *pool, struct sv v, const char *country, bool international)
{
	char digits[40];
	size_t n = 0;
	bool plus = false;
	v = sv_trim(v);
	if (sv_starts(v, "tel:"))
		v = sv_n(v.p + 4, v.n - 4);
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];
		if (c >= '0' && c <= '9') {
			if (n == sizeof digits)
				return SV_NONE;
			digits[n++] = (char)c;
		} else if (c == '+' && !n && !plus) {
			plus = true;
		} else if (plus && n && sv_starts(sv_n(v.p + i, v.n - i), "(0)")) {
			i += 2; /* +44 (0)20 ...: the zero is for callers at home */
		} else if (!strchr(" ()-./\t", c) && c != 0xc2 && c != 0xa0) {
			return SV_NONE; /* an extension or a word: not surely one person's number */
		}
	}
	struct sv code = SV_NONE, trunk = SV_NONE, d = sv_n(digits, n);
	if (!plus && sv_starts(d, "00")) {
		plus = true;
		d = sv_n(d.p + 2, d.n - 2);
	}
	plus |= international;
	if (!plus) {
		if (!country_plan(country, &code, &trunk))
			return SV_NONE;
		if (trunk.n && d.n > trunk.n && !memcmp(d.p, trunk.p, trunk.n))
			d = sv_n(d.p + trunk.n, d.n - trunk.n);
	}
	size_t total = code.n + d.n;
	if (d.n < 4 || total < 7 || total > 15 || (plus && d.p[0] == '0'))
		return SV_NONE;
	char *to = pool_take(pool, total + 1);
	to[0] = '+';
	if (code.n)
		memcpy(to + 1, code.p, code.n);
	memcpy(to + 1 + code.n, d.p, d.n);
	return sv_n(to, total + 1);
}

struct sv key_as_id(const struct record *r)
{
	static const enum key_space spaces[] = { SPACE_HAND, SPACE_PRODUCT, SPACE_MAIL };
	for (size_t k = 0; k < sizeof spaces / sizeof *spaces; k++)
		for (int i = 0; i < r->nkeys; i++)
			if (r->key[i].space == spaces[k])
				return r->key[i].value;
	return SV_NONE;
}
