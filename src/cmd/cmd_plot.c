/* room: cmd
 * wend plot: a table on standard input, or in a file, as a picture.
 */
#include "cmd/cmd.h"

#include <math.h>
#include <unistd.h>

static struct plot_choice given = { .ref = NAN };
static const char *format;

static const struct opt opts[] = {
	{ "kind", 'k', OPT_CHOICE, &given.kind, "KIND", "line, bar, heat ... instead of what the columns suggest", FIGURES, 0, 0 },
	{ "x", 'x', OPT_TEXT, &given.x, "COL", "along the horizontal axis, or the names of the rows", NULL, 0, 0 },
	{ "y", 'y', OPT_TEXT, &given.y, "COL,...", "what is drawn", NULL, 0, 0 },
	{ "group", 'g', OPT_TEXT, &given.group, "COL", "a line, a colour or a row of the heat for each value", NULL, 0, 0 },
	{ "lo", 0, OPT_TEXT, &given.lo, "COL", "lower limit of y (lo, or Y_lo)", NULL, 0, 0 },
	{ "hi", 0, OPT_TEXT, &given.hi, "COL", "upper limit of y (hi, or Y_hi)", NULL, 0, 0 },
	{ "n", 0, OPT_TEXT, &given.n, "COL", "how many: at risk, sizes of dots, behind the names of rows", NULL, 0, 0 },
	{ "title", 't', OPT_TEXT, &given.title, "TEXT", "above the picture", NULL, 0, 0 },
	{ "x-label", 0, OPT_TEXT, &given.x_label, "TEXT", "below the horizontal axis", NULL, 0, 0 },
	{ "y-label", 0, OPT_TEXT, &given.y_label, "TEXT", "beside the vertical axis", NULL, 0, 0 },
	{ "unit", 0, OPT_TEXT, &given.unit, "UNIT", "of y: EUR; % shows 0.05 as 5 %", NULL, 0, 0 },
	{ "note", 0, OPT_TEXT, &given.note, "TEXT", "below the picture, instead of n", NULL, 0, 0 },
	{ "ref", 0, OPT_REAL, &given.ref, "NUMBER", "a dashed line there", NULL, 0, 0 },
	{ "log", 0, OPT_CHOICE, &given.log, "AXES", "logarithmic axes: x, y or xy", "x|y|xy", 0, 0 },
	{ "output", 'o', OPT_TEXT, NULL, "FILE", "the picture: .png .svg .pdf .txt .gp", NULL, 0, 0 },
	{ "format", 'f', OPT_CHOICE, &format, "F", "the kind of picture when its name does not say it (txt)", "txt|svg|png|pdf", 0, 0 },
	{ 0 }
};

static const struct opt *own(struct run *u)
{
	struct opt *mine = arena_alloc(&u->arena, sizeof opts);
	memcpy(mine, opts, sizeof opts);
	for (struct opt *o = mine; o->name; o++)
		if (!o->value)
			o->value = &u->oo.output;
	return mine;
}

static enum wend_err check_asked(const struct run *u, struct err *err)
{
	const bool to_terminal = (!u->oo.output || !strcmp(u->oo.output, "-")) && isatty(STDOUT_FILENO);

	if (!u->args.n && isatty(STDIN_FILENO))
		return err_set(err, WEND_E_USAGE, "no table: pipe a report into it, as in 'wend churn rate | wend plot', or name a file");
	if (to_terminal && format && (!strcmp(format, "png") || !strcmp(format, "pdf")))
		return err_set(err, WEND_E_USAGE, "a %s would garble the terminal; name a file with '-o FILE.%s'", format, format);
	return WEND_OK;
}

static enum wend_err plot(struct run *u, struct report *r, struct err *err)
{
	const bool to_file = u->oo.output && strcmp(u->oo.output, "-") && !format;
	struct table texts;
	enum wend_err e = check_asked(u, err);

	/* What is written is a picture, never a table. */
	u->oo.format = OUT_CSV;
	table_init(&texts);
	if (!e)
		e = run_read_table(&texts, u->args.n ? u->args.v[0] : "-", err);
	if (!e)
		e = figure_of_table(&r->figure, &texts, &given, &r->finding, err);
	if (!e && to_file) {
		e = plot_figure(&r->figure, u->oo.output, NULL, err);
		u->oo.output = NULL;
	} else if (!e) {
		e = plot_bytes(&r->figure, format ? format : "txt", &r->own, err);
	}
	table_release(&r->figure.data);
	table_init(&r->figure.data);
	table_release(&texts);
	return e;
}

static const struct entry entries[] = {
	{ .name = "", .help = "any table on standard input as a picture", .need = NEED_NONE, .own_of = own, .operands = "[FILE]", .args_max = 1, .run = plot },
	{ 0 }
};
const struct command cmd_plot = { "plot", "any table on standard input as a picture", entries };
