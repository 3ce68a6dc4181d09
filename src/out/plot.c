#include "out/plot.h"
#include "out/writers.h"

#include <math.h>
#include <unistd.h>

#include "wend/mem.h"
#include "wend/opt.h"
#include "wend/par.h"

/* ---- kinds ---- */

struct kind_def {
	const char *name;
	draw_kind *draw;
	uint8_t min_cols;
	uint8_t numbers;    /* bit i: column i must be a number */
	bool rest_numbers;  /* every column after the first */
	const char *needs;
	uint8_t may_lack;   /* bit i: a row without column i is drawn */
	uint8_t texts;      /* bit i: column i must be text */
};
static const struct kind_def kinds[] = {
	[FIG_NONE] = { "none", NULL, 0, 0, false, "", 0, 0 },
	[FIG_LINE] = { "line", draw_line, 2, 0, true, "x and columns of numbers", 0, 0 },
	[FIG_BAND] = { "band", draw_band, 4, 0x0e, false, "x, y, lo, hi", 0x0c, 0 },
	[FIG_BAR] = { "bar", draw_bar, 2, 0x02, false, "a label and a number", 0, 0 },
	[FIG_STACK] = { "stack", draw_stack, 2, 0, true, "a label and columns of numbers", 0, 0 },
	[FIG_HEAT] = { "heat", draw_heat, 3, 0x04, false, "row, column, value", 0, 0 },
	[FIG_FOREST] = { "forest", draw_forest, 4, 0x0e, false, "label, estimate, lo, hi", 0, 0 },
	[FIG_FUNNEL] = { "funnel", draw_funnel, 2, 0x02, false, "a label and a number", 0, 0 },
	[FIG_ALLUVIAL] = { "alluvial", draw_alluvial, 4, 0x09, false, "position, from, to, n", 0, 0 },
	[FIG_SCATTER] = { "scatter", draw_scatter, 2, 0x03, false, "two columns of numbers", 0, 0 },
	[FIG_HISTOGRAM] = { "histogram", draw_histogram, 2, 0x02, false, "x and a number", 0, 0 },
	[FIG_STEP] = { "step", draw_step, 4, 0x0f, false, "x, y, lo, hi", 0x0c, 0 },
	[FIG_WATERFALL] = { "waterfall", draw_waterfall, 2, 0x02, false, "a label and a number", 0, 0 },
	[FIG_CALIBRATION] = { "calibration", draw_calibration, 4, 0x0f, false, "predicted, observed, lo, hi", 0x0c, 0 },
	[FIG_DOTTED] = { "dotted", draw_dotted, 3, 0x02, false, "row, time, what", 0, 0x05 },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

bool fig_kind_parse(const char *name, enum fig_kind *out)
{
	for (int k = FIG_LINE; k < KINDS; k++) {
		if (!strcmp(name, kinds[k].name)) {
			*out = (enum fig_kind)k;
			return true;
		}
	}
	return false;
}

const char *fig_kind_name(enum fig_kind kind)
{
	return kinds[kind].name;
}

static bool kind_fits(const struct table *t, const struct kind_def *k)
{
	if (t->ncol < k->min_cols)
		return false;
	for (size_t c = 0; c < t->ncol; c++) {
		bool must = (c < 8 && k->numbers >> c & 1) || (k->rest_numbers && c > 0);
		if (must && t->col[c].type == COL_TEXT)
			return false;
		if (c < 8 && k->texts >> c & 1 && t->col[c].type != COL_TEXT)
			return false;
	}
	return true;
}

static enum wend_err choose_kind(enum fig_kind *out, const struct figure *f, const char *kind, struct err *err)
{
	const char *names[KINDS], *near;
	struct str list = STR_INIT;

	*out = f->kind;
	if (f->kind == FIG_NONE)
		return err_set(err, WEND_E_USAGE, "this report has no figure; pipe its table into a plotting program or leave out '--plot'");
	if (kind && !fig_kind_parse(kind, out)) {
		for (int k = FIG_LINE; k < KINDS; k++)
			names[k - 1] = kinds[k].name;
		names[KINDS - 1] = NULL;
		near = suggest(kind, names);
		return near ? err_set(err, WEND_E_USAGE, "unknown kind of figure '%s'; did you mean '%s'?", kind, near) :
			err_set(err, WEND_E_USAGE, "unknown kind of figure '%s'; use one of " FIGURES, kind);
	}
	if (kind_fits(&f->data, &kinds[*out]))
		return WEND_OK;
	for (int k = FIG_LINE; k < KINDS; k++)
		if (kind_fits(&f->data, &kinds[k]))
			str_printf(&list, "%s%s", list.n ? ", " : "", kinds[k].name);
	err_set(err, WEND_E_USAGE, "'%s' needs %s, which its columns do not give; it can be drawn as %s",
		kinds[*out].name, kinds[*out].needs, list.n ? list.p : "nothing else");
	str_release(&list);
	return WEND_E_USAGE;
}

/* ---- the script ---- */

static const char *const suffixes[] = { "png", "svg", "pdf", "txt", "gp" };

static enum wend_err choose_target(enum target *out, const char *path, struct err *err)
{
	struct sv v = sv_of(path);

	/* gnuplot would run a command by such a name, here or when a .gp script is used. */
	if (*path == '<' || *path == '|')
		return err_set(err, WEND_E_USAGE, "cannot draw to '%s': a name may not begin with '<' or '|'; write './%s'", path, path);
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(err, WEND_E_USAGE, "cannot draw to '%s': the name holds a control character", path);
	for (int i = 0; i <= TO_GP; i++) {
		size_t n = strlen(suffixes[i]);
		if (v.n > n + 1 && v.p[v.n - n - 1] == '.' && sv_ieq(sv_n(v.p + v.n - n, n), sv_of(suffixes[i]))) {
			*out = (enum target)i;
			return WEND_OK;
		}
	}
	return err_set(err, WEND_E_USAGE, "cannot tell the kind of picture from '%s'; end the name in .png, .svg, .pdf, .txt or .gp", path);
}

/* What gnuplot is asked to write. Exit status 9 = this gnuplot has no such terminal. */
static void put_terminal(struct str *s, const struct drawing *d, const char *picture)
{
	int w = d->width, h = d->height;

	switch (d->target) {
	case TO_PNG:
		str_printf(s, "if (strstrt(GPVAL_TERMINALS, ' pngcairo ')) {\n"
			"  set terminal pngcairo noenhanced size %d,%d font 'sans,11' background '#ffffff'\n} else {\n"
			"  if (!strstrt(GPVAL_TERMINALS, ' png ')) { exit status 9 }\n"
			"  set terminal png noenhanced truecolor size %d,%d\n}\n", w, h, w, h);
		break;
	case TO_SVG:
		str_printf(s, "if (!strstrt(GPVAL_TERMINALS, ' svg ')) { exit status 9 }\n"
			"set terminal svg noenhanced size %d,%d font 'sans-serif,12' background '#ffffff'\n", w, h);
		break;
	case TO_PDF:
		str_printf(s, "if (!strstrt(GPVAL_TERMINALS, ' pdfcairo ')) { exit status 9 }\n"
			"set terminal pdfcairo noenhanced size %.2fin,%.2fin font 'sans,11'\n", w / 110.0, h / 110.0);
		break;
	case TO_TXT:
		str_printf(s, "set terminal dumb noenhanced mono nofeed size 79,%d\n", d->lines_of_text);
		break;
	case TO_GP:
		return;
	}
	str_puts(s, "set output ");
	gp_path(s, picture);
	str_putc(s, '\n');
}

static const char *label_or_unit(const struct drawing *d, const char *label, size_t col)
{
	const struct table *t = &d->f->data;

	if (label)
		return label;
	return col < t->ncol && t->col[col].unit ? t->col[col].unit : "";
}

void put_y_label(struct drawing *d, const char *label)
{
	d->y_label = label;
	str_puts(&d->set, "set ylabel ");
	gp_quote(&d->set, sv_of(d->target == TO_TXT ? "" : label), 60);
	str_puts(&d->set, " noenhanced\n");
}

static void put_frame(struct drawing *d)
{
	const struct figure *f = d->f;

	str_puts(&d->set, "set encoding utf8\nset datafile separator tab\nset border 3 lc rgb '" INK "'\n"
		"set tics nomirror out scale 0.6\nset key off\n"
		"set style fill solid 0.85 noborder\n");
	if (d->target != TO_TXT)
		setting(d, "grid ytics lc rgb '#e6e6e6' lt 1");
	if (f->title && *f->title) {
		str_puts(&d->set, "set title ");
		gp_quote(&d->set, sv_of(f->title), d->target == TO_TXT ? 70 : 90);
		str_puts(&d->set, " noenhanced font ',13'\n");
	}
	str_puts(&d->set, "set xlabel ");
	gp_quote(&d->set, sv_of(label_or_unit(d, f->x_label, 0)), 80);
	str_puts(&d->set, " noenhanced\n");
	put_y_label(d, label_or_unit(d, f->y_label, 1));
}

/* Is there a row with a place and a value? */
static bool has_data(const struct table *t, const struct kind_def *k)
{
	for (size_t r = 0; r < t->nrow; r++) {
		bool all = t->col[0].type == COL_TEXT || isfinite(drawn_value(&t->col[0], table_at(t, r, 0)));
		bool any = !k->rest_numbers;
		for (size_t c = 1; c < t->ncol; c++) {
			bool known = isfinite(drawn_value(&t->col[c], table_at(t, r, c)));
			any = any || known;
			all = all && (known || c >= 8 || !((k->numbers & ~k->may_lack) >> c & 1));
		}
		if (all && any)
			return true;
	}
	return false;
}

/* What is counted and what bars and bands are: lines below everything else. */
static void put_note(struct drawing *d)
{
	const bool text = d->target == TO_TXT;
	struct str wrapped = STR_INIT;
	struct sv rest, line;
	int lines = 0;

	if (text && *d->y_label)
		note(d, "upwards: %s", d->y_label);
	if (!d->note.n)
		return;
	wrap_text(&wrapped, "", str_view(&d->note), text ? TEXT_COLS - 3 : d->width / 6 - 4, 0);
	for (rest = str_view(&wrapped); sv_cut(&rest, '\n', &line);)
		lines += line.n > 0;
	if (text)
		d->lines_of_text += lines - 1;
	const double all = text ? d->lines_of_text : d->height, high = text ? 1 : 15;
	setting(d, "origin 0,%.4f", (lines * high + (text ? 0 : 4)) / all);
	setting(d, "size 1,%.4f", 1 - (lines * high + (text ? 0 : 4)) / all);
	for (rest = str_view(&wrapped); sv_cut(&rest, '\n', &line) && line.n;) {
		lines--;
		str_puts(&d->set, "set label ");
		gp_quote(&d->set, line, 400);
		str_printf(&d->set, " at screen 0.012,screen %.4f left noenhanced%s\n", (lines * high + (text ? 0 : 10)) / all,
			text ? "" : " font ',9' tc rgb '#666666'");
	}
	str_release(&wrapped);
}

static void draw(struct drawing *d, enum fig_kind kind)
{
	put_frame(d);
	if (d->f->note)
		harmless(&d->note, sv_of(d->f->note));
	if (!has_data(&d->f->data, &kinds[kind])) {
		setting(d, "label 'no data' at graph 0.5,0.5 center noenhanced");
		setting(d, "xrange [0:1]");
		setting(d, "yrange [0:1]");
		str_puts(&d->set, "unset xtics\nunset ytics\nunset grid\n");
		block_end(d);
		str_puts(element(d, 0), "using 1:2 with points notitle");
		return;
	}
	kinds[kind].draw(d);
	if (d->height < 110 + 21 * d->legend_lines)
		d->height = 110 + 21 * d->legend_lines;
	put_note(d);
}

static void put_script(struct str *s, const struct drawing *d, const char *data, const char *picture)
{
	if (d->target == TO_GP)
		str_puts(s, "# Run with: gnuplot -p SCRIPT, in the folder that holds it and its data.\n");
	put_terminal(s, d, picture);
	str_puts(s, "data = ");
	gp_path(s, data);
	str_printf(s, "\n%splot %s\n", d->set.p, d->plot.p);
	if (d->target != TO_GP)
		str_puts(s, "set output\n");
}

static enum wend_err write_file(const char *path, const struct str *s, struct err *err)
{
	struct outfile o;
	enum wend_err rc = outfile_open(&o, path, err);

	if (rc)
		return rc;
	fwrite(s->p, 1, s->n, o.f); /* outfile_commit looks at the stream */
	return outfile_commit(&o, err);
}

/* Script and data side by side; nothing is run. The script names its data by "./", so
 * that no file name can begin with a sign gnuplot would act on. */
static enum wend_err keep_script(const struct drawing *d, const char *path, struct err *err)
{
	size_t stem = strlen(path) - 3;
	const char *base = path_name(path);
	struct str data = STR_INIT, name = STR_INIT, script = STR_INIT;
	enum wend_err rc;

	str_add(&data, path, stem);
	str_puts(&data, ".tsv");
	str_printf(&name, "./%.*s.tsv", (int)(stem - (size_t)(base - path)), base);
	put_script(&script, d, name.p, NULL);
	rc = write_file(data.p, &d->data, err);
	if (!rc)
		rc = write_file(path, &script, err);
	str_release(&data);
	str_release(&name);
	str_release(&script);
	return rc;
}

static bool is_picture(const struct str *s, enum target target)
{
	struct sv v = str_view(s);

	switch (target) {
	case TO_PNG:
		return sv_starts(v, "\x89PNG\r\n\x1a\n") && v.n > 100 && sv_find(sv_n(v.p + v.n - 12, 12), SV("IEND")) >= 0;
	case TO_SVG:
		return sv_find(v, SV("<svg")) >= 0 && sv_ends(sv_trim(v), "</svg>");
	case TO_PDF:
		return sv_starts(v, "%PDF-") && sv_ends(sv_trim(v), "%%EOF");
	case TO_TXT:
		return sv_trim(v).n > 0;
	case TO_GP:
		break;
	}
	return false;
}

/* gnuplot gives each character of a text picture one cell but counts two for a wide one
 * when it places a text: blanks behind wide texts go until the line is even again. */
static void tidy_line(struct str *out, struct sv line)
{
	size_t start = out->n;
	int extra = 0;

	while (line.n) {
		struct sv at = line;
		size_t blanks = 0;
		while (blanks < line.n && line.p[blanks] == ' ')
			blanks++;
		if (blanks > 1 && extra > 0) {
			size_t drop = (size_t)extra < blanks - 1 ? (size_t)extra : blanks - 1;
			extra -= (int)drop;
			line = sv_n(line.p + drop, line.n - drop);
			at = line;
		}
		utf8_next(&line);
		extra += utf8_width(sv_n(at.p, at.n - line.n)) == 2;
		str_add(out, at.p, at.n - line.n);
	}
	while (out->n > start && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\f'))
		out->n--;
}

/* Blank lines around the picture and blanks behind its lines go. */
static void tidy_text(struct str *picture)
{
	struct str out = STR_INIT;
	struct sv rest = str_view(picture), line;
	size_t end = 0;

	while (sv_cut(&rest, '\n', &line)) {
		size_t start = out.n;
		tidy_line(&out, line);
		if (out.n == start && start == 0)
			continue;
		str_putc(&out, '\n');
		if (out.n - start > 1)
			end = out.n;
	}
	str_reset(picture);
	str_add(picture, out.p, end);
	str_release(&out);
}

/* The first complaint in gnuplot's log that is no echo of the script. */
static void complain(const char *log, const char *path, struct err *err)
{
	struct str s = STR_INIT;
	struct sv rest, line, found = SV("it left no reason");

	if (!file_slurp(&s, log, 1 << 20, NULL)) {
		rest = str_view(&s);
		while (sv_cut(&rest, '\n', &line)) {
			ptrdiff_t at = sv_find(line, SV("line "));
			ptrdiff_t colon = at < 0 ? -1 : sv_find(sv_n(line.p + at, line.n - (size_t)at), SV(": "));
			if (at >= 0 && colon >= 0 && sv_find(line, SV("warning")) < 0) {
				found = sv_n(line.p + at + colon + 2, line.n - (size_t)(at + colon) - 2);
				break;
			}
		}
	}
	err_set(err, WEND_E_STORE, "gnuplot drew no picture for '%s': %.*s", path, (int)found.n, found.p);
	str_release(&s);
}

/* What the clock wrote into a picture goes: the same figure is the same bytes. And a picture
 * that is read aloud is called by its title. */
static void settle(struct drawing *d, struct str *picture)
{
	static const char date[] = "/CreationDate (D:", name[] = "<title>Gnuplot</title>";
	ptrdiff_t at = sv_find(str_view(picture), sv_of(d->target == TO_PDF ? date : name));
	struct str out = STR_INIT;

	if (d->target == TO_TXT)
		tidy_text(picture);
	if (at < 0 || (d->target != TO_PDF && d->target != TO_SVG))
		return;
	if (d->target == TO_PDF) {
		for (char *p = picture->p + at + sizeof date - 1, *nil = (char[]){ "19700101000000" }; *p >= '0' && *p <= '9' && *nil; p++)
			*p = *nil++;
		return;
	}
	str_add(&out, picture->p, (size_t)at);
	str_puts(&out, "<title>");
	html_escape(&out, sv_of(d->f->title ? d->f->title : ""));
	str_puts(&out, "</title>");
	str_add(&out, picture->p + at + sizeof name - 1, picture->n - (size_t)at - (sizeof name - 1));
	str_release(picture);
	*picture = out;
}

/* `path` is what the user asked for, in words of trouble. */
static enum wend_err make_picture(struct drawing *d, const char *path, struct str *picture, struct err *err)
{
	struct str dir = STR_INIT, script = STR_INIT;
	enum wend_err rc = scratch_dir(&dir, err);
	char file[4][4096];
	static const char *const names[4] = { "plot.gp", "plot.tsv", "plot.log", "picture" };

	if (rc)
		goto done;
	for (int i = 0; i < 4; i++) {
		snprintf(file[i], sizeof file[i], "%s/%s", dir.p, names[i]);
		unlink(file[i]);
	}
	put_script(&script, d, file[1], file[3]);
	if (d->target == TO_PNG || d->target == TO_PDF)
		drawable(&script);
	rc = write_file(file[1], &d->data, err);
	if (!rc)
		rc = write_file(file[0], &script, err);
	if (!rc)
		rc = gnuplot_run(file[0], file[2], path, err);
	if (rc)
		goto done;
	if (file_slurp(picture, file[3], (size_t)256 << 20, NULL) || !is_picture(picture, d->target)) {
		complain(file[2], path, err);
		rc = WEND_E_STORE;
		goto done;
	}
	settle(d, picture);
done:
	for (int i = 0; dir.n && i < 4; i++)
		unlink(file[i]);
	str_release(&dir);
	str_release(&script);
	return rc;
}

static void drawing_release(struct drawing *d)
{
	str_release(&d->set);
	str_release(&d->plot);
	str_release(&d->data);
	str_release(&d->note);
	arena_release(&d->arena);
}

static struct drawing drawing_of(const struct figure *f)
{
	return (struct drawing){ .f = f, .width = f->small ? 560 : 960, .height = f->small ? 350 : 560, .lines_of_text = TEXT_LINES, .arena = ARENA_INIT };
}

enum wend_err plot_figure(const struct figure *f, const char *path, const char *kind, struct err *err)
{
	struct drawing d = drawing_of(f);
	struct str picture = STR_INIT;
	enum fig_kind k;
	enum wend_err rc = choose_kind(&k, f, kind, err);

	if (!rc)
		rc = choose_target(&d.target, path, err);
	if (rc)
		return rc;
	draw(&d, k);
	rc = d.target == TO_GP ? keep_script(&d, path, err) : make_picture(&d, path, &picture, err);
	if (!rc && d.target != TO_GP)
		rc = write_file(path, &picture, err);
	str_release(&picture);
	drawing_release(&d);
	return rc;
}

enum wend_err plot_bytes(const struct figure *f, const char *format, struct str *out, struct err *err)
{
	struct drawing d = drawing_of(f);
	enum fig_kind k;
	enum wend_err rc = choose_kind(&k, f, NULL, err);

	for (int i = 0; i < TO_GP; i++)
		d.target = strcmp(format, suffixes[i]) ? d.target : (enum target)i;
	if (rc)
		return rc;
	draw(&d, k);
	rc = make_picture(&d, "standard output", out, err);
	drawing_release(&d);
	return rc;
}
