/* SPDX-License-Identifier: BSD-3-Clause */
/* control/jsonrpc, methods and rpc_server, with a real store and no switch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_fixture.h"
#include "log.h"
#include "methods.h"
#include "rpc_server.h"

static struct event_base *base;
static struct dvs_control *control;
static struct dvs_rpc rpc;
static struct dvs_rpc_server *server;

static const struct dvs_rpc_server_options *server_options(void)
{
	static struct dvs_rpc_server_options options = {.patience_ms = 400, .idle_ms = 200};

	options.path = fixture_path("c.sock");
	return &options;
}

static int set_up(void **state)
{
	struct dvs_store *store;
	struct dvs_error err;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	dvs_log_set_level(DVS_LOG_ERROR);
	fixture_directory();
	base = event_base_new();
	if (dvs_store_open_sqlite(fixture_path("i.db"), &store, &err) < 0 ||
	    dvs_control_create(base, store, fixture_path("no.sock"), &control, &err) < 0)
		return -1;
	rpc = (struct dvs_rpc){dvs_control_methods, control};
	return dvs_rpc_server_create(base, &rpc, server_options(), &server, &err);
}

static int tear_down(void **state)
{
	(void)state;
	dvs_rpc_server_free(server);
	dvs_control_free(control);
	event_base_free(base);
	fixture_remove_directory();
	return 0;
}

/* Messages without a socket */

/* The reply as it would be sent, without its newline; "" when there is none. */
static const char *serve(const char *message)
{
	static char *reply;
	size_t length;

	free(reply);
	reply = dvs_rpc_serve(&rpc, message, strlen(message), &length);
	if (!reply)
		return "";
	assert_int_equal(reply[length - 1], '\n');
	reply[length - 1] = '\0';
	return reply;
}

static void assert_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

/* The result of a call, to be decref'd; fails when there is an error. */
static json_t *call(const char *method, const char *params)
{
	char *message;
	json_t *reply, *result;

	assert_true(asprintf(&message,
			     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
			     method, params) > 0);
	reply = json_loads(serve(message), 0, NULL);
	free(message);
	assert_non_null(reply);
	result = json_object_get(reply, "result");
	if (!result)
		fail_msg("%s %s: %s", method, params, json_dumps(reply, 0));
	json_incref(result);
	json_decref(reply);
	return result;
}

static void call_ok(const char *method, const char *params)
{
	json_decref(call(method, params));
}

static void call_fails(const char *method, const char *params, int code, const char *object,
		       const char *field, const char *text)
{
	char *message;
	json_t *reply, *error, *data;

	assert_true(asprintf(&message,
			     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
			     method, params) > 0);
	reply = json_loads(serve(message), 0, NULL);
	free(message);
	error = json_object_get(reply, "error");
	data = json_object_get(error, "data");
	assert_int_equal(json_integer_value(json_object_get(error, "code")), DVS_RPC_REFUSED);
	assert_part(json_string_value(json_object_get(error, "message")), text);
	assert_int_equal(json_integer_value(json_object_get(data, "errno")), code);
	assert_string_equal(json_string_value(json_object_get(data, "object")), object);
	assert_string_equal(json_string_value(json_object_get(data, "field")), field);
	json_decref(reply);
}

