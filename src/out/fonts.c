/* Which characters the installed fonts can draw, as fontconfig's fc-list tells. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "out/plot.h"

extern char **environ;

/* Letters, figures and signs that any font for reading has: most pictures need no look. */
static bool common(int cp)
{
	return cp < 0x250 || (cp >= 0x370 && cp < 0x530) || (cp >= 0x2010 && cp < 0x2028) || cp == 0x20ac;
}

/* Output of `fc-list --format %{charset}`: "20-7e a0-17f ...", a line a font. */
static bool font_ranges(struct str *out)
{
	char name[] = "fc-list", opt[] = "--format", fmt[] = "%{charset}\n";
	char *const argv[] = { name, opt, fmt, NULL };
	posix_spawn_file_actions_t fa;
	char buf[16384];
	int end[2], e;
	ssize_t k;
	pid_t pid;

	if (pipe2(end, O_CLOEXEC))
		return false;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, end[1], 1);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	e = posix_spawnp(&pid, name, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(end[1]);
	while (!e && ((k = read(end[0], buf, sizeof buf)) > 0 || (k < 0 && errno == EINTR)))
		if (k > 0 && out->n < ((size_t)64 << 20))
			str_add(out, buf, (size_t)k);
	close(end[0]);
	if (e)
		return false;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return out->n > 0;
}

static bool hex(struct sv *v, int *out)
{
	size_t n = 0;

	for (*out = 0; v->n && n < 7; v->p++, v->n--, n++) {
		char c = *v->p;
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (digit < 0)
			break;
		*out = *out * 16 + digit;
	}
	return n > 0;
}

static bool drawn_by(struct sv ranges, int cp)
{
	while (ranges.n) {
		int lo, hi;
		if (!hex(&ranges, &lo)) {
			ranges.p++;
			ranges.n--;
			continue;
		}
		hi = lo;
		if (ranges.n && *ranges.p == '-') {
			ranges.p++;
			ranges.n--;
			hex(&ranges, &hi);
		}
		if (cp >= lo && cp <= hi)
			return true;
	}
	return false;
}

void drawable(struct str *script)
{
	struct str out = STR_INIT, ranges = STR_INIT;
	struct sv rest = str_view(script);
	int cp, known = -1;
	bool asked = false, usable = true;

	while ((cp = utf8_next(&rest)) >= 0) {
		if (!common(cp) && !asked) {
			usable = font_ranges(&ranges);
			asked = true;
		}
		/* Nobody to ask: better a question mark too many than a picture covered by one. */
		if (!common(cp) && cp != known && !(usable && drawn_by(str_view(&ranges), cp))) {
			str_putc(&out, '?');
			continue;
		}
		if (!common(cp))
			known = cp;
		utf8_put(&out, (uint32_t)cp);
	}
	str_reset(script);
	str_add(script, out.p, out.n);
	str_release(&out);
	str_release(&ranges);
}
