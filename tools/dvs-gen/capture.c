/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "sizes.h"

#define ETHERNET_HEADER 14u
#define FRAMES_START	1024u
#define BYTES_START	65536u

/* Room for `more` elements behind the n that are there; capacity doubles. */
static void *grow(void *memory, uint64_t n, uint64_t more, uint64_t *capacity, uint64_t start,
		  size_t size)
{
	uint64_t wanted = *capacity == 0 ? start : *capacity;
	void *grown;

	if (n + more <= *capacity)
		return memory;
	while (wanted < n + more)
		wanted *= 2;
	grown = reallocarray(memory, wanted, size);
	if (grown != NULL)
		*capacity = wanted;
	return grown;
}

struct loader {
	struct dvs_capture capture;
	uint64_t frames_capacity, bytes_capacity;
	uint64_t first_ns, last_ns;
};

static int add_frame(struct loader *l, const struct pcap_pkthdr *header, const uint8_t *bytes,
		     struct dvs_error *err)
{
	struct dvs_capture *c = &l->capture;
	/* With nanosecond precision tv_usec holds nanoseconds. */
	uint64_t ns = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
	void *grown;

	if (header->caplen < ETHERNET_HEADER || header->caplen > DVS_SIZE_MAX - DVS_FCS_BYTES)
		return dvs_error_set(
			err, -EINVAL, NULL, NULL, "frame %llu has %u bytes; 14 to %u can be sent",
			(unsigned long long)c->n + 1, header->caplen, DVS_SIZE_MAX - DVS_FCS_BYTES);
	if (c->n_bytes + header->caplen > DVS_CAPTURE_BYTES_MAX)
		return dvs_error_set(err, -E2BIG, NULL, NULL, "more than %llu GiB of frames",
				     (unsigned long long)(DVS_CAPTURE_BYTES_MAX >> 30));
	grown = grow(c->frames, c->n, 1, &l->frames_capacity, FRAMES_START, sizeof(*c->frames));
	if (grown == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	c->frames = grown;
	grown = grow(c->bytes, c->n_bytes, header->caplen, &l->bytes_capacity, BYTES_START, 1);
	if (grown == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	c->bytes = grown;
	if (c->n == 0)
		l->first_ns = l->last_ns = ns;
	if (ns > l->last_ns)
		l->last_ns = ns;
	c->frames[c->n] = (struct dvs_captured){
		.ns = l->last_ns - l->first_ns, .offset = c->n_bytes, .length = header->caplen};
	memcpy(c->bytes + c->n_bytes, bytes, header->caplen);
	c->n_bytes += header->caplen;
	c->n_cut += header->caplen < header->len;
	if (header->caplen > c->longest)
		c->longest = header->caplen;
	c->n++;
	return 0;
}

/* A loop lasts as long as the file, and one mean gap to the first frame again. */
static void set_loop_time(struct dvs_capture *c)
{
	uint64_t duration = c->frames[c->n - 1].ns;

	c->loop_ns = duration + (c->n > 1 ? duration / (c->n - 1) : 0);
	if (c->loop_ns == 0)
		c->loop_ns = 1;
}

static int read_frames(struct loader *l, pcap_t *pcap, struct dvs_error *err)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int rc, next;

	if (pcap_datalink(pcap) != DLT_EN10MB)
		return dvs_error_set(err, -EINVAL, NULL, NULL,
				     "its frames are not Ethernet (link type %s)",
				     pcap_datalink_val_to_name(pcap_datalink(pcap)) != NULL
					     ? pcap_datalink_val_to_name(pcap_datalink(pcap))
					     : "unknown");
	while ((next = pcap_next_ex(pcap, &header, &bytes)) == 1) {
		rc = add_frame(l, header, bytes, err);
		if (rc < 0)
			return rc;
	}
	if (next == PCAP_ERROR)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "after frame %llu: %s",
				     (unsigned long long)l->capture.n, pcap_geterr(pcap));
	if (l->capture.n == 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "it has no frames");
	set_loop_time(&l->capture);
	return 0;
}

int dvs_capture_load(const char *path, struct dvs_capture *ret_capture, struct dvs_error *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct loader loader = {.first_ns = 0};
	pcap_t *pcap;
	FILE *file = fopen(path, "rbe");
	int rc;

	if (file == NULL) {
		rc = -errno;
		dvs_error_set(err, rc, NULL, NULL, "%s", strerror(-rc));
		return dvs_error_object(err, "file", path);
	}
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, text);
	if (pcap == NULL) {
		fclose(file);
		dvs_error_set(err, -EINVAL, NULL, NULL, "no capture file: %s", text);
		return dvs_error_object(err, "file", path);
	}
	rc = read_frames(&loader, pcap, err);
	pcap_close(pcap);
	if (rc < 0) {
		dvs_capture_free(&loader.capture);
		dvs_error_object(err, "file", path);
		return rc;
	}
	*ret_capture = loader.capture;
	return 0;
}

void dvs_capture_free(struct dvs_capture *capture)
{
	free(capture->frames);
	free(capture->bytes);
	*capture = (struct dvs_capture){0};
}
