/* NAME FILE...: a fuzz target over files, with any compiler and without a fuzzer. */
#include "wend/par.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct str bytes = STR_INIT;
		struct err err = ERR_INIT;
		if (file_slurp(&bytes, argv[i], 1u << 26, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)str_view(&bytes).p, bytes.n);
		str_release(&bytes);
	}
	return 0;
}
