/*
 * The signatures of the host key, one function for each kind of text.
 */
#include "config.h"

#include <stdio.h>

#include "activator/sign.h"

static int
sign_document(const struct signer *s, const struct message_type *type,
    const void *doc, char *out, size_t size, char *error)
{
	char text[HOSTDOC_MAX + 1], name[64];
	struct secrets *secrets;
	int len;

	if ((len = message_print(type, doc, text, sizeof(text), error)) == -1)
		return (-1);
	(void)snprintf(name, sizeof(name), "%s %u", type->name, type->version);
	secrets = arena_open(s->arena);
	len = signify_sign(&secrets->host, name, text, (size_t)len, out, size);
	arena_close(s->arena);
	if (len == -1) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "%s is too long", type->name);
		return (-1);
	}
	s->counters[COUNT_SIGNATURES]++;
	return (len);
}

int
sign_seal(const struct signer *s, const struct doc_seal *doc,
    char out[SIGNED_SEAL_MAX], char *error)
{
	s->counters[COUNT_SEALS]++;
	return (
	    sign_document(s, &doc_seal_type, doc, out, SIGNED_SEAL_MAX, error));
}

int
sign_host_request(const struct signer *s, const struct doc_host_request *doc,
    char out[SIGNED_REQUEST_MAX], char *error)
{
	return (sign_document(
	    s, &doc_host_request_type, doc, out, SIGNED_REQUEST_MAX, error));
}

int
sign_checkpoint(const struct signer *s, const struct checkpoint *c,
    char out[CHECKPOINT_MAX])
{
	struct secrets *secrets;
	int len;

	secrets = arena_open(s->arena);
	len = checkpoint_sign(c, &secrets->host, out);
	arena_close(s->arena);
	s->counters[COUNT_SIGNATURES]++;
	s->counters[COUNT_CHECKPOINTS]++;
	return (len);
}
