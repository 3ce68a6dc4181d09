#include "simparam.h"

#include <math.h>
#include <string.h>

const struct param_def param_defs[P_COUNT] = {
#define X(id, name, shop, saas, hotel, lo, hi, group, help) { name, { shop, saas, hotel }, lo, hi, group, help },
	SIM_PARAMS(X)
#undef X
};

int param_find(const char *name, unsigned long n)
{
	for (int i = 0; i < P_COUNT; i++)
		if (strlen(param_defs[i].name) == n && !memcmp(param_defs[i].name, name, n))
			return i;
	return -1;
}
