/* room: store
 * Pseudonyms: names that stay the same for the same person and tell nothing without the
 * secret (store_secret), which lies outside the store.
 *
 *     struct masker *m;
 *     if (masker_open(&m, s, err))
 *         return err->code;
 *     masker_person(m, customer, &out);      p-kv2yl7vmlspjxh5ymy6tvvlxmi
 */
#ifndef WEND_MASK_H
#define WEND_MASK_H

#include "store.h"

struct masker;
/* Reads the secret, or makes it; loads people. */
enum wend_err masker_open(struct masker **out, struct store *s, struct err *err);
void masker_free(struct masker *m);
/* A customer of the store, whichever of its keys is at hand; nothing is added for a guest
 * or nobody. It follows the key the customer is printed by. */
void masker_person(const struct masker *m, uint32_t customer, struct str *out);
/* A key as a table has it: that of its customer where the store knows one, else the same
 * that the store would give a customer printed by it. */
void masker_key(const struct masker *m, struct sv key, struct str *out);
/* Any other identifier: a record's id (r-), a member of staff (s-). */
void masker_text(const struct masker *m, char prefix, struct sv text, struct str *out);
/* Does the store know a customer by this e-mail address, phone number or id in a product's
 * space, or is it shaped like an address or a number? */
bool masker_is_key(const struct masker *m, struct sv text);
/* A failure where none can be returned: kept for store_trouble. */
void masker_trouble(struct masker *m, const struct err *err);

#endif
