/*
 * The one grammar of kmsd's text messages (doc/protocol.md, "Messages").  A
 * constant table per type prints and parses: what is printed parses back to
 * the same bytes, and nothing else parses.
 *
 *	TYPE VERSION
 *	key value
 *	key value
 */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define MESSAGE_ERROR_MAX 256 /* bytes, with the NUL */
#define MESSAGE_PARTS_MAX 4

/* What stands in one part of a value, and the C object that holds it. */
enum message_kind {
	MESSAGE_UUID, /* uint8_t[16] */
	MESSAGE_TIME, /* struct ktime */
	MESSAGE_DURATION, /* int64_t, seconds */
	MESSAGE_COUNT, /* uint64_t, at most limit */
	MESSAGE_BASE64, /* uint8_t[limit], exactly */
	MESSAGE_TOKEN, /* char[limit + 1]: [A-Za-z0-9._-]+ */
	MESSAGE_HOST, /* char[254]: [A-Za-z0-9.-]{1,253} */
	MESSAGE_TEXT, /* char[limit + 1]: UTF-8, the last part only */
	MESSAGE_WORD, /* int: index into words */
	MESSAGE_CODE, /* uint32_t as 0xC004F038 */
	MESSAGE_POSITIVE /* uint64_t, 1 to limit */
};

struct message_part {
	enum message_kind kind;
	size_t offset; /* in the element: where the object is */
	uint64_t limit; /* largest value, or length in bytes */
	const char *const *words; /* MESSAGE_WORD: NULL-terminated */
};

enum message_need {
	MESSAGE_REQUIRED,
	MESSAGE_OPTIONAL, /* bool at presence */
	MESSAGE_REPEATED, /* size_t at presence: number of elements */
	MESSAGE_EXTENSIONS /* the x- lines as they stand: char[max] */
};

/*
 * One key.  Its element (for MESSAGE_REPEATED an array of max elements of
 * size bytes) is at offset in the message's struct; parts are separated by
 * one space.  A repeated key has at least min elements.
 */
struct message_field {
	const char *key;
	enum message_need need;
	size_t offset;
	size_t presence;
	size_t size;
	size_t min, max;
	size_t nparts;
	struct message_part parts[MESSAGE_PARTS_MAX];
};

struct message_type {
	const char *name; /* "kms-grant" */
	unsigned int version;
	size_t size; /* of the struct */
	size_t length_max; /* bytes of text */
	const struct message_field *fields;
	size_t nfields;
};

/*
 * Prints into a buffer of size bytes and adds a NUL that is not part of the
 * message.  Returns the length, or -1 with the reason in error (which may be
 * NULL): a value that the grammar does not allow, a message over length_max,
 * a buffer too small.
 */
int message_print(const struct message_type *, const void *, char *, size_t,
    char[MESSAGE_ERROR_MAX]);

/*
 * Parses exactly len bytes into the struct, which is zeroed first.  Returns
 * 0, or -1 with the reason and the line's number in error (which may be
 * NULL); the struct is then zeroed.
 */
int message_parse(const struct message_type *, const char *, size_t, void *,
    char[MESSAGE_ERROR_MAX]);

/*
 * Prints the lines of the fields from first to last (keys, both included),
 * without the first line: what a salt is computed over.  As message_print().
 */
int message_print_range(const struct message_type *, const void *, const char *,
    const char *, char *, size_t, char[MESSAGE_ERROR_MAX]);

/* True if the text's first line is "TYPE VERSION" of this type. */
int message_is(const struct message_type *, const char *, size_t);

/*
 * True if the bytes are UTF-8 without control, bidirectional and separator
 * characters (general categories Cc, Zl, Zp and the Bidi_Control property).
 */
int message_text_valid(const char *, size_t);

#endif
