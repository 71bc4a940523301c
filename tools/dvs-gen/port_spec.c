/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_spec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mac.h"
#include "units.h"

struct kind {
	const char *name;
	const char *driver;	/* NULL: the target is the device */
	const char *target_key; /* that the driver takes the target by */
	const char *queues_key; /* NULL: the driver takes none */
	bool takes_mac;		/* as mac= */
	const char *ring_key;	/* by which the driver takes the entries of a ring, if any */
};

static const struct kind kinds[] = {
	{"virtio-user", "net_virtio_user", "path", "queues", true, "queue_size"},
	{"tap", "net_tap", "iface", NULL, false, NULL},
	{"af-packet", "net_af_packet", "iface", "qpairs", false, NULL},
	{"pci", NULL, NULL, NULL, false, NULL},
	{"vdev", NULL, NULL, NULL, false, NULL},
};

static const struct kind *find_kind(const char *text, size_t length)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == length && strncmp(kinds[i].name, text, length) == 0)
			return &kinds[i];
	return NULL;
}

/* "key=value" to devargs; false when they are too long. */
static bool append(struct dvs_port_spec *spec, const char *key, const char *value)
{
	size_t used = strlen(spec->devargs);
	int n = snprintf(spec->devargs + used, sizeof(spec->devargs) - used, ",%s=%s", key, value);

	return n > 0 && (size_t)n < sizeof(spec->devargs) - used;
}

static int parse_own(struct dvs_port_spec *spec, const char *key, const char *value, bool *ret_own,
		     struct dvs_error *err)
{
	struct in_addr address;
	uint64_t number = 0;
	int rc = 0;

	*ret_own = true;
	if (strcmp(key, "mac") == 0) {
		if (dvs_mac_parse(value, spec->mac) < 0 || dvs_mac_is_group(spec->mac))
			rc = dvs_error_set(err, -EINVAL, NULL, NULL,
					   "\"%s\" is not a MAC address of one station", value);
	} else if (strcmp(key, "ip") == 0) {
		spec->has_ip = true;
		if (inet_pton(AF_INET, value, &address) != 1)
			return dvs_error_set(err, -EINVAL, NULL, NULL,
					     "\"%s\" is not an IPv4 address", value);
		spec->ip = ntohl(address.s_addr);
	} else if (strcmp(key, "vlan") == 0) {
		rc = dvs_units_parse_count(value, 0, 4094, &number, err);
		spec->vlan = (uint16_t)number;
	} else if (strcmp(key, "queues") == 0) {
		rc = dvs_units_parse_count(value, 1, DVS_GEN_QUEUES_MAX, &number, err);
		spec->n_queues = (uint16_t)number;
	} else {
		*ret_own = false;
	}
	return rc;
}

static int parse_pair(struct dvs_port_spec *spec, char *pair, struct dvs_error *err)
{
	char *value = strchr(pair, '=');
	bool is_own;
	int rc;

	if (value == NULL || value == pair)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is not KEY=VALUE", pair);
	*value++ = '\0';
	rc = parse_own(spec, pair, value, &is_own, err);
	if (rc < 0)
		return rc;
	if (spec->ring_key != NULL && strcmp(pair, spec->ring_key) == 0)
		spec->ring_key = NULL;
	if (is_own)
		return 0;
	if (strcmp(pair, "server") == 0 && strcmp(value, "1") == 0)
		spec->is_server = true;
	if (!append(spec, pair, value))
		return dvs_error_set(err, -EINVAL, NULL, NULL, "the arguments are too long");
	return 0;
}

static int parse_target(struct dvs_port_spec *spec, const struct kind *kind, const char *target,
			unsigned int number, struct dvs_error *err)
{
	if (target[0] == '\0')
		return dvs_error_set(err, -EINVAL, NULL, NULL, "nothing follows \"%s:\"",
				     kind->name);
	spec->is_pci = strcmp(kind->name, "pci") == 0;
	if (kind->driver == NULL) {
		if (strlen(target) >= sizeof(spec->device))
			return dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is too long",
					     target);
		snprintf(spec->device, sizeof(spec->device), "%s", target);
		snprintf(spec->devargs, sizeof(spec->devargs), "%s", target);
		return 0;
	}
	snprintf(spec->device, sizeof(spec->device), "%s%u", kind->driver, number);
	snprintf(spec->devargs, sizeof(spec->devargs), "%s", spec->device);
	append(spec, kind->target_key, target);
	return 0;
}

/* What the driver is to know, too. */
static int add_own(struct dvs_port_spec *spec, const struct kind *kind, struct dvs_error *err)
{
	char queues[16], mac[DVS_MAC_TEXT_LEN];
	bool fits = true;

	snprintf(queues, sizeof(queues), "%u", spec->n_queues);
	if (kind->queues_key != NULL && spec->n_queues > 1)
		fits = append(spec, kind->queues_key, queues);
	if (kind->takes_mac)
		fits = fits && append(spec, "mac", dvs_mac_print(spec->mac, mac));
	if (!fits)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "the arguments are too long");
	return 0;
}

int dvs_port_spec_parse(const char *text, unsigned int number, struct dvs_port_spec *ret_spec,
			struct dvs_error *err)
{
	struct dvs_port_spec spec = {
		.vlan = DVS_GEN_PORT_VLAN_NO,
		.n_queues = 1,
		/* Locally administered. */
		.mac = {0x02, 0xd5, (uint8_t)number, 0, 0, 1},
	};
	const char *colon = strchr(text, ':');
	const struct kind *kind = colon != NULL ? find_kind(text, (size_t)(colon - text)) : NULL;
	char copy[DVS_GEN_DEVARGS_MAX], *save = NULL, *word;
	int rc;

	if (kind == NULL)
		return dvs_error_set(err, -EINVAL, NULL, "port",
				     "\"%s\" is not KIND:TARGET[,KEY=VALUE]... with one of the "
				     "kinds virtio-user, tap, af-packet, pci, vdev",
				     text);
	/* What the generator adds must fit, too. */
	if (strlen(text) + 64 > sizeof(copy))
		return dvs_error_set(err, -EINVAL, NULL, "port", "longer than %zu characters",
				     sizeof(copy) - 64);
	snprintf(copy, sizeof(copy), "%s", colon + 1);
	snprintf(spec.text, sizeof(spec.text), "%s", text);
	spec.ring_key = kind->ring_key;
	word = strtok_r(copy, ",", &save);
	rc = parse_target(&spec, kind, word != NULL ? word : "", number, err);
	while (rc == 0 && (word = strtok_r(NULL, ",", &save)) != NULL)
		rc = parse_pair(&spec, word, err);
	if (rc == 0)
		rc = add_own(&spec, kind, err);
	if (rc == 0)
		*ret_spec = spec;
	else
		dvs_error_object(err, "port", text);
	return rc;
}