/* The specification's own cases, with our methods. */
static void test_messages_are_served_as_the_specification_says(void **state)
{
	static const struct {
		const char *message, *reply;
	} cases[] = {
		{"{\"jsonrpc\":\"2.0\",\"method\":\"version\",\"id\":\"a\"}",
		 "{\"jsonrpc\":\"2.0\",\"result\":{\"version\":\"" DVS_VERSION "\"},\"id\":\"a\"}"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"version\",\"id\":null}", "\"id\":null}"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"version\"}", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"id\":2}", "\"code\":-32601"},
		{"{\"jsonrpc\":\"2.0\",\"method\":1,\"id\":2}", "\"code\":-32600"},
		{"{\"jsonrpc\":\"1.0\",\"method\":\"version\",\"id\":2}", "\"code\":-32600"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"version\",\"params\":7,\"id\":2}",
		 "\"code\":-32600"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"version\",\"params\":[],\"id\":2}",
		 "\"code\":-32602"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"version\",\"id\":{}}", "\"id\":null"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"list\",\"params\":{\"type\":\"x\"},\"id\":2}",
		 "\"code\":-32602"},
		{"{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]",
		 "\"code\":-32700"},
		{"{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\",\"method\":\"version\",\"id\":2}",
		 "\"code\":-32700"},
		{"[]", "\"code\":-32600"},
		{"[1]", "[{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,"},
		{"[{\"jsonrpc\":\"2.0\",\"method\":\"version\"}]", ""},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *reply = serve(cases[i].message);

		if (cases[i].reply[0] == '\0')
			assert_string_equal(reply, "");
		else
			assert_part(reply, cases[i].reply);
	}
}

static void test_a_batch_gets_one_array(void **state)
{
	json_t *reply = json_loads(serve("[{\"jsonrpc\":\"2.0\",\"method\":\"version\",\"id\":1},"
					 "{\"jsonrpc\":\"2.0\",\"method\":\"version\"},"
					 "7,{\"jsonrpc\":\"2.0\",\"method\":\"no\",\"id\":2}]"),
				   0, NULL);
	char many[DVS_RPC_BATCH_MAX * 2 + 8] = "[0";

	(void)state;
	assert_int_equal(json_array_size(reply), 3);
	assert_non_null(json_object_get(json_array_get(reply, 0), "result"));
	assert_non_null(json_object_get(json_array_get(reply, 2), "error"));
	json_decref(reply);
	for (unsigned int i = 0; i < DVS_RPC_BATCH_MAX; i++)
		strcat(many, ",0");
	strcat(many, "]");
	assert_part(serve(many), "too many calls");
}

static int frame_all(const char *text, size_t step, size_t *ret_length)
{
	struct dvs_rpc_frame frame = {0};
	size_t length = strlen(text);
	int ret = 0;

	for (size_t at = 0; at < length && ret == 0; at += step)
		ret = dvs_rpc_frame(&frame, text + at, step < length - at ? step : length - at);
	*ret_length = frame.length;
	return ret;
}

static void test_the_end_of_a_message_is_found(void **state)
{
	static const struct {
		const char *text;
		int ret;
		size_t length;
	} cases[] = {
		{" \r\n\t{} {}", 1, 6},
		{"[{\"a\":[1,2]},\"]\"]x", 1, 17},
		{"{\"\\\"}\":\"\\\\\"}[", 1, 12},
		{"{\"a\":", 0, 5},
		{"   ", 0, 3},
		{"x", -EBADMSG, 1},
		{"\"text\"", -EBADMSG, 1},
		{"}", -EBADMSG, 1},
		{"12 ", -EBADMSG, 1},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t step = 1; step < 20; step++) {
			size_t length;

			assert_int_equal(frame_all(cases[i].text, step, &length), cases[i].ret);
			if (cases[i].ret >= 0)
				assert_int_equal(length, cases[i].length);
		}
	}
}

static void test_limits_of_a_message(void **state)
{
	struct dvs_rpc_frame frame = {0};
	size_t size = DVS_RPC_MESSAGE_MAX + 1;
	char *text = malloc(size);

	(void)state;
	memset(text, '[', DVS_RPC_DEPTH_MAX + 1);
	assert_int_equal(dvs_rpc_frame(&frame, text, DVS_RPC_DEPTH_MAX), 0);
	assert_int_equal(dvs_rpc_frame(&frame, text, 1), -E2BIG);
	memset(text, ',', size);
	text[0] = '[';
	memset(&frame, 0, sizeof(frame));
	assert_int_equal(dvs_rpc_frame(&frame, text, size), -E2BIG);
	assert_true(frame.length < DVS_RPC_VALUES_MAX + 2);
	memset(text, 'x', size);
	memcpy(text, "{\"", 2);
	memset(&frame, 0, sizeof(frame));
	assert_int_equal(dvs_rpc_frame(&frame, text, size - 1), 0);
	assert_int_equal(dvs_rpc_frame(&frame, text, 1), -E2BIG);
	free(text);
}

