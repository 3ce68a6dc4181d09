/* Figures: text from a file never becomes code (S01 to S08), and a picture is a picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "wend/out.h"
#include "wend/par.h"

static char dir[] = "/tmp/wend-unit-plot-XXXXXX";
static bool have_gnuplot;

static bool runs(const char *file)
{
	int status = 1;
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(1);
		execlp("gnuplot", "gnuplot", "-d", file, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	have_gnuplot = runs("/dev/null");
	if (!have_gnuplot)
		fprintf(stderr, "# gnuplot is not installed: pictures are not drawn in this test\n");
	return 0;
}

static int empty_dir(void **state)
{
	(void)state;
	DIR *d = opendir(".");
	struct dirent *e;
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlink(e->d_name);
	if (d)
		closedir(d);
	return 0;
}

static int remove_dir(void **state)
{
	empty_dir(state);
	return chdir("/") || rmdir(dir);
}

static void need_gnuplot(void)
{
	if (!have_gnuplot)
		skip();
}

static void contents(struct str *s, const char *path)
{
	str_reset(s);
	if (file_slurp(s, path, 64 << 20, NULL))
		fail_msg("%s cannot be read", path);
}

/* A figure of any kind whose texts are those of the list in turn. */
static void figure_of(struct figure *f, enum fig_kind kind, const char *const *names, size_t n)
{
	static const int columns[] = { [FIG_LINE] = 3, [FIG_BAND] = 5, [FIG_BAR] = 4, [FIG_STACK] = 3, [FIG_HEAT] = 3,
		[FIG_FOREST] = 4, [FIG_FUNNEL] = 2, [FIG_ALLUVIAL] = 4, [FIG_SCATTER] = 3, [FIG_HISTOGRAM] = 2, [FIG_STEP] = 6, [FIG_WATERFALL] = 2, [FIG_CALIBRATION] = 5, [FIG_DOTTED] = 3 };
	size_t i = kind; /* another text in the title of each kind */
	*f = (struct figure){ .kind = kind, .ref = NAN };
	f->title = names[i++ % n];
	f->x_label = names[i++ % n];
	f->y_label = names[i++ % n];
	f->note = names[i++ % n];
	f->ref_name = names[i++ % n];
	table_init(&f->data);
	for (int c = 0; c < columns[kind]; c++, i++) {
		bool text = kind == FIG_HEAT ? c < 2 : kind == FIG_ALLUVIAL ? c == 1 || c == 2 : kind == FIG_DOTTED ? c != 1 :
			kind == FIG_BAND ? c == 4 : kind == FIG_STEP ? c == 5 : kind == FIG_CALIBRATION ? false :
			c == 0 && kind != FIG_SCATTER && kind != FIG_HISTOGRAM;
		table_col(&f->data, names[i % n], text ? COL_TEXT : COL_REAL, names[i % n], -1);
	}
	for (int r = 0; r < 4; r++) {
		for (int c = 0; c < columns[kind]; c++) {
			if (f->data.col[c].type == COL_TEXT)
				put_z(&f->data, arena_printf(&f->data.arena, "%s%s", names[i++ % n], r % 2 ? "" : " again"));
			else
				put_real(&f->data, c == 0 ? r + 1 : 10 * (r + 1) + c * (c == 2 ? -1 : 1));
		}
	}
}

static void figure(struct figure *f, enum fig_kind kind, const char *name)
{
	figure_of(f, kind, &name, 1);
}

static const char *const kind_name[] = { "", "line", "band", "bar", "stack", "heat", "forest", "funnel", "alluvial", "scatter", "histogram", "step", "waterfall", "calibration", "dotted" };

/* Draw every kind with these texts in its places, as a picture and as a script that is
 * then run where it stands; no canary may appear. */
