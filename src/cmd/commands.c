/* room: cmd
 * The commands there are, in the order of help: the way of the data.
 */
#include "cmd/cmd.h"

const struct command *const commands[] = {
	&cmd_ingest, &cmd_ltv, &cmd_churn, &cmd_touchpoints, &cmd_channels, &cmd_digest, &cmd_customer, &cmd_store, &cmd_plot, &cmd_simulate,
	NULL
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

const struct entry *entry_find(const struct command *c, const char *name)
{
	for (const struct entry *e = c->entries; e->name; e++)
		if (*e->name && !strcmp(e->name, name))
			return e;
	return NULL;
}

const struct entry *entry_several(const struct command *c)
{
	return c == &cmd_touchpoints ? &touchpoints_together : NULL;
}
