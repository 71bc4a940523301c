/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/dvsctl: words, numbers, suggestions, tables, options, and the JSON-RPC client with peers
 * that break the protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "command.h"
#include "filter.h"
#include "live.h"
#include "number.h"
#include "operands.h"
#include "options.h"
#include "reach.h"
#include "standard_streams.h"
#include "suggest.h"
#include "table.h"

/* In a process of its own: whether what is opened next stays clear of the closed streams. */
static bool holds_streams(unsigned int closed)
{
	for (int fd = 0; fd < 3; fd++)
		if ((closed >> fd & 1) != 0)
			close(fd);
	dvs_standard_streams_hold();
	if (socket(AF_UNIX, SOCK_STREAM, 0) < 3)
		return false;
	for (int fd = 0; fd < 3; fd++) {
		char byte = 0;
		ssize_t n = fd == 0 ? read(fd, &byte, 1) : write(fd, &byte, 1);

		if ((closed >> fd & 1) != 0 && (n >= 0 || errno != EBADF))
			return false;
	}
	return true;
}

static void closed_standard_streams(void **state)
{
	(void)state;
	for (unsigned int closed = 1; closed < 8; closed++) {
		int status, null;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			null = open("/dev/null", O_RDWR);
			for (int fd = 0; fd < 3; fd++)
				dup2(null, fd);
			if (null > 2)
				close(null);
			_exit(holds_streams(closed) ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void word_distances(void **state)
{
	char longest[DVS_SUGGEST_WORD_MAX + 1];

	(void)state;
	assert_int_equal(dvs_word_distance("", ""), 0);
	assert_int_equal(dvs_word_distance("mtu", "mtu"), 0);
	assert_int_equal(dvs_word_distance("", "abc"), 3);
	assert_int_equal(dvs_word_distance("mtuu", "mtu"), 1);
	assert_int_equal(dvs_word_distance("mt", "mtu"), 1);
	assert_int_equal(dvs_word_distance("nto", "mtu"), 2);
	assert_int_equal(dvs_word_distance("prot", "port"), 1);
	assert_int_equal(dvs_word_distance("kitten", "sitting"), 3);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(dvs_word_distance(longest, "x"), UINT_MAX);
	longest[sizeof(longest) - 2] = '\0';
	assert_int_equal(dvs_word_distance(longest, "x"), DVS_SUGGEST_WORD_MAX - 2);
}

static const char *suggestion(const char *word)
{
	static const char *const known[] = {"name", "mtu", "queues", "features_off", "kind"};
	static struct dvs_suggest s;

	dvs_suggest_init(&s, word);
	for (unsigned int i = 0; i < COUNT_OF(known); i++)
		dvs_suggest_offer(&s, known[i]);
	return dvs_suggest_best(&s);
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(suggestion("mtuu"), "mtu");
	assert_string_equal(suggestion("feature_of"), "features_off");
	assert_string_equal(suggestion("knid"), "kind");
	assert_null(suggestion("abc"));
	assert_null(suggestion("colour"));
	assert_null(suggestion(""));
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int ms; /* negative: refused */
	} cases[] = {
		{"1", 1000},	{"2.5", 2500},	  {"0.1", 100}, {"3600", 3600000}, {"0.125", 125},
		{"0", -1},	{"0.09", -1},	  {"3601", -1}, {"", -1},	   {".5", -1},
		{"1.", -1},	{"-1", -1},	  {"1e3", -1},	{"nan", -1},	   {"0x10", -1},
		{"1.2345", -1}, {"99999999", -1}, {"1 ", -1},	{"vm1", -1},
	};
	unsigned int value;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		value = 77;
		assert_int_equal(dvs_number_ms(cases[i].text, &value),
				 cases[i].ms < 0 ? -EINVAL : 0);
		assert_int_equal(value, cases[i].ms < 0 ? 77 : cases[i].ms);
	}
	assert_int_equal(dvs_number_uint("12", 1, 12, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(dvs_number_uint("13", 1, 12, &value), -EINVAL);
	assert_int_equal(dvs_number_uint("0", 1, 12, &value), -EINVAL);
	assert_int_equal(dvs_number_uint("99999999999999999999999", 1, UINT_MAX, &value), -EINVAL);
	assert_int_equal(dvs_number_uint(" 1", 1, 12, &value), -EINVAL);
}

static void numbers_for_humans(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{0.5, "0.5"},
		{7, "7.0"},
		{42, "42"},
		{999, "999"},
		{999.4, "999"},
		{999.6, "1.00 k"},
		{1000, "1.00 k"},
		{12345, "12.3 k"},
		{999499, "999 k"},
		{999501, "1.00 M"},
		{1.25e9, "1.25 G"},
		{99.94e9, "99.9 G"},
		{99.96e9, "100 G"},
		{1e20, "100000 P"},
	};
	char buf[DVS_HUMAN_MAX];

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(dvs_human_print(cases[i].value, buf), cases[i].text);
	assert_string_equal(dvs_duration_print(0, buf), "0 s");
	assert_string_equal(dvs_duration_print(59, buf), "59 s");
	assert_string_equal(dvs_duration_print(60, buf), "1 min");
	assert_string_equal(dvs_duration_print(3661, buf), "1 h 1 min");
	assert_string_equal(dvs_duration_print(93784, buf), "1 d 2 h");
	assert_string_equal(dvs_duration_print(86400, buf), "1 d");
	assert_non_null(dvs_duration_print(UINT64_MAX, buf));
}

/* Tables */

static const struct dvs_port_state ports[] = {
	{.name = "vm1", .rx_frames = 7, .error = "none"},
	{.name = "gr\xc3\xbcn", .rx_frames = 1234567},
	{.name = "a\x1b[2J", .rx_frames = 0},
};

static void port_cell(const void *arg, size_t row, const struct dvs_column *column,
		      char buf[DVS_FIELD_TEXT_MAX])
{
	const struct dvs_port_state *states = arg;

	if (column->field)
		dvs_field_print(column->field, &states[row], buf);
	else
		strcpy(buf, "end");
}

static char *table_text(const struct dvs_table *table)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	dvs_table_print(table, out);
	fclose(out);
	return text;
}

static void tables_are_aligned_and_printable(void **state)
{
	struct dvs_table table = {.n_rows = 3, .cell = port_cell, .arg = ports};
	char *text;

	(void)state;
	dvs_table_add_field(&table, dvs_type_field(&dvs_port_state_type, "name"));
	dvs_table_add_field(&table, dvs_type_field(&dvs_port_state_type, "rx_frames"));
	dvs_table_add_field(&table, dvs_type_field(&dvs_port_state_type, "mtu"));
	dvs_table_add_field(&table, dvs_type_field(&dvs_port_state_type, "rx_bytes"));
	dvs_table_add(&table, "LAST", false);
	text = table_text(&table);
	assert_string_equal(text, "NAME   RX_FRAMES  MTU (bytes)  RX_BYTES  LAST\n"
				  "vm1            7            0         0  end\n"
				  "gr\xc3\xbcn     1234567            0         0  end\n"
				  "a?[2J          0            0         0  end\n");
	free(text);
}

static void a_table_has_a_limit_of_columns(void **state)
{
	struct dvs_table table = {.cell = port_cell, .arg = ports};

	(void)state;
	for (unsigned int i = 0; i < 2 * DVS_COLUMNS_MAX; i++) {
		dvs_table_add(&table, "X", false);
		dvs_table_add_field(&table, &dvs_port_state_type.fields[0]);
	}
	assert_int_equal(table.n_columns, DVS_COLUMNS_MAX);
}

static void values_with_units(void **state)
{
	struct dvs_worker_state worker = {.cycles_per_frame = 12345, .cpu = 3};
	struct dvs_port port = {.name = "vm1", .policy.mtu = 1500};
	char buf[DVS_FIELD_TEXT_MAX];

	(void)state;
	assert_string_equal(
		dvs_value_print(dvs_type_field(&dvs_worker_type, "cycles_per_frame"), &worker, buf),
		"123.45");
	assert_string_equal(
		dvs_value_print_unit(dvs_type_field(&dvs_worker_type, "cpu"), &worker, buf), "3");
	assert_string_equal(dvs_value_print_unit(dvs_type_field(&dvs_port_type, "mtu"), &port, buf),
			    "1500 bytes");
	assert_string_equal(
		dvs_value_print_unit(dvs_type_field(&dvs_port_type, "group"), &port, buf), "-");
}

static void rates(void **state)
{
	const struct dvs_field *bytes = dvs_type_field(&dvs_port_state_type, "rx_bytes");
	const struct dvs_field *frames = dvs_type_field(&dvs_port_state_type, "rx_frames");
	struct dvs_port_state before = {.rx_bytes = 1000, .rx_frames = 10};
	struct dvs_port_state now = {.rx_bytes = 2000, .rx_frames = 5};
	char buf[DVS_FIELD_TEXT_MAX];
	double rate = dvs_live_rate(bytes, &before, &now, 500000000);

	(void)state;
	assert_true(rate > 1999.9 && rate < 2000.1);
	dvs_live_print_rate(bytes, rate, buf);
	assert_string_equal(buf, "16.0 k"); /* bits */
	dvs_live_print_rate(frames, rate, buf);
	assert_string_equal(buf, "2.00 k");
	/* A counter that went back, a port that was not there, no time. */
	assert_true(dvs_live_rate(frames, &before, &now, 500000000) < 0);
	assert_true(dvs_live_rate(frames, NULL, &now, 500000000) < 0);
	assert_true(dvs_live_rate(bytes, &before, &now, 0) < 0);
	dvs_live_print_rate(frames, -1, buf);
	assert_string_equal(buf, "-");
}

/* Words */

static char **words_of(const char *text, int *ret_n)
{
	static char line[512];
	static char *words[32];

	snprintf(line, sizeof(line), "%s", text);
	*ret_n = 0;
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		words[(*ret_n)++] = word;
	words[*ret_n] = NULL;
	return words;
}

static int parse(struct dvs_operands *ops, const struct dvs_type *type, const char *text)
{
	struct dvs_error err;
	int n;
	char **words = words_of(text, &n);

	return dvs_operands_init(ops, type, n, words, &err);
}

static void operands_of_ports(void **state)
{
	struct dvs_operands ops;
	struct dvs_record rec;
	struct dvs_error err;

	(void)state;
	assert_int_equal(parse(&ops, &dvs_port_type, "vm1 vm2 group=vms mtu="), 0);
	assert_int_equal(ops.n_objects, 2);
	assert_int_equal(ops.n_fields, 2);
	assert_string_equal(ops.fields[1], "mtu=");
	assert_int_equal(dvs_operands_record(&ops, 1, &rec, &err), 0);
	assert_string_equal(((struct dvs_port *)rec.data)->name, "vm2");
	dvs_operands_fini(&ops);

	assert_int_equal(parse(&ops, &dvs_port_type, ""), 0);
	assert_int_equal(ops.n_objects, 0);
	dvs_operands_fini(&ops);

	assert_int_equal(parse(&ops, &dvs_port_type, "a/b"), 0);
	assert_int_equal(dvs_operands_record(&ops, 0, &rec, &err), -EINVAL);
	assert_string_equal(err.field, "name");
	dvs_operands_fini(&ops);

	assert_int_equal(parse(&ops, &dvs_port_type, "vm1 mtu=3 vm2"), -EINVAL);
}

static void operands_with_two_keys(void **state)
{
	struct dvs_operands ops;
	char key[DVS_KEY_TEXT_MAX];
	struct dvs_record rec;
	struct dvs_error err;

	(void)state;
	assert_int_equal(
		parse(&ops, &dvs_mac_type, "lan 52:54:0:0:0:1 wan/52:54:00:00:00:02 port=vm1"), 0);
	assert_int_equal(ops.n_objects, 2);
	assert_int_equal(dvs_operands_record(&ops, 1, &rec, &err), 0);
	assert_string_equal(dvs_type_key(&dvs_mac_type, rec.data, key), "wan/52:54:00:00:00:02");
	dvs_operands_fini(&ops);
	assert_int_equal(
		parse(&ops, &dvs_binding_type, "vm1 10.0.0.0/24 vm1/10.1.0.0/16 vm2/10.0.0.5"), 0);
	assert_int_equal(ops.n_objects, 3);
	assert_int_equal(dvs_operands_record(&ops, 0, &rec, &err), 0);
	assert_string_equal(dvs_type_key(&dvs_binding_type, rec.data, key), "vm1/10.0.0.0/24");
	assert_int_equal(dvs_operands_record(&ops, 1, &rec, &err), 0);
	assert_string_equal(dvs_type_key(&dvs_binding_type, rec.data, key), "vm1/10.1.0.0/16");
	dvs_operands_fini(&ops);
	assert_int_equal(parse(&ops, &dvs_mac_type, "lan port=vm1"), -EINVAL);
	assert_int_equal(parse(&ops, &dvs_mac_type, "lan/52:54:00:00:00:02 lan"), -EINVAL);
	/* Only as many parts as there are keys. */
	assert_int_equal(parse(&ops, &dvs_mac_type, "a/b/c"), 0);
	assert_int_equal(ops.n_words, 2);
	assert_string_equal(ops.words[1], "b/c");
	dvs_operands_fini(&ops);
}

static void filters_choose(void **state)
{
	char *one[] = {"protocol=6", "direction=to"}, *wrong[] = {"protocol=600"},
	     *none[] = {"x=1"};
	const struct dvs_type *type = &dvs_acl_rule_type;
	struct dvs_filter filter, before;
	struct dvs_error err;
	struct dvs_record rec;

	(void)state;
	dvs_record_init(&rec, type);
	assert_int_equal(dvs_filter_parse(type, 0, NULL, &filter, &err), 0);
	assert_true(dvs_filter_matches(&filter, type, rec.data));
	assert_int_equal(dvs_filter_parse(type, 2, one, &filter, &err), 0);
	assert_false(dvs_filter_matches(&filter, type, rec.data));
	assert_int_equal(dvs_record_set(&rec, "protocol", "6", &err), 0);
	assert_false(dvs_filter_matches(&filter, type, rec.data));
	assert_int_equal(dvs_record_set(&rec, "direction", "to", &err), 0);
	assert_true(dvs_filter_matches(&filter, type, rec.data));
	assert_int_equal(dvs_record_set(&rec, "number", "7", &err), 0);
	assert_true(dvs_filter_matches(&filter, type, rec.data));
	before = filter;
	assert_int_equal(dvs_filter_parse(type, 1, wrong, &filter, &err), -ERANGE);
	assert_int_equal(dvs_filter_parse(type, 1, none, &filter, &err), -ENOENT);
	assert_memory_equal(&before, &filter, sizeof(filter));
}

static void fields_by_name(void **state)
{
	const struct dvs_field *field;
	struct dvs_error err;
	const char *value;

	(void)state;
	assert_int_equal(dvs_operand_field(&dvs_port_type, "socket=/a=b", DVS_FIELD_KEY, &field,
					   &value, &err),
			 0);
	assert_string_equal(field->name, "socket");
	assert_string_equal(value, "/a=b");
	assert_int_equal(dvs_operand_field(&dvs_port_type, "mtuu=1", 0, &field, &value, &err),
			 -ENOENT);
	assert_string_equal(err.field, "mtuu");
	assert_string_equal(err.text, "unknown field; did you mean \"mtu\"?");
	assert_int_equal(dvs_operand_field(&dvs_port_type, "=1", 0, &field, &value, &err), -ENOENT);
	assert_int_equal(
		dvs_operand_field(&dvs_port_type, "name=x", DVS_FIELD_KEY, &field, &value, &err),
		-EPERM);
}

/* Commands and options */

static void every_command_is_found_and_described(void **state)
{
	char usage[DVS_FIELD_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < dvs_n_commands; i++) {
		const struct dvs_command *command = &dvs_commands[i];
		const struct dvs_type *type = NULL;

		if (command->object)
			type = strcmp(command->object, DVS_ANY_OBJECT) == 0
				       ? &dvs_segment_type
				       : dvs_object_type(command->object);
		assert_true(command->object == NULL || type != NULL);
		assert_ptr_equal(dvs_command_find(type ? type->name : NULL, command->verb),
				 command);
		assert_true(command->help[0] != '\0');
		assert_non_null(strstr(dvs_command_usage(command, type, usage), command->verb));
		assert_null(strchr(usage, '%'));
	}
	assert_string_equal(dvs_command_usage(dvs_command_find("mac", "del"), &dvs_mac_type, usage),
			    "mac del SEGMENT MAC... [--dry-run]");
	assert_null(dvs_command_find(NULL, "add"));
	assert_null(dvs_command_find("port", "status"));
	assert_null(dvs_object_type("port_state"));
}

/* Words left over, or the negative exit code; what it says on standard error is not looked at. */
static int parse_options(struct dvs_ctl *ctl, const char *text, bool *ret_help)
{
	int n, code, saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	char **words = words_of(text, &n);

	optind = 0;
	*ret_help = false;
	memset(ctl, 0, sizeof(*ctl));
	assert_true(dup2(null, STDERR_FILENO) >= 0);
	code = dvs_options_parse(ctl, n, words, ret_help);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(null);
	return code == 0 ? n - optind : -code;
}

static void options_anywhere(void **state)
{
	struct dvs_ctl ctl;
	bool is_help;

	(void)state;
	assert_int_equal(parse_options(&ctl, "dvsctl stats vm1 --watch 2 vm2", &is_help), 3);
	assert_true(ctl.is_watching);
	assert_int_equal(ctl.interval_ms, 2000);
	assert_int_equal(parse_options(&ctl, "dvsctl stats --watch vm1", &is_help), 2);
	assert_int_equal(ctl.interval_ms, 1000);
	assert_int_equal(parse_options(&ctl, "dvsctl stats --watch=0.5 --count 3", &is_help), 1);
	assert_int_equal(ctl.interval_ms, 500);
	assert_int_equal(ctl.count, 3);
	assert_int_equal(parse_options(&ctl, "dvsctl apply -f - --dry-run", &is_help), 1);
	assert_string_equal(ctl.file, "-");
	assert_true(ctl.is_dry_run);
	assert_int_equal(parse_options(&ctl, "dvsctl port add --help", &is_help), 2);
	assert_true(is_help);
	assert_int_equal(parse_options(&ctl, "dvsctl --socket /a --switch-socket=/b x", &is_help),
			 1);
	assert_string_equal(ctl.socket, "/a");
	assert_string_equal(ctl.switch_socket, "/b");
}

static void options_that_are_refused(void **state)
{
	static const char *const cases[] = {
		"dvsctl --jsn status", "dvsctl -x",
		"dvsctl --count",      "dvsctl --count 0",
		"dvsctl --count many", "dvsctl --watch=soon",
		"dvsctl --json=yes",   "dvsctl stats --watch=0",
		"dvsctl -f",
	};
	struct dvs_ctl ctl;
	bool is_help;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(parse_options(&ctl, cases[i], &is_help), -DVS_EXIT_USAGE);
}

/* JSON-RPC */

static void the_end_of_a_json_value(void **state)
{
	static const char text[] = " {\"a\":\"}\\\"]\\\\\",\"b\":[{},[1]]}tail";
	size_t length = sizeof(text) - 1 - 4;
	struct dvs_json_scan scan = {0};

	(void)state;
	assert_int_equal(dvs_json_scan(&scan, text, sizeof(text) - 1), length);
	/* The same in every division into two pieces. */
	for (size_t cut = 1; cut < length; cut++) {
		memset(&scan, 0, sizeof(scan));
		assert_int_equal(dvs_json_scan(&scan, text, cut), 0);
		assert_int_equal(dvs_json_scan(&scan, text + cut, sizeof(text) - 1 - cut),
				 length - cut);
	}
	memset(&scan, 0, sizeof(scan));
	assert_int_equal(dvs_json_scan(&scan, "]]]}}\"", 6), 0);
}

/* A peer that takes one request and answers as told, in small pieces. */
struct peer {
	char path[64];
	const char *answer; /* NULL: none */
	bool keeps_open;
	int listener;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct peer *peer = arg;
	int fd = accept(peer->listener, NULL, NULL);
	char request[4096];
	ssize_t n = recv(fd, request, sizeof(request), 0);

	for (const char *c = peer->answer; n > 0 && c && *c; c += n) {
		n = (ssize_t)strnlen(c, 7);
		if (send(fd, c, (size_t)n, MSG_NOSIGNAL) < 0)
			break;
	}
	/* Until the client has closed its end. */
	while (peer->keeps_open && recv(fd, request, sizeof(request), 0) > 0)
		;
	close(fd);
	return NULL;
}

static int call(const char *answer, bool keeps_open, json_t **ret_result, struct dvs_error *err,
		bool *ret_broken)
{
	struct peer peer = {.answer = answer, .keeps_open = keeps_open};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct dvs_rpc_client *rpc;
	int ret;

	snprintf(peer.path, sizeof(peer.path), "/tmp/test_dvsctl.%d.sock", getpid());
	strcpy(addr.sun_path, peer.path);
	unlink(peer.path);
	peer.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(peer.listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(peer.listener, 1), 0);
	assert_int_equal(pthread_create(&peer.thread, NULL, serve, &peer), 0);
	assert_int_equal(dvs_rpc_client_connect(peer.path, 300, &rpc, err), 0);
	ret = dvs_rpc_client_call(rpc, "list", json_object(), ret_result, err);
	*ret_broken = dvs_rpc_client_is_broken(rpc);
	if (*ret_broken) {
		struct dvs_error again;

		assert_int_equal(
			dvs_rpc_client_call(rpc, "list", json_object(), ret_result, &again),
			-ENOTCONN);
	}
	dvs_rpc_client_free(rpc);
	pthread_join(peer.thread, NULL);
	close(peer.listener);
	unlink(peer.path);
	return ret;
}

static void a_result_in_pieces(void **state)
{
	struct dvs_error err;
	json_t *result;
	bool is_broken;

	(void)state;
	assert_int_equal(call("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"objects\":[{}]}}\n",
			      true, &result, &err, &is_broken),
			 0);
	assert_false(is_broken);
	assert_int_equal(json_array_size(json_object_get(result, "objects")), 1);
	json_decref(result);
}

static void an_error_with_its_object(void **state)
{
	struct dvs_error err;
	json_t *result;
	bool is_broken;

	(void)state;
	assert_int_equal(
		call("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":"
		     "\"port vm1: mtu: too \\u001b[2J big\",\"data\":{\"object\":\"port vm1\","
		     "\"field\":\"mtu\",\"errno\":34}}}",
		     true, &result, &err, &is_broken),
		-ERANGE);
	assert_false(is_broken);
	assert_string_equal(err.object, "port vm1");
	assert_string_equal(err.field, "mtu");
	assert_string_equal(err.text, "too ?[2J big");
	assert_int_equal(call("{\"id\":null,\"error\":{}}", true, &result, &err, &is_broken),
			 -EREMOTEIO);
}

static void peers_that_break_the_protocol(void **state)
{
	static const struct {
		const char *answer;
		bool keeps_open;
		int code;
	} cases[] = {
		{NULL, true, -ETIMEDOUT},
		{"{\"id\":1,\"result\":[", true, -ETIMEDOUT},
		{NULL, false, -EPIPE},
		{"{\"id\":1,\"resu", false, -EPIPE},
		{"hello", true, -EPROTO},
		{" \n", true, -ETIMEDOUT},
		{"[1,2]", true, -EPROTO},
		{"{nonsense}", true, -EPROTO},
		{"{\"id\":1}", true, -EPROTO},
		{"{\"id\":2,\"result\":{}}", true, -EPROTO},
		{"{\"id\":1,\"id\":1,\"result\":{}}", true, -EPROTO},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		struct dvs_error err;
		json_t *result;
		bool is_broken;

		assert_int_equal(
			call(cases[i].answer, cases[i].keeps_open, &result, &err, &is_broken),
			cases[i].code);
		assert_true(is_broken);
		assert_true(err.text[0] != '\0');
	}
}

static void nobody_there(void **state)
{
	struct dvs_rpc_client *rpc;
	struct dvs_error err;
	char path[200];

	(void)state;
	assert_int_equal(dvs_rpc_client_connect("/nowhere/x.sock", 100, &rpc, &err), -ENOENT);
	dvs_reach_explain(&dvs_reach_controld, "/nowhere/x.sock", &err);
	assert_non_null(strstr(err.text, "/nowhere/x.sock"));
	assert_non_null(strstr(err.text, "systemctl start dvs-controld"));
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(dvs_rpc_client_connect(path, 100, &rpc, &err), -ENAMETOOLONG);
	assert_int_equal(dvs_rpc_client_connect("/dev/null", 100, &rpc, &err), -ECONNREFUSED);
}

static void denied_names_the_group(void **state)
{
	struct dvs_error err = {.code = -EACCES};
	char path[64];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_dvsctl.%d.file", getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	chmod(path, 0660);
	dvs_reach_explain(&dvs_reach_switchd, path, &err);
	assert_non_null(strstr(err.text, getgid() == 0 ? "for group root; run dvsctl with sudo"
						       : "for members of group"));
	chmod(path, 0600);
	dvs_reach_explain(&dvs_reach_switchd, path, &err);
	assert_non_null(strstr(err.text, "mode 0600"));
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(word_distances),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(numbers),
		cmocka_unit_test(numbers_for_humans),
		cmocka_unit_test(tables_are_aligned_and_printable),
		cmocka_unit_test(a_table_has_a_limit_of_columns),
		cmocka_unit_test(values_with_units),
		cmocka_unit_test(rates),
		cmocka_unit_test(operands_of_ports),
		cmocka_unit_test(operands_with_two_keys),
		cmocka_unit_test(filters_choose),
		cmocka_unit_test(fields_by_name),
		cmocka_unit_test(every_command_is_found_and_described),
		cmocka_unit_test(options_anywhere),
		cmocka_unit_test(options_that_are_refused),
		cmocka_unit_test(the_end_of_a_json_value),
		cmocka_unit_test(a_result_in_pieces),
		cmocka_unit_test(an_error_with_its_object),
		cmocka_unit_test(peers_that_break_the_protocol),
		cmocka_unit_test(closed_standard_streams),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(denied_names_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