/* Methods */

#define OP(op, type, key, fields)                                                                  \
	"{\"op\":\"" op "\",\"type\":\"" type "\",\"key\":\"" key "\",\"fields\":" fields "}"

static void clear(void)
{
	call_ok("apply", "{\"yaml\":\"segments: []\"}");
}

static void fill(void)
{
	clear();
	call_ok("change",
		"{\"ops\":[" OP("add", "segment", "lan", "{}") "," OP(
			"add", "portgroup", "vms",
			"{\"segment\":\"lan\",\"mtu\":9000}") "," OP("add", "port", "vm1",
								     "{\"group\":\"vms\"}") "]}");
}

static void test_changes_are_made_and_listed(void **state)
{
	json_t *result, *record;

	(void)state;
	fill();
	call_ok("change",
		"{\"ops\":[" OP("set", "port", "vm1", "{\"queues\":2,\"mtu\":\"1400\"}") "," OP(
			"set", "port", "vm1", "{\"mtu\":null}") "]}");
	result = call("list", "{\"type\":\"port\"}");
	record = json_array_get(json_object_get(result, "objects"), 0);
	assert_string_equal(json_string_value(json_object_get(record, "key")), "vm1");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(record, "fields"), "queues")),
		2);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(record, "effective"), "mtu")),
		9000);
	assert_int_equal(json_array_size(json_object_get(record, "set")), 3);
	json_decref(result);
	call_ok("change",
		"{\"ops\":[{\"op\":\"add\",\"type\":\"mac\",\"fields\":{\"segment\":\"lan\","
		"\"mac\":\"52:54:00:00:00:0A\",\"port\":\"vm1\"}}]}");
	result = call("list", "{\"type\":\"mac\",\"key\":\"lan/52-54-00-00-00-0a\"}");
	assert_int_equal(json_array_size(json_object_get(result, "objects")), 1);
	json_decref(result);
	call_ok("change", "{\"ops\":[{\"op\":\"delete\",\"type\":\"mac\",\"key\":\"lan/"
			  "52:54:00:00:00:0A\"}]}");
	call_fails("list", "{\"type\":\"mac\",\"key\":\"lan/52:54:00:00:00:0a\"}", ENOENT,
		   "mac lan/52:54:00:00:00:0a", "", "does not exist");
}

static uint64_t revision(void)
{
	return dvs_store_revision(dvs_control_store(control));
}

static void test_refused_changes_change_nothing(void **state)
{
	uint64_t before;

	(void)state;
	fill();
	before = revision();
	call_fails("change",
		   "{\"ops\":[" OP("add", "segment", "dmz", "{}") "," OP("set", "port", "vm1",
									 "{\"mtu\":12}") "]}",
		   ERANGE, "port vm1", "mtu", "'12' is out of range; allowed: 68 to 9216 bytes");
	call_fails("change", "{\"ops\":[" OP("add", "port", "vm1", "{\"group\":\"vms\"}") "]}",
		   EEXIST, "port vm1", "", "exists already");
	call_fails("change", "{\"ops\":[" OP("add", "port", "vm2", "{\"group\":\"x\"}") "]}",
		   ENOENT, "port vm2", "group", "no portgroup 'x'");
	call_fails("change", "{\"ops\":[" OP("add", "port", "a", "{\"name\":\"b\"}") "]}", EINVAL,
		   "port a", "", "the fields name another object: b");
	call_fails("change", "{\"ops\":[" OP("set", "port", "vm1", "{\"name\":\"b\"}") "]}", EPERM,
		   "port vm1", "", "cannot be changed");
	call_fails("change", "{\"ops\":[" OP("set", "port", "vm1", "{\"vlan\":1}") "]}", ENOENT,
		   "port vm1", "vlan", "no such field; known are name");
	call_fails("change", "{\"ops\":[" OP("set", "port", "vm1", "{\"segment\":\"lan\"}") "]}",
		   EPERM, "port vm1", "segment", "not by operators");
	call_fails("change", "{\"ops\":[{\"op\":\"delete\",\"type\":\"segment\",\"key\":\"lan\"}]}",
		   EBUSY, "segment lan", "", "is in use: it is the segment of portgroup vms");
	call_fails("apply", "{\"yaml\":\"segments: [{name: x}\\nports: []\"}", EINVAL, "YAML", "",
		   "line 2, column");
	assert_int_equal(revision(), before);
	call_fails("list", "{\"type\":\"segment\",\"key\":\"dmz\"}", ENOENT, "segment dmz", "",
		   "does not exist");
}