static void harmless_all(const char *const *payload, size_t n)
{
	struct str s = STR_INIT;
	for (int kind = FIG_LINE; kind <= FIG_DOTTED; kind++) {
		static const char *const files[] = { "f.svg", "f.png", "f.txt" };
		const char *file = files[kind % 3];
		struct figure f;
		struct err e = ERR_INIT;
		figure_of(&f, (enum fig_kind)kind, payload, n);
		if (plot_figure(&f, file, NULL, &e) || plot_figure(&f, "f.gp", NULL, &e))
			fail_msg("%s as %s with '%s': %s", kind_name[kind], file, payload[0], e.msg);
		contents(&s, file);
		assert_true(s.n > 50);
		contents(&s, "f.gp");
		FILE *g = fopen("run.gp", "w");
		assert_non_null(g);
		fprintf(g, "set terminal dumb noenhanced\nset output 'run.out'\n%s", s.p);
		fclose(g);
		if (!runs("run.gp"))
			fail_msg("%s script with '%s' fails", kind_name[kind], payload[0]);
		assert_int_equal(access("canary", F_OK), -1);
		table_release(&f.data);
	}
	str_release(&s);
}
#define harmless(...) harmless_all((const char *const[]){ __VA_ARGS__ }, sizeof (const char *const[]){ __VA_ARGS__ } / sizeof(char *))

static void s01_a_backtick_is_a_letter(void **state)
{
	(void)state;
	need_gnuplot();
	harmless("`touch canary` \"`touch canary`\" $(touch canary)");
}

static void s02_names_of_pictures_are_no_commands(void **state)
{
	(void)state;
	static const char *const refused[] = { "<touch canary.png", "|touch canary.svg", "| touch canary.gp", "<x.txt", "new\nline.png" };
	static const char *const odd[] = { "it's $(touch canary) `touch canary`.svg", "a'; system('touch canary'); '.txt", "x | touch canary.txt" };
	struct figure f;
	struct err e = ERR_INIT;
	struct str s = STR_INIT;
	figure(&f, FIG_BAR, "a");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_int_equal(plot_figure(&f, refused[i], NULL, &e), WEND_E_USAGE);
	if (have_gnuplot) {
		for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
			assert_int_equal(plot_figure(&f, odd[i], NULL, &e), 0);
			assert_int_equal(access(odd[i], F_OK), 0);
		}
		/* A script names its data with ./ before it and spells an apostrophe out. */
		assert_int_equal(plot_figure(&f, "./|touch canary'.gp", NULL, &e), 0);
		contents(&s, "./|touch canary'.gp");
		assert_non_null(strstr(s.p, "data = './|touch canary'.sprintf('%c', 39).'.tsv'\n"));
		runs("./|touch canary'.gp"); /* whether it has a terminal or not */
	}
	assert_int_equal(access("canary", F_OK), -1);
	str_release(&s);
	table_release(&f.data);
}

static void s03_a_line_break_ends_no_string(void **state)
{
	(void)state;
	need_gnuplot();
	harmless("a\n!touch canary\r\nsystem 'touch canary'\n\x0b\x0c\xc2\x85");
}

static void s04_an_apostrophe_ends_no_string(void **state)
{
	(void)state;
	need_gnuplot();
	harmless("O'Neil'; system('touch canary'); x='", "'", "''.system('touch canary').''", "'.system('touch canary').'",
		"' . system('touch canary') . 'x", "'''");
}

static void s05_no_label_ends_a_block_of_data(void **state)
{
	(void)state;
	need_gnuplot();
	harmless("EOD", "e", "$data << EOD", "#", "");
}

static void s06_data_are_no_commands(void **state)
{
	(void)state;
	need_gnuplot();
	harmless("\"`touch canary`\"\t\"$(touch canary)\"", "\" unbalanced", "back\\slash \\n \\", "\\", "NaN", "\"");
}

