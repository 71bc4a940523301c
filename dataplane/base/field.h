/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * field.h - the field-table engine: every attribute of every object is one row.
 *
 * A row says what an attribute is called, where it lives in the object's C struct, what values it
 * may have, what it defaults to and what it means. Everything that handles attributes is driven by
 * the rows: command line, tables, JSON, YAML, the store, comparison, validation, man pages and
 * completion. Adding an attribute to an object is: a member in the struct
 * (dataplane/api/objects.h), one row in its table (objects.c), and the code in the dataplane that
 * acts on it.
 *
 * A *record* is one object: its struct, and the set of fields that were set explicitly.
 * Fields that were not set hold their default; for rows with DVS_FIELD_POLICY in a port that means
 * "inherit from the port group".
 *
 * Values as text (the same everywhere: CLI, JSON strings, YAML):
 *	BOOL	true/false (also yes/no, on/off, 1/0), in upper or lower case
 *	UINT	decimal or 0x hexadecimal
 *	NAME	1 to 31 of [A-Za-z0-9._-], starting with a letter or digit
 *	STRING	printable UTF-8 without control characters (text.h)
 *	PATH	an absolute path without "//", "." or ".." components, no control characters
 *	MAC	a unicast address, 52:54:00:00:00:01
 *	IP	an IPv4 or IPv6 address: 10.0.0.5, 2001:db8::5
 *	PREFIX	an IPv4 or IPv6 address, or an address / number of bits: 10.0.0.5, 2001:db8::/64
 *	ENUM	one of the row's names
 *	FLAGS	names separated by commas, or "none"
 *	MODE	octal file permission bits, 0 to 0777
 *	RATE	"10Mbps", "1.5Gbps", "1000pps", "10kpps", or "off" (rate.h)
 *	RANGE	a number, two with '-' between, or "any"
 *	MAC_MASK an address, one and its mask with '/' between, or "any"
 *	MAP	keys and numbers "46:7,8-15:1", or "none" (number_map.h)
 *	VLANS	VLAN ids and ranges with commas between, "none" or "all" (vlan_list.h)
 * NAME, STRING, PATH, MAC, IP and PREFIX may be empty (no value) where the row is not KEY or
 * REQUIRED.
 *
 * Threads: tables are constant; a record belongs to its holder.
 *
 *	struct dvs_record rec;
 *	struct dvs_error err;
 *	char text[DVS_FIELD_TEXT_MAX];
 *
 *	dvs_record_init(&rec, &dvs_segment_type);
 *	if (dvs_record_set(&rec, "name", "lan", &err) < 0 ||
 *	    dvs_record_set(&rec, "age", "60", &err) < 0 || dvs_record_check(&rec, &err) < 0)
 *		return err.code;
 *	printf("%s\n", dvs_record_print(&rec, dvs_type_field(rec.type, "age"), text));
 */
#ifndef DVS_FIELD_H
#define DVS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum dvs_field_type {
	DVS_FIELD_BOOL,	  /* uint8_t, 0 or 1 */
	DVS_FIELD_UINT,	  /* uint8_t, uint16_t, uint32_t or uint64_t by size */
	DVS_FIELD_NAME,	  /* char[DVS_NAME_LEN] */
	DVS_FIELD_STRING, /* char[size] */
	DVS_FIELD_PATH,	  /* char[size] */
	DVS_FIELD_MAC,	  /* uint8_t[6] */
	DVS_FIELD_ENUM,	  /* uint8_t, index into names */
	DVS_FIELD_FLAGS,  /* uint32_t or uint64_t, bit n is names[n] */
	DVS_FIELD_MODE,	  /* uint16_t */
	DVS_FIELD_PREFIX, /* struct dvs_prefix (ip.h) */
	DVS_FIELD_RATE,	  /* uint64_t, see rate.h; 0: no limit */
	DVS_FIELD_IP,	  /* struct dvs_ip (ip.h); all zero: none */
	DVS_FIELD_VLANS,  /* struct dvs_vlan_list */
	DVS_FIELD_RANGE,  /* struct dvs_range (match.h); the row's max, or 65535, is the largest */
	DVS_FIELD_MAC_MASK, /* struct dvs_mac_mask (match.h) */
	DVS_FIELD_MAP, /* uint8_t for each key (number_map.h); the row's max is the largest number
			*/
};

enum dvs_field_flag {
	DVS_FIELD_KEY = 1 << 0,	     /* identifies the object; cannot change */
	DVS_FIELD_REQUIRED = 1 << 1, /* must be given when an object is added */
	DVS_FIELD_POLICY = 1 << 2,   /* in a port group, and in a port as an override */
	DVS_FIELD_STATE = 1 << 3,    /* reported by the switch, never set */
	DVS_FIELD_COUNTER = 1 << 4,  /* grows; a watch shows its rate */
	DVS_FIELD_WIDE = 1 << 5,     /* not a column of the short table, shown by `show NAME` */
	DVS_FIELD_RECREATE = 1 << 6, /* a change ends the port's session: it is made anew */
	DVS_FIELD_DERIVED = 1 << 7,  /* filled by controld for the switch; no operator sees it */
};