static void test_wrong_parameters_are_refused(void **state)
{
	static const char *const params[] = {
		"{}",
		"{\"ops\":7}",
		"{\"ops\":[7]}",
		"{\"ops\":[{\"op\":\"add\",\"type\":\"switch\",\"key\":\"a\"}]}",
		"{\"ops\":[{\"op\":\"make\",\"type\":\"port\",\"key\":\"a\"}]}",
		"{\"ops\":[{\"op\":\"set\",\"type\":\"port\",\"fields\":{}}]}",
		"{\"ops\":[{\"op\":\"delete\",\"type\":\"port\"}]}",
		"{\"ops\":[{\"op\":\"add\",\"type\":\"port\",\"key\":7}]}",
		"{\"ops\":[{\"op\":\"add\",\"type\":\"port\",\"key\":\"a\",\"fields\":[]}]}",
		"{\"ops\":[],\"dry_run\":1}",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		char message[256];

		snprintf(message, sizeof(message),
			 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"change\",\"params\":%s}",
			 params[i]);
		assert_part(serve(message), "\"code\":-32602");
	}
}

static void test_apply_says_what_it_changes(void **state)
{
	static const char file[] =
		"{\"yaml\":\"segments:\\n- name: lan\\nportgroups:\\n- name: vms\\n"
		"  segment: lan\\n  mtu: 1500\\nports: []\\n\",\"dry_run\":%s}";
	char params[256];
	json_t *result, *changes;
	uint64_t before;

	(void)state;
	fill();
	before = revision();
	snprintf(params, sizeof(params), file, "true");
	result = call("apply", params);
	changes = json_object_get(result, "changes");
	assert_int_equal(json_array_size(changes), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(changes, 0), "op")),
			    "delete");
	{
		char *text = json_dumps(json_array_get(changes, 1), JSON_COMPACT);

		assert_string_equal(text, "{\"op\":\"set\",\"type\":\"portgroup\",\"key\":\"vms\","
					  "\"fields\":{\"mtu\":[\"9000\",\"1500\"]}}");
		free(text);
	}
	json_decref(result);
	assert_int_equal(revision(), before);
	snprintf(params, sizeof(params), file, "false");
	call_ok("apply", params);
	assert_int_equal(revision(), before + 1);
	/* Once more is nothing. */
	result = call("apply", params);
	assert_int_equal(json_array_size(json_object_get(result, "changes")), 0);
	json_decref(result);
	assert_int_equal(revision(), before + 1);
}

static void test_without_a_switch_changes_are_stored(void **state)
{
	json_t *result;

	(void)state;
	fill();
	result = call("change", "{\"ops\":[" OP("set", "segment", "lan", "{\"age\":7}") "]}");
	assert_true(json_is_false(json_object_get(result, "applied")));
	assert_part(json_string_value(json_object_get(result, "warning")), "not in the switch yet");
	json_decref(result);
	result = call("status", "{}");
	assert_true(json_is_false(json_object_get(json_object_get(result, "switch"), "connected")));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(result, "objects"), "port")), 1);
	json_decref(result);
}