static void s07_signs_of_markup_are_letters(void **state)
{
	(void)state;
	static const char name[] = "a_b^{c}@d&e %s 100 %n";
	struct str s = STR_INIT;
	struct figure f;
	need_gnuplot();
	harmless(name);
	figure(&f, FIG_BAR, name);
	assert_int_equal(plot_figure(&f, "f.svg", NULL, NULL), 0);
	contents(&s, "f.svg");
	int seen = 0;
	for (const char *p = s.p; (p = strstr(p, "a_b^{c}@d&amp;e %s 100 %n")); p++)
		seen++;
	assert_true(seen >= 6); /* title, axis labels, four bars */
	str_release(&s);
	table_release(&f.data);
}

static void s08_an_svg_holds_no_script_of_others(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	struct figure f;
	need_gnuplot();
	harmless("<script>touch('canary')</script>");
	figure(&f, FIG_BAR, "<script>alert(1)</script>");
	assert_int_equal(plot_figure(&f, "f.svg", NULL, NULL), 0);
	contents(&s, "f.svg");
	assert_null(strstr(s.p, "<script>alert"));
	assert_non_null(strstr(s.p, "&lt;script>alert"));
	str_release(&s);
	table_release(&f.data);
}

static void every_kind_becomes_a_picture_of_the_kind_its_name_says(void **state)
{
	(void)state;
	static const struct { const char *file, *begin; } format[] = {
		{ "p.png", "\x89PNG\r\n\x1a\n" }, { "p.svg", "<?xml" }, { "p.pdf", "%PDF-" }, { "p.TXT", "" }
	};
	struct str s = STR_INIT;
	need_gnuplot();
	for (int kind = FIG_LINE; kind <= FIG_DOTTED; kind++) {
		struct figure f;
		figure(&f, (enum fig_kind)kind, "\xe6\x9d\xb1\xe4\xba\xac");
		for (size_t i = 0; i < 4; i++) {
			struct err e = ERR_INIT;
			struct stat st;
			int rc = (int)plot_figure(&f, format[i].file, NULL, &e);
			if (rc && strstr(e.msg, "built without"))
				continue;
			if (rc)
				fail_msg("%s: %s", kind_name[kind], e.msg);
			contents(&s, format[i].file);
			assert_true(sv_starts(str_view(&s), format[i].begin));
			assert_int_equal(stat(format[i].file, &st), 0);
			assert_int_equal(st.st_mode & 0777, 0600);
			if (i == 3) {
				struct sv rest = str_view(&s), line;
				int lines = 0;
				for (; sv_cut(&rest, '\n', &line); lines++)
					assert_true(utf8_width(line) <= 80);
				assert_in_range(lines, 5, kind == FIG_STEP ? 30 : 24); /* numbers at risk have lines of their own */
			}
		}
		table_release(&f.data);
	}
	str_release(&s);
}

static void empty_and_odd_data_still_draw(void **state)
{
	(void)state;
	need_gnuplot();
	for (int kind = FIG_LINE; kind <= FIG_DOTTED; kind++) {
		for (int shape = 0; shape < 3; shape++) {
			struct figure f;
			struct err e = ERR_INIT;
			figure(&f, (enum fig_kind)kind, "x");
			f.ref = shape == 2 ? 1 : NAN;
			f.log_x = f.log_y = shape == 2;
			if (shape == 0)
				f.data.nrow = 0;
			for (size_t i = 0; i < f.data.nrow * f.data.ncol; i++) {
				if (shape == 1)
					f.data.cell[i].state = CELL_EMPTY;
				else if (f.data.col[i % f.data.ncol].type == COL_REAL)
					f.data.cell[i].d = i % 2 ? 0 : 5;
			}
			if (plot_figure(&f, "f.svg", NULL, &e))
				fail_msg("%s, shape %d: %s", kind_name[kind], shape, e.msg);
			table_release(&f.data);
		}
	}
}

