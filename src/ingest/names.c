#include "preset.h"

#include "wend/money.h"

/* The comparison form of a column name; see preset.h. */
void name_key(struct str *out, struct sv name)
{
	size_t from = out->n;
	if (name.n >= 3 && !memcmp(name.p, "\xef\xbb\xbf", 3))
		name = sv_n(name.p + 3, name.n - 3);
	struct str folded = STR_INIT;
	utf8_fold(&folded, name);
	struct sv rest = str_view(&folded);
	while (rest.n) {
		struct sv at = rest;
		int c = utf8_next(&rest);
		bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x202f || c == 0xfeff || (c >= 0x2000 && c <= 0x200b);
		if (blank || (c == '*' && out->n == from))
			continue;
		str_add(out, at.p, at.n - rest.n);
	}
	str_release(&folded);
}

/* Like name_key, but a star in front is a wildcard and stays. */
void name_pattern_key(struct str *out, struct sv name)
{
	if (name.n && name.p[0] == '*')
		str_putc(out, '*');
	name_key(out, name);
}

bool glob_fold(struct sv pattern, struct sv text)
{
	return sv_glob(pattern, text, false);
}

/* Match two comparison forms; texts of {currency} and of the last star come back as
 * views into `text`. Backtracking is bounded: a pattern has at most a few wildcards. */
static bool match_keys(struct sv pat, struct sv text, struct sv *cur, struct sv *star)
{
	while (pat.n) {
		if (pat.p[0] == '*') {
			struct sv rest = sv_n(pat.p + 1, pat.n - 1);
			for (size_t k = 0; k <= text.n; k++) {
				struct sv s = sv_n(text.p, k);
				if (match_keys(rest, sv_n(text.p + k, text.n - k), cur, star)) {
					if (star)
						*star = s;
					return true;
				}
			}
			return false;
		}
		if (sv_starts(pat, "{currency}")) {
			struct sv rest = sv_n(pat.p + 10, pat.n - 10);
			for (size_t k = 1; k <= text.n && k <= 4; k++) {
				struct sv s = sv_n(text.p, k);
				if ((currency_of(s) || currency_symbol(s)) && match_keys(rest, sv_n(text.p + k, text.n - k), cur, star)) {
					if (cur)
						*cur = s;
					return true;
				}
			}
			return false;
		}
		if (!text.n || text.p[0] != pat.p[0])
			return false;
		pat = sv_n(pat.p + 1, pat.n - 1);
		text = sv_n(text.p + 1, text.n - 1);
	}
	return text.n == 0;
}

/* What a wildcard matched is wanted as it stands in the header, not folded. */
static void as_written(struct sv *out, struct sv key, struct sv name)
{
	if (!out || !key.p)
		return;
	*out = SV_NONE;
	for (size_t i = 0; i + key.n <= name.n; i++)
		if (sv_ieq(sv_n(name.p + i, key.n), key)) {
			*out = sv_n(name.p + i, key.n);
			return;
		}
}

bool name_key_matches(struct sv pattern_key, struct sv key)
{
	return match_keys(pattern_key, key, NULL, NULL);
}

bool name_matches(struct sv pattern, struct sv name, struct sv *cur, struct sv *star)
{
	struct str a = STR_INIT, b = STR_INIT;
	name_pattern_key(&a, pattern);
	name_key(&b, name);
	struct sv c = SV_NONE, s = SV_NONE;
	bool hit = match_keys(str_view(&a), str_view(&b), &c, &s);
	if (hit) {
		as_written(cur, c, name);
		as_written(star, s, name);
	}
	str_release(&a);
	str_release(&b);
	return hit;
}

ptrdiff_t names_find(struct sv alternatives, const struct sv *cols, size_t n)
{
	struct sv rest = alternatives, one;
	while (sv_cut(&rest, '|', &one)) {
		one = sv_trim(one);
		if (one.n >= 2 && one.p[0] == '\'' && one.p[one.n - 1] == '\'')
			one = sv_n(one.p + 1, one.n - 2);
		for (size_t i = 0; i < n; i++)
			if (name_matches(one, cols[i], NULL, NULL))
				return (ptrdiff_t)i;
	}
	return -1;
}
