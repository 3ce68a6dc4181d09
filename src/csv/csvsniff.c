/* room: csv
 * What the first bytes of a file tell: a kind that is no text table, the separator.
 */
#include "csvimpl.h"

#include <math.h>
#include <strings.h>

#define SAMPLE (64u << 10)
#define RECORDS 200

struct magic {
	const char *bytes;
	size_t n;
	const char *what;
};
static const struct magic magics[] = {
	{ "%PDF-", 5, "a PDF document; export the table as CSV" },
	{ "\xd0\xcf\x11\xe0\xa1\xb1", 6, "an old Excel workbook (.xls); save the sheet as CSV UTF-8" },
	{ "{\\rtf", 5, "an RTF document; export the table as CSV" },
	{ "SQLite format 3", 15, "an SQLite database; export the table as CSV" },
	{ "PAR1", 4, "a Parquet file; convert it to CSV" },
	{ "ORC", 3, "an ORC file; convert it to CSV" },
	{ "Obj\x01", 4, "an Avro file; convert it to CSV" },
	{ "\x28\xb5\x2f\xfd", 4, "compressed by zstd; pass it through 'zstd -dc FILE |' and '-'" },
	{ "\xfd" "7zXZ", 5, "compressed by xz; pass it through 'xz -dc FILE |' and '-'" },
	{ "BZh", 3, "compressed by bzip2; pass it through 'bzip2 -dc FILE |' and '-'" },
	{ "7z\xbc\xaf", 4, "a 7z archive; unpack it first" },
	{ "Rar!", 4, "a RAR archive; unpack it first" },
	{ "\x89PNG", 4, "a picture; export the table as CSV" },
	{ "\xff\xd8\xff", 3, "a picture; export the table as CSV" },
};

static bool holds(const char *p, size_t n, const char *word)
{
	return sv_find(sv_n(p, n), sv_of(word)) >= 0;
}

static const char *kind_of_zip(const char *p, size_t n)
{
	if (holds(p, n, "xl/") || holds(p, n, "xl\\"))
		return "an Excel workbook (.xlsx); save the sheet as CSV UTF-8";
	if (holds(p, n, "opendocument.spreadsheet"))
		return "a LibreOffice sheet (.ods); save it as CSV UTF-8";
	if (holds(p, n, "word/"))
		return "a Word document; export the table as CSV";
	if (holds(p, n, "[Content_Types].xml"))
		return "an Office document (.xlsx or the like); save the sheet as CSV UTF-8";
	return "a zip archive; unpack it and name the files in it";
}

/* A table may begin with a brace; JSON goes on with what JSON must go on with. */
static const char *kind_of_text(const char *p, size_t n)
{
	static const char *const tags[] = { "<!doctype", "<html", "<head", "<body", "<table", "<?xml", "<svg", "<!--", "<script", "<meta" };
	size_t i = 0, k;

	while (i < n && strchr(" \t\r\n", p[i]) && p[i])
		i++;
	for (size_t t = 0; t < sizeof tags / sizeof *tags; t++) {
		size_t len = strlen(tags[t]);

		if (n - i >= len && !strncasecmp(p + i, tags[t], len))
			return t == 5 || t == 6 ? "an XML document; export the table as CSV" : "a web page, perhaps a login form instead of the export; download it again as CSV";
	}
	if (n - i < 2 || (p[i] != '{' && p[i] != '['))
		return NULL;
	for (k = i + 1; k < n && p[k] && strchr(" \t\r\n", p[k]);)
		k++;
	if (k == n)
		return NULL;
	if (p[i] == '{' && (p[k] == '}' || (p[k] == '"' && holds(p + k, n - k < 400 ? n - k : 400, "\":"))))
		return "JSON; export it as CSV";
	if (p[i] == '[' && (p[k] == '{' || p[k] == '['))
		return "JSON; export it as CSV";
	return NULL;
}

