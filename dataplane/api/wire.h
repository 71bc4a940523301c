/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire.h - the wire contract of dvs-switchd: the whole protocol in one header.
 *
 * Transport: AF_UNIX SOCK_SEQPACKET, one message a packet, at most DVS_WIRE_MSG_MAX bytes, host
 * byte order. A client sends requests; each gets exactly one reply with the same type and
 * request_id; events come in between on connections that subscribed.
 *
 * Order: HELLO first (version range of the client; the reply has the version chosen and the
 * switch's boot epoch, which is new at each start). Anything else before it ends the connection.
 *
 * A change is a transaction: TXN_BEGIN, any number of OBJECT_PUT and OBJECT_DELETE (staged for this
 * connection, up to DVS_WIRE_TXN_MAX), TXN_COMMIT applies all or nothing and ends it in either
 * case. PUT has the whole object: it adds or replaces. Once an operation was refused, so is the
 * commit.
 *
 * Dumps are read in chunks: DUMP with cursor 0, then with next_cursor until that is 0. A dump is
 * not a snapshot; what changes meanwhile may or may not be in it, what does not change is in it
 * exactly once. Cursors grow.
 *
 * Events carry consecutive sequence numbers. A client that reads too slowly loses events, never
 * the connection's order: it sees a gap and must dump again what it follows.
 *
 * A reply with status < 0 has a struct dvs_error as its body. Malformed packets, unknown types and
 * lengths that lie get one error reply and the connection is closed: the peer is broken. That
 * reply, and the one to a connection that is not taken, has the type DVS_WIRE_NONE and request_id
 * 0.
 *
 * Growth: structs are append-only; a shorter object is extended with zeros, a longer one is
 * accepted when what is beyond our struct is all zeros. New message types: a new row in
 * DVS_WIRE_MESSAGES, and DVS_WIRE_VERSION is raised.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_WIRE_H
#define DVS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "objects.h"

#define DVS_WIRE_VERSION     1 /* newest that this code speaks */
#define DVS_WIRE_VERSION_MIN 1 /* oldest that this code speaks */
#define DVS_WIRE_MSG_MAX     32768
#define DVS_WIRE_TXN_MAX     65536 /* operations of one transaction */
#define DVS_WIRE_CLIENTS_MAX 64
#define DVS_WIRE_SOCKET	     "/run/dvs/switchd.sock"

/* First of every packet. */
struct dvs_wire_header {
	uint32_t length;     /* of the whole packet, this header included */
	uint16_t type;	     /* enum dvs_wire_type */
	uint16_t flags;	     /* DVS_WIRE_REPLY in all that the switch sends, else 0 */
	uint32_t request_id; /* chosen by the client, not 0; 0 in events */
	int32_t status;	     /* replies: 0 or negative errno; requests: 0 */
};

#define DVS_WIRE_REPLY 1u

struct dvs_wire_hello {
	uint16_t version_min, version_max;
	uint8_t pad[4];
	char client[DVS_NAME_LEN]; /* for the log: "dvs-controld" */
};

struct dvs_wire_hello_reply {
	uint16_t version;
	uint8_t pad[6];
	uint64_t boot_epoch;
	uint64_t generation;
	char software[32]; /* "dvs-switchd 0.1.0" */
};

/* OBJECT_PUT: followed by the struct. OBJECT_DELETE: a struct of which only KEY fields count. */
struct dvs_wire_object {
	uint16_t type; /* enum dvs_type_id of a configuration type that the switch knows */
	uint16_t size; /* bytes that follow */
	uint8_t pad[4];
};

struct dvs_wire_commit_reply {
	uint64_t generation; /* after the commit */
};

struct dvs_wire_dump {
	uint16_t type; /* enum dvs_type_id */
	uint8_t pad[6];
	uint64_t cursor; /* 0 to start */
};

/* Followed by count records of size bytes each. */
struct dvs_wire_dump_reply {
	uint16_t type;
	uint16_t size;
	uint32_t count;
	uint64_t next_cursor; /* 0: that was all */
};

struct dvs_wire_mac_flush {
	char segment[DVS_NAME_LEN]; /* "": all */
	char port[DVS_NAME_LEN];    /* "": all */
};

struct dvs_wire_mac_flush_reply {
	uint32_t flushed; /* dynamic entries removed */
	uint8_t pad[4];
};

enum dvs_event_kind {
	DVS_EVENT_LINK = 1,	 /* a port's link or error changed */
	DVS_EVENT_CONFIG,	 /* a transaction was committed; generation says which */
	DVS_EVENT_MAC_MOVE,	 /* a MAC moved to another port */
	DVS_EVENT_MAC_DUPLICATE, /* a MAC is active on two ports */
	DVS_EVENT_MAC_HELD,	 /* a MAC moved so often that it is held where it is */
};

struct dvs_wire_event {
	uint64_t sequence;	  /* consecutive on this connection from 1; a jump = events lost */
	uint32_t kind;		  /* enum dvs_event_kind */
	uint8_t link;		  /* LINK: enum dvs_link */
	uint8_t mac[DVS_MAC_LEN]; /* MAC_* */
	uint8_t pad[5];
	uint64_t generation;	    /* CONFIG */
	char port[DVS_NAME_LEN];    /* LINK; MAC_*: where the MAC is now */
	char segment[DVS_NAME_LEN]; /* MAC_* */
	char text[128]; /* LINK: the port's error, or ""; MAC_DUPLICATE, _HELD: the other port */
};

struct dvs_wire_empty {
	uint8_t nothing[0];
};

/*
 * One row a message: symbol, request body, reply body, whether more bytes may follow the request's
 * body and the reply's, in that order.
 */
#define DVS_WIRE_MESSAGES(X)                                                                       \
	X(HELLO, struct dvs_wire_hello, struct dvs_wire_hello_reply, 0, 0)                         \
	X(TXN_BEGIN, struct dvs_wire_empty, struct dvs_wire_empty, 0, 0)                           \
	X(OBJECT_PUT, struct dvs_wire_object, struct dvs_wire_empty, 1, 0)                         \
	X(OBJECT_DELETE, struct dvs_wire_object, struct dvs_wire_empty, 1, 0)                      \
	X(TXN_COMMIT, struct dvs_wire_empty, struct dvs_wire_commit_reply, 0, 0)                   \
	X(TXN_ABORT, struct dvs_wire_empty, struct dvs_wire_empty, 0, 0)                           \
	X(DUMP, struct dvs_wire_dump, struct dvs_wire_dump_reply, 0, 1)                            \
	X(MAC_FLUSH, struct dvs_wire_mac_flush, struct dvs_wire_mac_flush_reply, 0, 0)             \
	X(SUBSCRIBE, struct dvs_wire_empty, struct dvs_wire_empty, 0, 0)                           \
	X(EVENT, struct dvs_wire_event, struct dvs_wire_event, 0, 0)

enum dvs_wire_type {
	DVS_WIRE_NONE,
#define DVS_WIRE_ENUM(symbol, request, reply, request_tail, reply_tail) DVS_WIRE_##symbol,
	DVS_WIRE_MESSAGES(DVS_WIRE_ENUM)
#undef DVS_WIRE_ENUM
		DVS_WIRE_N_TYPES
};

/* A packet whose every length was checked; pointers are into the packet. */
struct dvs_wire_msg {
	struct dvs_wire_header header;
	const void *body;    /* the row's struct; NULL for an error reply */
	const uint8_t *tail; /* what follows it */
	uint32_t tail_length;
	const struct dvs_error *error; /* replies with status < 0 */
};

/*
 * Checks a packet as a request (is_reply false) or as a reply or event (true): header, type, body
 * and tail lengths, object sizes, record counts, zero padding not required, strings terminated.
 * 0, -EBADMSG (lengths, flags), -EOPNOTSUPP (unknown type); ret_msg untouched on failure.
 * packet must be 8-byte aligned.
 */
int dvs_wire_decode(const void *packet, size_t length, bool is_reply, struct dvs_wire_msg *ret_msg);

/*
 * Copies an object of a message into a struct of our size: zero-extended or, when longer, checked
 * to end in zeros (-E2BIG), then dvs_type_check. -EINVAL and err when the content is not valid.
 */
int dvs_wire_object(const struct dvs_type *type, const void *data, size_t size, void *ret_object,
		    struct dvs_error *err);

/*
 * The same for OBJECT_DELETE: only the KEY fields are taken and checked, the others get their
 * defaults.
 */
int dvs_wire_key(const struct dvs_type *type, const void *data, size_t size, void *ret_object,
		 struct dvs_error *err);

/*
 * Writes a packet: header, body and tail one after the other; the last two may be empty. length of
 * the header is filled in. Returns the length, -EMSGSIZE when it does not fit.
 */
int dvs_wire_encode(uint8_t packet[DVS_WIRE_MSG_MAX], const struct dvs_wire_header *header,
		    const void *body, size_t body_length, const void *tail, size_t tail_length);

/* "DUMP"; "unknown". */
const char *dvs_wire_type_name(unsigned int type);

#endif
