/*
 * Short forms for the tables of message types.  Offsets count from the start
 * of the struct (of the first element for a repeated key), and limits come
 * from the sizes of the members.
 */
#ifndef COMMON_FIELDS_H
#define COMMON_FIELDS_H

#include <stddef.h>

#include "common/message.h"

#define FIELDS_COUNT_MAX ((UINT64_C(1) << 53) - 1)
#define FIELDS_MEMBER(s, m) (((const struct s *)NULL)->m)

/* The parts of a value: struct, member. */
#define FIELDS_PART(kind, s, m, limit, words)             \
	{                                                 \
		kind, offsetof(struct s, m), limit, words \
	}
#define UUID(s, m) FIELDS_PART(MESSAGE_UUID, s, m, 0, NULL)
#define TIME(s, m) FIELDS_PART(MESSAGE_TIME, s, m, 0, NULL)
#define DURATION(s, m) FIELDS_PART(MESSAGE_DURATION, s, m, 0, NULL)
#define COUNT(s, m) FIELDS_PART(MESSAGE_COUNT, s, m, FIELDS_COUNT_MAX, NULL)
#define COUNT32(s, m) FIELDS_PART(MESSAGE_COUNT, s, m, UINT32_MAX, NULL)
#define POSITIVE(s, m) \
	FIELDS_PART(MESSAGE_POSITIVE, s, m, FIELDS_COUNT_MAX, NULL)
#define BYTES(s, m) \
	FIELDS_PART(MESSAGE_BASE64, s, m, sizeof(FIELDS_MEMBER(s, m)), NULL)
#define TOKEN(s, m) \
	FIELDS_PART(MESSAGE_TOKEN, s, m, sizeof(FIELDS_MEMBER(s, m)) - 1, NULL)
#define HOST(s, m) FIELDS_PART(MESSAGE_HOST, s, m, 0, NULL)
#define TEXT(s, m) \
	FIELDS_PART(MESSAGE_TEXT, s, m, sizeof(FIELDS_MEMBER(s, m)) - 1, NULL)
#define WORD(s, m, words) FIELDS_PART(MESSAGE_WORD, s, m, 0, words)
#define CODE(s, m) FIELDS_PART(MESSAGE_CODE, s, m, 0, NULL)

/* The lines: key, then for what is not required its members, then parts. */
#define FIELDS_NPARTS(...)                                \
	(sizeof((struct message_part[]){ __VA_ARGS__ }) / \
	    sizeof(struct message_part))
#define REQUIRED(key, ...)                            \
	{                                             \
		key, MESSAGE_REQUIRED, 0, 0, 0, 0, 0, \
		    FIELDS_NPARTS(__VA_ARGS__),       \
		{                                     \
			__VA_ARGS__                   \
		}                                     \
	}
#define OPTIONAL(key, s, has, ...)                                          \
	{                                                                   \
		key, MESSAGE_OPTIONAL, 0, offsetof(struct s, has), 0, 0, 0, \
		    FIELDS_NPARTS(__VA_ARGS__),                             \
		{                                                           \
			__VA_ARGS__                                         \
		}                                                           \
	}
#define REPEATED(key, s, array, n, min, ...)                     \
	{                                                        \
		key, MESSAGE_REPEATED, 0, offsetof(struct s, n), \
		    sizeof(FIELDS_MEMBER(s, array)[0]), min,     \
		    sizeof(FIELDS_MEMBER(s, array)) /            \
			sizeof(FIELDS_MEMBER(s, array)[0]),      \
		    FIELDS_NPARTS(__VA_ARGS__),                  \
		{                                                \
			__VA_ARGS__                              \
		}                                                \
	}
#define EXTENSIONS(s, m)                                                  \
	{                                                                 \
		"x-", MESSAGE_EXTENSIONS, offsetof(struct s, m), 0, 0, 0, \
		    sizeof(FIELDS_MEMBER(s, m)), 0,                       \
		{                                                         \
			{                                                 \
				0, 0, 0, NULL                             \
			}                                                 \
		}                                                         \
	}

/* The type itself: name, version, struct, longest text, table. */
#define FIELDS_TYPE(name, version, s, length_max, fields)            \
	{                                                            \
		name, version, sizeof(struct s), length_max, fields, \
		    sizeof(fields) / sizeof(fields[0])               \
	}

#endif
