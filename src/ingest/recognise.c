/* What a file is: its grammar, its header, and the preset whose names stand there; or, when the
 * command line says it, a preset of its own. Nothing is guessed: two that fit alike, and none
 * that fits, are refused with what to type instead.
 */
#include "job.h"

static enum wend_err grammar_set(struct job *j)
{
	const struct preset *p = j->preset;
	const char *sep = j->o->separator;
	struct csv_options g = { 0 };
	if (sep)
		g.sep = !strcmp(sep, "comma") ? ',' : !strcmp(sep, "semicolon") ? ';' : !strcmp(sep, "tab") ? '\t' : '|';
	else if (p)
		g.sep = p->separator;
	g.encoding = j->o->encoding ? j->o->encoding : p ? p->encoding : NULL;
	g.no_quotes = p && p->no_quotes;
	j->grammar = g;
	return csv_rewind(j->csv, &g, j->err);
}

enum wend_err job_no_record(struct job *j, struct sheet *s)
{
	enum sheet_verdict v;
	struct sheet_row row;
	struct sheet_note note;
	if (sheet_next(s, &v, &row, &note, j->err))
		return j->err->code;
	if (v == SHEET_REJECT)
		return err_set(j->err, WEND_E_INPUT, "the file has no record; line %" PRIu64 ": %s", note.line, note.reason);
	return err_set(j->err, WEND_E_INPUT, "the file has no record");
}

static enum wend_err not_recognised(struct job *j)
{
	struct sheet *s = NULL;
	struct str line = STR_INIT;
	enum wend_err e = csv_rewind(j->csv, &j->grammar, j->err);
	if (!e)
		e = sheet_open(&s, j->csv, NULL, j->err);
	if (e)
		return e;
	size_t n = sheet_columns(s);
	struct sv *col = xcalloc(n + 1, sizeof *col);
	for (size_t i = 0; i < n; i++)
		col[i] = sheet_column(s, i);
	hand_proposal(&line, col, n);
	const struct recognised *r = &j->found;
	if (!n)
		e = job_no_record(j, s);
	else if (r->best.p && r->tie)
		e = err_set(j->err, WEND_E_INPUT, "presets '%s' and '%s' fit alike; add --preset %s or --preset %s", r->best.p->name, r->second.p->name, r->best.p->name, r->second.p->name);
	else if (r->best.p && r->best.share >= 0.5)
		e = err_set(j->err, WEND_E_INPUT, "no preset fits ('%s' has %zu of %zu names); say what it is: wend ingest '%s' %s", r->best.p->name, r->best.required, r->best.required_n, j->path, line.p);
	else
		e = err_set(j->err, WEND_E_INPUT, "no preset fits this file; say what it is: wend ingest '%s' %s", j->path, line.p);
	free(col);
	str_release(&line);
	sheet_close(s);
	return e;
}

/* By hand: the header must be there before a map can be made from it. */
static enum wend_err take_by_hand(struct job *j)
{
	enum wend_err e = sheet_open(&j->sheet, j->csv, NULL, j->err);
	if (e)
		return e;
	size_t n = sheet_columns(j->sheet);
	struct sv *col = xcalloc(n + 1, sizeof *col);
	for (size_t i = 0; i < n; i++)
		col[i] = sheet_column(j->sheet, i);
	e = n ? hand_preset(&j->own, j->o, col, n, j->err) : job_no_record(j, j->sheet);
	j->preset = j->own;
	free(col);
	sheet_close(j->sheet);
	j->sheet = NULL;
	return e;
}

enum wend_err job_recognise(struct job *j)
{
	enum wend_err e = grammar_set(j);
	if (!e && j->o->as && !j->o->preset)
		return (e = opening_read(&j->opening, j->csv, j->err)) || (e = grammar_set(j)) ? e : take_by_hand(j);
	if (!e && j->own) {
		GROW(j->set.v, j->set.cap, 1);
		j->set.v[j->set.n++] = j->own;
		j->own = NULL;
	} else if (!e) {
		e = preset_set_load(&j->set, j->err);
	}
	if (!e)
		e = opening_read(&j->opening, j->csv, j->err);
	if (e)
		return e;
	opening_recognise(&j->opening, &j->set, &j->found);
	const struct preset_score *best = &j->found.best;
	bool named = j->o->preset != NULL;
	if (!best->p || (best->share < 0.8 && !(named && best->share > 0)) || (j->found.tie && !named))
		return named ? err_set(j->err, WEND_E_INPUT, "preset '%s' does not fit: the header has %zu of its %zu names", j->set.n ? j->set.v[0]->name : j->o->preset, best->required, j->set.n ? j->set.v[0]->require.n : 0) : not_recognised(j);
	j->recognised = true;
	j->preset = best->p;
	for (size_t i = 0; i < j->set.n && !e; i++)
		if (j->set.v[i] == best->p)
			e = hand_override(j->set.v[i], j->o, j->err);
	if (!e && (best->p->separator || best->p->no_quotes || best->p->encoding)) {
		e = grammar_set(j);
		size_t header = j->opening.header;
		if (!e)
			e = opening_read(&j->opening, j->csv, j->err);
		j->opening.header = header < j->opening.n ? header : 0;
	}
	return e;
}