#define DVS_NAME_LEN	   32	/* with its NUL */
#define DVS_FIELD_TEXT_MAX 1024 /* any value as text, with its NUL */
#define DVS_FIELDS_MAX	   128	/* rows of one object, the bits of a dvs_field_set */
#define DVS_RECORD_MAX	   1024 /* bytes of one object's struct */
#define DVS_KEY_TEXT_MAX   128	/* key values joined by '/', with its NUL */

struct dvs_field {
	const char *name; /* lower case, '_' between words */
	enum dvs_field_type type;
	uint16_t offset;	  /* in the object's struct */
	uint16_t size;		  /* bytes there */
	uint32_t flags;		  /* enum dvs_field_flag */
	uint64_t min, max;	  /* UINT only; both 0 = the whole range of its size */
	const char *unit;	  /* "bytes", "seconds", or NULL */
	const char *const *names; /* ENUM, FLAGS: NULL-terminated; a NULL name cannot be inside */
	const char *ref;	  /* type name of the object that this names, or NULL */
	const char *default_text; /* NULL: all zero */
	const char *help;	  /* one sentence without full stop */
};

struct dvs_type {
	const char *name;   /* "port": the word on the command line and in JSON */
	const char *plural; /* "ports": the key in YAML */
	uint16_t id;	    /* enum dvs_type_id, on the wire */
	uint16_t size;	    /* of the struct */
	uint16_t n_fields;
	const struct dvs_field *fields;
	const char *help;
};

/* Fields of one type: bit n is fields[n]. */
typedef unsigned __int128 dvs_field_set;

#define DVS_FIELDS_ALL (~(dvs_field_set)0)

struct dvs_record {
	const struct dvs_type *type;
	dvs_field_set set; /* that were set explicitly */
	_Alignas(8) uint8_t data[DVS_RECORD_MAX];
};

/* Row by name, NULL when the type has no such field. */
const struct dvs_field *dvs_type_field(const struct dvs_type *type, const char *name);

/* Operators say it: neither reported by the switch nor filled by controld. */
static inline bool dvs_field_is_given(const struct dvs_field *field)
{
	return (field->flags & (DVS_FIELD_STATE | DVS_FIELD_DERIVED)) == 0;
}

/* The set of this row alone. */
dvs_field_set dvs_field_bit(const struct dvs_type *type, const struct dvs_field *field);

/* Text -> the member at object + field->offset. Nothing is written on error. 0, -EINVAL, -ERANGE,
 * -E2BIG (string too long); err names the field, the value and what is allowed. */
int dvs_field_parse(const struct dvs_field *field, const char *text, void *object,
		    struct dvs_error *err);

/* The member as text; returns buf. Strings that came from elsewhere are bounded by field->size. */
const char *dvs_field_print(const struct dvs_field *field, const void *object,
			    char buf[DVS_FIELD_TEXT_MAX]);

/* Checks a member that somebody else wrote, as dvs_type_check does for all of them. */
int dvs_field_check(const struct dvs_field *field, const void *object, struct dvs_error *err);

/* A BOOL, UINT, ENUM, FLAGS, MODE or RATE member as a number; 0 for the other types. */
uint64_t dvs_field_uint(const struct dvs_field *field, const void *object);

/* What the value may be, for messages and help: "68 to 9216 bytes", "one of server, client". */
const char *dvs_field_allowed(const struct dvs_field *field, char buf[DVS_FIELD_TEXT_MAX]);

/* All fields at their defaults, in a struct / in a record with nothing set. */
void dvs_type_defaults(const struct dvs_type *type, void *object);
void dvs_record_init(struct dvs_record *rec, const struct dvs_type *type);

/*
 * Checks a struct that somebody else wrote (a peer on the wire): strings are terminated and well
 * formed, KEY and REQUIRED ones not empty, numbers in range, enums and flags known, padding not
 * looked at. -EINVAL or -ERANGE, and err names the field.
 */
int dvs_type_check(const struct dvs_type *type, const void *object, struct dvs_error *err);

/*
 * Sets one field from text. -ENOENT with the list of known fields when there is no such field,
 * -EPERM for STATE and DERIVED rows, else as dvs_field_parse. An empty text or "default" unsets:
 * the field returns to its default (for an override: to what the port group says). KEY and REQUIRED
 * rows have no default: there "default" is a value like others and an empty text is refused.
 */
int dvs_record_set(struct dvs_record *rec, const char *name, const char *text,
		   struct dvs_error *err);
void dvs_record_unset(struct dvs_record *rec, const struct dvs_field *field);

/* All KEY and REQUIRED fields are set. -EINVAL and the field's name otherwise. */
int dvs_record_check(const struct dvs_record *rec, struct dvs_error *err);

bool dvs_record_is_set(const struct dvs_record *rec, const struct dvs_field *field);
const char *dvs_record_print(const struct dvs_record *rec, const struct dvs_field *field,
			     char buf[DVS_FIELD_TEXT_MAX]);

/* KEY values joined by '/', those still empty left out; returns buf. */
const char *dvs_type_key(const struct dvs_type *type, const void *object,
			 char buf[DVS_KEY_TEXT_MAX]);

/* Fields whose values differ in two structs of one type. */
dvs_field_set dvs_type_diff(const struct dvs_type *type, const void *a, const void *b);

#endif