const char *kind_of_bytes(const char *p, size_t n)
{
	if (n >= 4 && !memcmp(p, "PK", 2) && (!memcmp(p + 2, "\3\4", 2) || !memcmp(p + 2, "\5\6", 2) || !memcmp(p + 2, "\7\10", 2)))
		return kind_of_zip(p, n);
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (n >= magics[i].n && !memcmp(p, magics[i].bytes, magics[i].n))
			return magics[i].what;
	/* "ustar" sits behind the first member's name and numbers. */
	if (n > 262 && !memcmp(p + 257, "ustar", 5))
		return "a tar archive; unpack it and name the files in it";
	return kind_of_text(p, n);
}

char sep_line(const char *p, size_t n, size_t *line_len)
{
	bool quoted = n && p[0] == '"';
	size_t i = quoted;
	char sep;

	if (n < i + 5 || strncasecmp(p + i, "sep=", 4))
		return 0;
	sep = p[i + 4];
	i += 5;
	if (quoted && i < n && p[i] == '"')
		i++;
	if (i < n && p[i] != '\n' && p[i] != '\r')
		return 0;
	if (sep == '"' || sep == '\n' || sep == '\r' || sep == 0)
		return 0;
	if (i < n && p[i] == '\r')
		i++;
	if (i < n && p[i] == '\n')
		i++;
	*line_len = i;
	return sep;
}

struct shape {
	uint32_t fields[RECORDS];
	size_t start[RECORDS], n;
};

/* Field counts of the sample, were `sep` the separator. A quote that is never closed in
 * the sample is taken for text. */
static void shape_of(struct shape *s, const char *p, size_t n, char sep, bool whole)
{
	size_t i = 0;

	s->n = 0;
	while (i < n && s->n < RECORDS) {
		uint32_t fields = 1;
		size_t start = i;
		bool at_start = true, ended = false;

		while (i < n && !ended) {
			char c = p[i++];

			if (c == '"' && at_start) {
				size_t k = i;

				while (k < n && (p[k] != '"' || (k + 1 < n && p[k + 1] == '"')))
					k += p[k] == '"' ? 2 : 1;
				i = k < n ? k + 1 : i;
			}
			at_start = c == sep || (at_start && c == ' ');
			fields += c == sep;
			ended = c == '\n' || c == '\r';
		}
		if (!ended && !whole)
			break;
		if (i - start > 1) { /* not a bare line end */
			s->fields[s->n] = fields;
			s->start[s->n++] = start;
		}
	}
}

/* No number, no date: cells of a header begin with a letter, or are empty. */
static bool names_only(const char *p, size_t n, char sep)
{
	bool at_start = true;
	size_t letters = 0;

	for (size_t i = 0; i < n && p[i] != '\n' && p[i] != '\r'; i++) {
		unsigned char c = (unsigned char)p[i];

		if (at_start && c != '"' && c != ' ' && c != (unsigned char)sep) {
			if ((c >= '0' && c <= '9') || c == '-' || c == '+')
				return false;
			letters++;
			at_start = false;
		}
		at_start = at_start || c == (unsigned char)sep;
	}
	return letters > 0;
}

/* The separator whose field counts agree best over the sample, wide tables before narrow
 * ones, and twice as likely when the first record of that width reads like names: a
 * decimal comma also gives equal counts, but not in the header. */
char sep_find(const char *p, size_t n, bool whole)
{
	static const char candidates[] = { ',', ';', '\t', '|' };
	static const char none = ',';
	double best = 0;
	char found = none;

	if (n > SAMPLE) {
		n = SAMPLE;
		whole = false;
	}
	for (size_t k = 0; k < sizeof candidates; k++) {
		struct shape s;
		uint32_t mode = 1;
		size_t most = 0, first = 0;
		double share, score;

		shape_of(&s, p, n, candidates[k], whole);
		for (size_t i = 0; i < s.n; i++) {
			size_t same = 0;

			for (size_t j = 0; j < s.n; j++)
				same += s.fields[j] == s.fields[i];
			if (s.fields[i] > 1 && (same > most || (same == most && s.fields[i] > mode))) {
				most = same;
				mode = s.fields[i];
			}
		}
		if (most == 0)
			continue;
		while (s.fields[first] != mode)
			first++;
		share = (double)most / (double)s.n;
		score = share * share * log2((double)mode) * (names_only(p + s.start[first], n - s.start[first], candidates[k]) ? 2 : 1);
		if (score > best) {
			best = score;
			found = candidates[k];
		}
	}
	return found;
}