/* Sockets */

static void pump(unsigned int ms)
{
	uint64_t end = fixture_now_ms() + ms;

	do {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(500);
	} while (fixture_now_ms() < end);
}

static int connect_client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, fixture_path("c.sock"));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	return fd;
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

/* What has come until the text is in it, or the end of the connection, or 3 s; *ret_is_open. */
static const char *receive(int fd, const char *until, bool *ret_is_open)
{
	static char got[1 << 20];
	size_t n = 0;
	uint64_t end = fixture_now_ms() + 3000;

	*ret_is_open = true;
	got[0] = '\0';
	while (fixture_now_ms() < end && *ret_is_open && (!until || !strstr(got, until))) {
		ssize_t ret = recv(fd, got + n, sizeof(got) - 1 - n, 0);

		if (ret > 0)
			n += (size_t)ret;
		else if (ret == 0 || errno != EAGAIN)
			*ret_is_open = false;
		got[n] = '\0';
		pump(0);
	}
	return got;
}

static const char version_call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"version\"}";

static void assert_serves(void)
{
	int fd = connect_client();
	bool is_open;

	send_text(fd, version_call);
	assert_part(receive(fd, "\n", &is_open), "\"result\"");
	close(fd);
	pump(5);
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_messages_may_touch_or_come_in_pieces(void **state)
{
	int fd = connect_client();
	bool is_open;

	(void)state;
	for (unsigned int i = 0; i < strlen(version_call); i++) {
		assert_int_equal(send(fd, version_call + i, 1, 0), 1);
		pump(0);
	}
	assert_part(receive(fd, "\n", &is_open), "\"result\"");
	for (unsigned int i = 0; i < 100; i++)
		send_text(fd, version_call);
	shutdown(fd, SHUT_WR);
	/* All are answered although no more can come. */
	assert_int_equal(count_lines(receive(fd, NULL, &is_open)), 100);
	assert_false(is_open);
	close(fd);
	assert_serves();
}

static void assert_cut_off(const char *text, const char *why)
{
	int fd = connect_client();
	bool is_open;

	send_text(fd, text);
	assert_part(receive(fd, NULL, &is_open), why);
	assert_false(is_open);
	close(fd);
	assert_int_equal(dvs_rpc_server_connections(server), 0);
	assert_serves();
}

static void test_bad_clients_are_cut_off(void **state)
{
	(void)state;
	pump(5);
	assert_cut_off("GET / HTTP/1.0\r\n\r\n", "-32700");
	assert_cut_off("{\"jsonrpc\":", "did not end in time");
	assert_cut_off("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "too long or too deep");
}

static void test_a_client_that_never_reads_is_cut_off(void **state)
{
	int fd = connect_client();
	uint64_t end = fixture_now_ms() + 5000;

	(void)state;
	assert_int_equal(dvs_rpc_server_connections(server), 1);
	while (dvs_rpc_server_connections(server) > 0 && fixture_now_ms() < end) {
		for (unsigned int i = 0; i < 200; i++)
			if (send(fd, version_call, strlen(version_call), 0) < 0)
				break;
		pump(0);
	}
	pump(5);
	assert_int_equal(dvs_rpc_server_connections(server), 0);
	close(fd);
	assert_serves();
}

static void test_connections_are_bounded(void **state)
{
	int fds[DVS_RPC_CONNECTIONS_MAX + 1], first, extra;
	bool is_open;

	(void)state;
	for (unsigned int i = 0; i < DVS_RPC_CONNECTIONS_MAX; i++)
		fds[i] = connect_client();
	assert_int_equal(dvs_rpc_server_connections(server), DVS_RPC_CONNECTIONS_MAX);
	extra = connect_client();
	assert_part(receive(extra, NULL, &is_open), "too many connections");
	assert_false(is_open);
	close(extra);
	/* The one that was idle longest makes room after a while. */
	first = fds[0];
	pump(250);
	for (unsigned int i = 1; i < DVS_RPC_CONNECTIONS_MAX; i++)
		send_text(fds[i], version_call);
	pump(20);
	assert_serves();
	receive(first, NULL, &is_open);
	assert_false(is_open);
	for (unsigned int i = 0; i < DVS_RPC_CONNECTIONS_MAX; i++)
		close(fds[i]);
	pump(20);
	assert_int_equal(dvs_rpc_server_connections(server), 0);
}

static void test_a_long_message_is_taken(void **state)
{
	size_t length = 4 << 20, sent = 0;
	char *text = malloc(length + 128);
	int fd = connect_client();
	bool is_open;

	(void)state;
	memset(text, ' ', length + 128);
	memcpy(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"apply\",\"params\":{\"yaml\":\"#",
	       60);
	memset(text + 60, 'x', length);
	memcpy(text + 60 + length, "\"}}", 3);
	while (sent < length + 63) {
		ssize_t n = send(fd, text + sent, length + 63 - sent, 0);

		sent += n > 0 ? (size_t)n : 0;
		pump(0);
	}
	assert_part(receive(fd, "\n", &is_open), "the file has no list");
	close(fd);
	free(text);
}

static void test_the_socket_belongs_to_one_daemon(void **state)
{
	struct dvs_rpc_server_options options = *server_options();
	struct dvs_rpc_server *other;
	struct dvs_error err;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(stat(options.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(dvs_rpc_server_create(base, &rpc, &options, &other, &err), -EADDRINUSE);
	assert_part(err.text, "in use by pid ");
	pump(5);
	assert_serves();
	/* A file that is no socket stays. */
	options.path = fixture_path("file");
	fd = open(options.path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(dvs_rpc_server_create(base, &rpc, &options, &other, &err), -EEXIST);
	assert_int_equal(access(options.path, F_OK), 0);
	/* A dead socket does not. */
	options.path = fixture_path("dead.sock");
	{
		struct sockaddr_un address = {.sun_family = AF_UNIX};

		strcpy(address.sun_path, options.path);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
		close(fd);
	}
	assert_int_equal(dvs_rpc_server_create(base, &rpc, &options, &other, &err), 0);
	dvs_rpc_server_free(other);
	assert_int_equal(access(options.path, F_OK), -1);
	/* One that another program replaced is not removed. */
	assert_int_equal(dvs_rpc_server_create(base, &rpc, &options, &other, &err), 0);
	assert_int_equal(unlink(options.path), 0);
	fd = open(options.path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	dvs_rpc_server_free(other);
	assert_int_equal(unlink(options.path), 0);
	options.group = "no-such-group";
	assert_int_equal(dvs_rpc_server_create(base, &rpc, &options, &other, &err), -ENOENT);
	assert_int_equal(access(options.path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_are_served_as_the_specification_says),
		cmocka_unit_test(test_a_batch_gets_one_array),
		cmocka_unit_test(test_the_end_of_a_message_is_found),
		cmocka_unit_test(test_limits_of_a_message),
		cmocka_unit_test(test_changes_are_made_and_listed),
		cmocka_unit_test(test_refused_changes_change_nothing),
		cmocka_unit_test(test_wrong_parameters_are_refused),
		cmocka_unit_test(test_apply_says_what_it_changes),
		cmocka_unit_test(test_without_a_switch_changes_are_stored),
		cmocka_unit_test(test_messages_may_touch_or_come_in_pieces),
		cmocka_unit_test(test_bad_clients_are_cut_off),
		cmocka_unit_test(test_a_client_that_never_reads_is_cut_off),
		cmocka_unit_test(test_connections_are_bounded),
		cmocka_unit_test(test_a_long_message_is_taken),
		cmocka_unit_test(test_the_socket_belongs_to_one_daemon),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
