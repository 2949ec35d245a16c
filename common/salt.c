/* The salts of log entries. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include <sodium.h>

#include "common/salt.h"

void
salt_key(const struct seckey *sec, uint8_t key[SALT_KEY_LEN])
{
	static const uint8_t purpose[] = "kmsd log entry salt";

	(void)crypto_generichash(key, SALT_KEY_LEN, sec->key,
	    crypto_sign_SEEDBYTES, purpose, sizeof(purpose) - 1);
}

/* Salt stands last in each struct, at its own place in each. */
static const struct place {
	const struct message_type *type;
	size_t offset;
} places[] = {
	{ &entry_grant_type, offsetof(struct entry_decision, salt) },
	{ &entry_refusal_type, offsetof(struct entry_decision, salt) },
	{ &entry_start_type, offsetof(struct entry_start, salt) },
	{ &entry_change_type, offsetof(struct entry_change, salt) },
	{ &entry_rollback_type, offsetof(struct entry_rollback, salt) },
	{ &entry_summary_type, offsetof(struct entry_summary, salt) },
};

uint8_t *
salt_place(const struct message_type *type, void *entry)
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].type == type)
			return ((uint8_t *)entry + places[i].offset);
	return (NULL);
}

/* The last line that the salt of this type covers; the first is time. */
static const char *
last_key(const struct message_type *type)
{
	if (type == &entry_grant_type || type == &entry_refusal_type)
		return ("virtual");
	return (type->fields[type->nfields - 2].key);
}

int
salt_make(const uint8_t key[SALT_KEY_LEN], const struct origin *origin,
    const struct message_type *type, const void *entry, uint8_t salt[SALT_LEN])
{
	char name[ORIGIN_MAX], lines[ENTRY_MAX + 1];
	crypto_generichash_state state;
	int len;

	len = message_print_range(
	    type, entry, "time", last_key(type), lines, sizeof(lines), NULL);
	if (len == -1)
		return (-1);
	origin_print(origin, name);
	(void)crypto_generichash_init(&state, key, SALT_KEY_LEN, SALT_LEN);
	(void)crypto_generichash_update(
	    &state, (const uint8_t *)name, strlen(name));
	(void)crypto_generichash_update(&state, (const uint8_t *)"\n", 1);
	(void)crypto_generichash_update(
	    &state, (const uint8_t *)lines, (unsigned long long)len);
	(void)crypto_generichash_final(&state, salt, SALT_LEN);
	explicit_bzero(&state, sizeof(state));
	return (0);
}
