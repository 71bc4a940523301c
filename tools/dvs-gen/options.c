/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_table.h"

static struct dvs_gen_options defaults(void)
{
	return (struct dvs_gen_options){
		.mode = DVS_GEN_RUN,
		.n_descriptors = 1024,
		.rate = {.kind = DVS_RATE_PPS, .value = 1e6},
		.seconds = 10,
		.drain = 0.2,
		.max_lag = 0.01,
		.sizes = {.n = 1, .bytes = {64}, .weight = {1}, .n_sequence = 1},
		.seed = 1,
		.wait = 5,
		.is_learning = true,
		.learn_pps = 1e5,
		.settle = 0.1,
		.rate_max = {.kind = DVS_RATE_MAX},
		.rate_min = {.kind = DVS_RATE_MAX},
		.resolution = 0.01,
		.speed = 1,
		.loops = 1,
		.log_level = DVS_LOG_ERROR,
		.interval = 1,
	};
}

static const char *const mode_names[] = {
	[DVS_GEN_RUN] = "run", [DVS_GEN_SEARCH] = "search", [DVS_GEN_REPLAY] = "replay"};

/* Which options were given, for what defaults depend on. */
struct given {
	const struct dvs_option_row *rows[512];
	unsigned int n;
};

static bool was_given(const struct given *given, const char *name)
{
	for (unsigned int i = 0; i < given->n; i++)
		if (strcmp(given->rows[i]->name, name) == 0)
			return true;
	return false;
}

/* "--name=value" or "--name" "value"; *i moves over what was taken. */
static int parse_option(int argc, char **argv, int *i, struct dvs_gen_options *options,
			struct given *given, struct dvs_error *err)
{
	const char *name = argv[*i] + 2;
	const char *value = strchrnul(name, '=');
	const struct dvs_option_row *row = dvs_option_find(name, (size_t)(value - name));
	bool takes_value = row != NULL && row->argument != NULL;
	int rc;

	if (row == NULL)
		return dvs_error_set(err, -EINVAL, NULL, argv[*i],
				     "no such option; see dvs-gen --help");
	if (*value == '=') {
		if (!takes_value)
			return dvs_error_set(err, -EINVAL, NULL, row->name, "takes no value");
		value++;
	} else if (takes_value) {
		if (*i + 1 >= argc)
			return dvs_error_set(err, -EINVAL, NULL, row->name, "needs a value (%s)",
					     row->argument);
		value = argv[++*i];
	}
	if (given->n == sizeof(given->rows) / sizeof(given->rows[0]))
		return dvs_error_set(err, -EINVAL, NULL, NULL, "too many options");
	given->rows[given->n++] = row;
	rc = dvs_option_set(row, options, takes_value ? value : NULL, err);
	if (rc < 0 && err != NULL && err->field[0] == '\0')
		snprintf(err->field, sizeof(err->field), "%s", row->name);
	return rc;
}

static int parse_word(const char *word, struct dvs_gen_options *options, unsigned int *n_words,
		      struct dvs_error *err)
{
	if ((*n_words)++ == 0) {
		for (unsigned int mode = DVS_GEN_RUN; mode <= DVS_GEN_REPLAY; mode *= 2)
			if (strcmp(word, mode_names[mode]) == 0) {
				options->mode = (enum dvs_gen_mode)mode;
				return 0;
			}
		return dvs_error_set(err, -EINVAL, NULL, NULL,
				     "\"%s\" is not one of run, search, replay", word);
	}
	if (options->mode == DVS_GEN_REPLAY && *n_words == 2) {
		options->file = word;
		return 0;
	}
	return dvs_error_set(err, -EINVAL, NULL, NULL, "unexpected argument \"%s\"", word);
}

static int check_modes(const struct dvs_gen_options *o, const struct given *given,
		       struct dvs_error *err)
{
	for (unsigned int i = 0; i < given->n; i++)
		if ((given->rows[i]->modes & o->mode) == 0)
			return dvs_error_set(err, -EINVAL, NULL, given->rows[i]->name,
					     "has no meaning for %s", mode_names[o->mode]);
	return 0;
}

static int check_ports(const struct dvs_gen_options *o, struct dvs_error *err)
{
	if (o->n_ports == 0)
		return dvs_error_set(err, -EINVAL, NULL, "port", "none is given; see --help");
	if (o->pattern == DVS_PATTERN_PAIRS && o->n_ports % 2 != 0)
		return dvs_error_set(err, -EINVAL, NULL, "port",
				     "an odd number of ports (%u) makes no pairs; add one, or say "
				     "--pattern self "
				     "(each port receives what it sent) or ring",
				     o->n_ports);
	if (o->pattern == DVS_PATTERN_RING && o->n_ports < 2)
		return dvs_error_set(err, -EINVAL, NULL, "pattern", "a ring has at least 2 ports");
	if (o->is_one_way && o->pattern != DVS_PATTERN_PAIRS)
		return dvs_error_set(err, -EINVAL, NULL, "one-way", "is for --pattern pairs");
	for (unsigned int i = 0; i < o->n_ports; i++)
		for (unsigned int j = 0; j < i; j++)
			if (strcmp(o->ports[i].text, o->ports[j].text) == 0)
				return dvs_error_set(err, -EINVAL, NULL, "port",
						     "\"%s\" is given twice", o->ports[i].text);
	return 0;
}