static void a_script_needs_no_gnuplot_and_a_picture_says_so(void **state)
{
	(void)state;
	char before[4000];
	struct figure f;
	struct err e = ERR_INIT;
	const char *path = getenv("PATH");
	snprintf(before, sizeof before, "%s", path ? path : "");
	figure(&f, FIG_FUNNEL, "step");
	setenv("PATH", dir, 1);
	int rc = (int)plot_figure(&f, "p.png", NULL, &e), script = (int)plot_figure(&f, "p.gp", NULL, &e);
	setenv("PATH", before, 1);
	assert_int_equal(rc, WEND_E_STORE);
	assert_string_equal(e.msg, "cannot draw 'p.png': gnuplot is not installed; install it, or end the name in .gp to get script and data");
	assert_int_equal(script, 0);
	assert_int_equal(access("p.gp", F_OK), 0);
	assert_int_equal(access("p.tsv", F_OK), 0);
	assert_int_equal(access("p.png", F_OK), -1);
	table_release(&f.data);
}

static void wrong_requests_are_answered_in_words(void **state)
{
	(void)state;
	struct figure f;
	struct err e = ERR_INIT;
	figure(&f, FIG_BAR, "x");
	assert_int_equal(plot_figure(&f, "p.jpg", NULL, &e), WEND_E_USAGE);
	assert_string_equal(e.msg, "cannot tell the kind of picture from 'p.jpg'; end the name in .png, .svg, .pdf, .txt or .gp");
	assert_int_equal(plot_figure(&f, ".png", NULL, &e), WEND_E_USAGE);
	assert_int_equal(plot_figure(&f, "p.png", "forrest", &e), WEND_E_USAGE);
	assert_string_equal(e.msg, "unknown kind of figure 'forrest'; did you mean 'forest'?");
	assert_int_equal(plot_figure(&f, "p.png", "heat", &e), 0 + (have_gnuplot ? 0 : WEND_E_STORE));
	assert_int_equal(plot_figure(&f, "p.png", "scatter", &e), WEND_E_USAGE);
	assert_string_equal(e.msg, "'scatter' needs two columns of numbers, which its columns do not give; it can be drawn as line, band, bar, stack, heat, forest, funnel, histogram, waterfall");
	assert_int_equal(plot_figure(&f, "no/such/p.gp", NULL, &e), WEND_E_STORE);
	f.kind = FIG_NONE;
	assert_int_equal(plot_figure(&f, "p.png", NULL, &e), WEND_E_USAGE);
	table_release(&f.data);
}

static void a_name_keeps_its_colour_in_every_figure(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	char colour[2][16];
	for (int i = 0; i < 2; i++) {
		struct figure f = { .kind = FIG_LINE, .ref = NAN };
		table_init(&f.data);
		table_col(&f.data, "x", COL_INT, NULL, -1);
		table_col(&f.data, i ? "other" : "phone", COL_INT, NULL, -1);
		table_col(&f.data, i ? "phone" : "web", COL_INT, NULL, -1);
		put_int(&f.data, 1);
		put_int(&f.data, 2);
		put_int(&f.data, 3);
		assert_int_equal(plot_figure(&f, "c.gp", NULL, NULL), 0);
		contents(&s, "c.gp");
		const char *at = strstr(s.p, "title 'phone'"), *rgb = at;
		assert_non_null(at);
		while (strncmp(rgb, "rgb '", 5))
			rgb--;
		snprintf(colour[i], sizeof colour[i], "%.7s", rgb + 5);
		table_release(&f.data);
	}
	assert_string_equal(colour[0], colour[1]);
	str_release(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, empty_dir)
	const struct CMUnitTest tests[] = {
		T(s01_a_backtick_is_a_letter),
		T(s02_names_of_pictures_are_no_commands),
		T(s03_a_line_break_ends_no_string),
		T(s04_an_apostrophe_ends_no_string),
		T(s05_no_label_ends_a_block_of_data),
		T(s06_data_are_no_commands),
		T(s07_signs_of_markup_are_letters),
		T(s08_an_svg_holds_no_script_of_others),
		T(every_kind_becomes_a_picture_of_the_kind_its_name_says),
		T(empty_and_odd_data_still_draw),
		T(a_script_needs_no_gnuplot_and_a_picture_says_so),
		T(wrong_requests_are_answered_in_words),
		T(a_name_keeps_its_colour_in_every_figure),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