static int check_load(const struct dvs_gen_options *o, const struct given *given,
		      struct dvs_error *err)
{
	if (o->window > 0 && was_given(given, "rate"))
		return dvs_error_set(err, -EINVAL, NULL, "window",
				     "a closed loop has no rate; give --rate or --window");
	if (o->is_forwarding && o->window == 0)
		return dvs_error_set(err, -EINVAL, NULL, "forward", "needs --window N");
	if (o->is_forwarding && (o->is_split || o->is_touching || o->count > 0 || o->is_one_way))
		return dvs_error_set(err, -EINVAL, NULL, "forward",
				     "goes with none of --split, --touch, --count, --one-way");
	if (o->count > 0 && was_given(given, "time"))
		return dvs_error_set(err, -EINVAL, NULL, "count", "give --count or --time");
	if (o->mode != DVS_GEN_SEARCH && o->n_losses > 1)
		return dvs_error_set(err, -EINVAL, NULL, "loss", "one fraction only");
	return 0;
}

static int check_frames(const struct dvs_gen_options *o, struct dvs_error *err)
{
	struct dvs_frame_template template;
	struct dvs_endpoint end = {.ipv4 = 0};

	if (o->flows < o->macs)
		return dvs_error_set(err, -EINVAL, NULL, "flows",
				     "%u flows cannot use %u MACs: at least one flow a MAC",
				     o->flows, o->macs);
	if (o->frame.segment > 0 && !o->frame.is_tcp)
		return dvs_error_set(err, -EINVAL, NULL, "tso", "needs --l4 tcp");
	if (o->frame.has_vxlan && (o->frame.segment > 0 || o->frame.checksum != DVS_CHECKSUM_AUTO))
		return dvs_error_set(err, -EINVAL, NULL, "vxlan",
				     "goes with neither --tso nor --checksum offload");
	for (unsigned int i = 0; i < o->n_ports; i++) {
		struct dvs_frame_options frame = o->frame;

		if (o->ports[i].vlan != DVS_GEN_PORT_VLAN_NO)
			frame.vlan = o->ports[i].vlan;
		for (unsigned int k = 0; k < o->sizes.n; k++) {
			int rc = dvs_frame_template_init(&template, &frame, &end, &end,
							 o->sizes.bytes[k], err);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int check(struct dvs_gen_options *o, const struct given *given, struct dvs_error *err)
{
	int rc;

	if (!was_given(given, "macs"))
		o->macs = 1;
	if (!was_given(given, "flows"))
		o->flows = o->macs;
	if (!was_given(given, "rate") && o->mode == DVS_GEN_REPLAY)
		o->rate.value = 0;
	if (o->mode == DVS_GEN_SEARCH && o->n_losses == 0)
		o->losses[o->n_losses++] = 0;
	if (o->mode == DVS_GEN_REPLAY && o->file == NULL)
		return dvs_error_set(err, -EINVAL, NULL, "replay", "which file?");
	rc = check_modes(o, given, err);
	if (rc == 0)
		rc = check_ports(o, err);
	if (rc == 0)
		rc = check_load(o, given, err);
	if (rc == 0)
		rc = check_frames(o, err);
	return rc;
}

int dvs_gen_options_parse(int argc, char **argv, struct dvs_gen_options *ret_options,
			  struct dvs_error *err)
{
	struct given given = {.n = 0};
	unsigned int n_words = 0;
	int rc = 0;

	*ret_options = defaults();
	if (argc > 1 && strcmp(argv[1], "__complete") == 0) {
		dvs_gen_print_completion(argc - 2, argv + 2);
		return 1;
	}
	for (int i = 1; i < argc && rc == 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			dvs_gen_print_help();
			return 1;
		}
		if (strcmp(argv[i], "--version") == 0) {
			printf("dvs-gen %s\n", DVS_VERSION);
			return 1;
		}
		if (strncmp(argv[i], "--", 2) == 0)
			rc = parse_option(argc, argv, &i, ret_options, &given, err);
		else
			rc = parse_word(argv[i], ret_options, &n_words, err);
	}
	return rc == 0 ? check(ret_options, &given, err) : rc;
}

void dvs_gen_options_free(struct dvs_gen_options *options)
{
	free(options->ports);
	options->ports = NULL;
	options->n_ports = 0;
}
