/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_switch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void reply(struct fake_client *client, const struct dvs_wire_header *request, int status,
		  const void *body, size_t body_length, const void *tail, size_t tail_length)
{
	static _Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	struct dvs_wire_header header = {.type = request->type,
					 .flags = DVS_WIRE_REPLY,
					 .request_id = request->request_id,
					 .status = status};
	int length = dvs_wire_encode(packet, &header, body, body_length, tail, tail_length);

	if (length < 0)
		abort();
	send(client->fd, packet, (size_t)length, MSG_NOSIGNAL);
}

static void reply_error(struct fake_client *client, const struct dvs_wire_header *request,
			const struct dvs_error *err)
{
	reply(client, request, err->code, err, sizeof(*err), NULL, 0);
}

static void send_event(struct fake_switch *fake, struct fake_client *client)
{
	struct dvs_wire_event event = {.sequence = ++client->sequence,
				       .kind = DVS_EVENT_CONFIG,
				       .generation = fake->generation};
	const struct dvs_wire_header header = {.type = DVS_WIRE_EVENT};

	reply(client, &header, 0, &event, sizeof(event), NULL, 0);
}

static void send_events(struct fake_switch *fake)
{
	for (unsigned int i = 0; i < FAKE_CLIENTS; i++)
		if (fake->clients[i].fd >= 0 && fake->clients[i].is_subscribed)
			send_event(fake, &fake->clients[i]);
}

static void put_object(struct dvs_config_set *set, const struct dvs_config_object *object,
		       bool is_delete)
{
	struct dvs_config_object *old;

	if (dvs_config_set_swap(set, object->rec.type, object->key,
				is_delete ? NULL : dvs_config_object_create(&object->rec),
				&old) < 0)
		abort();
	free(old);
}

static void end_transaction(struct fake_client *client)
{
	for (unsigned int i = 0; i < client->n_staged; i++)
		free(client->staged[i].object);
	free(client->staged);
	client->staged = NULL;
	client->n_staged = 0;
}

static void hang_up(struct fake_client *client)
{
	end_transaction(client);
	close(client->fd);
	client->fd = -1;
}

/* What is in the set refers to what is in the set. */
static int check_set(const struct dvs_config_set *set, struct dvs_error *err)
{
	for (unsigned int t = 0; t < dvs_n_config_types; t++) {
		const struct dvs_type *type = dvs_config_types[t];

		for (unsigned int i = 0; i < dvs_config_set_count(set, type); i++) {
			const struct dvs_config_object *object = dvs_config_set_at(set, type, i);
			const struct dvs_field *field = dvs_type_field(type, "segment");
			const char *name =
				(const char *)object->rec.data + (field ? field->offset : 0);

			if (field && !dvs_config_set_lookup(set, &dvs_segment_type, name)) {
				dvs_error_set(err, -ENOENT, NULL, "segment", "no segment %s", name);
				return dvs_error_object(err, type->name, object->key);
			}
		}
	}
	return 0;
}

static int commit(struct fake_switch *fake, struct fake_client *client, struct dvs_error *err)
{
	struct dvs_config_set result;
	int ret;

	dvs_config_set_init(&result);
	for (unsigned int t = 0; t < dvs_n_config_types; t++)
		for (unsigned int i = 0;
		     i < dvs_config_set_count(&fake->objects, dvs_config_types[t]); i++)
			put_object(&result,
				   dvs_config_set_at(&fake->objects, dvs_config_types[t], i),
				   false);
	for (unsigned int i = 0; i < client->n_staged; i++)
		put_object(&result, client->staged[i].object, client->staged[i].is_delete);
	ret = check_set(&result, err);
	for (unsigned int i = 0; i < client->n_staged && ret == 0; i++) {
		const struct dvs_config_object *object = client->staged[i].object;

		if (client->staged[i].is_delete || object->rec.type != &dvs_port_type ||
		    (strcmp(object->key, fake->refuse[0]) != 0 &&
		     strcmp(object->key, fake->refuse[1]) != 0))
			continue;
		dvs_error_set(err, -EADDRINUSE, NULL, "socket", "the socket is in use");
		ret = dvs_error_object(err, "port", object->key);
	}
	if (ret == 0) {
		struct dvs_config_set old = fake->objects;

		fake->objects = result;
		result = old;
		fake->generation++;
		fake->n_commits++;
	} else {
		fake->n_refused++;
	}
	dvs_config_set_fini(&result);
	return ret;
}

static void serve_commit(struct fake_switch *fake, struct fake_client *client,
			 const struct dvs_wire_header *header)
{
	bool is_dropped = fake->drops_commit;
	struct dvs_error err = {0};
	int ret = 0;

	fake->drops_commit = false;
	if (!is_dropped || fake->takes_dropped)
		ret = commit(fake, client, &err);
	end_transaction(client);
	if (is_dropped) {
		hang_up(client);
		return;
	}
	if (ret < 0) {
		reply_error(client, header, &err);
	} else {
		const struct dvs_wire_commit_reply body = {.generation = fake->generation};

		send_events(fake);
		reply(client, header, 0, &body, sizeof(body), NULL, 0);
	}
}

static void serve_object(struct fake_switch *fake, struct fake_client *client,
			 const struct dvs_wire_msg *msg)
{
	const struct dvs_wire_object *given = msg->body;
	const struct dvs_type *type = dvs_type_by_id(given->type);
	bool is_delete = msg->header.type == DVS_WIRE_OBJECT_DELETE;
	struct dvs_record rec;
	struct dvs_error err;
	int ret;

	dvs_record_init(&rec, type);
	ret = is_delete ? dvs_wire_key(type, msg->tail, msg->tail_length, rec.data, &err)
			: dvs_wire_object(type, msg->tail, msg->tail_length, rec.data, &err);
	if (ret < 0) {
		reply_error(client, &msg->header, &err);
		return;
	}
	client->staged =
		reallocarray(client->staged, client->n_staged + 1, sizeof(*client->staged));
	client->staged[client->n_staged++] =
		(struct fake_staged){is_delete, dvs_config_object_create(&rec)};
	if (is_delete)
		fake->n_deletes++;
	else
		fake->n_puts++;
	reply(client, &msg->header, 0, NULL, 0, NULL, 0);
}

static void serve_dump(struct fake_switch *fake, struct fake_client *client,
		       const struct dvs_wire_msg *msg)
{
	const struct dvs_wire_dump *dump = msg->body;
	const struct dvs_type *type = dvs_type_by_id(dump->type);
	struct dvs_wire_dump_reply body = {.type = type->id, .size = type->size};
	uint64_t left = dvs_config_set_count(&fake->objects, type) - dump->cursor;
	uint8_t *records;

	/* Small chunks, so that there are several. */
	body.count = left > 3 ? 3 : (uint32_t)left;
	body.next_cursor = left > 3 ? dump->cursor + 3 : 0;
	records = calloc(body.count + 1, type->size);
	for (uint32_t i = 0; i < body.count; i++)
		memcpy(records + (size_t)i * type->size,
		       dvs_config_set_at(&fake->objects, type, (unsigned int)dump->cursor + i)
			       ->rec.data,
		       type->size);
	if (dump->cursor == 0)
		fake->n_dumps++;
	reply(client, &msg->header, 0, &body, sizeof(body), records,
	      (size_t)body.count * type->size);
	free(records);
}

static void serve(struct fake_switch *fake, struct fake_client *client,
		  const struct dvs_wire_msg *msg)
{
	struct dvs_wire_hello_reply hello = {.version = DVS_WIRE_VERSION,
					     .boot_epoch = fake->boot_epoch,
					     .generation = fake->generation,
					     .software = "fake"};

	switch (msg->header.type) {
	case DVS_WIRE_HELLO:
		fake->n_hellos++;
		reply(client, &msg->header, 0, &hello, sizeof(hello), NULL, 0);
		break;
	case DVS_WIRE_OBJECT_PUT:
	case DVS_WIRE_OBJECT_DELETE:
		serve_object(fake, client, msg);
		break;
	case DVS_WIRE_TXN_COMMIT:
		serve_commit(fake, client, &msg->header);
		break;
	case DVS_WIRE_DUMP:
		serve_dump(fake, client, msg);
		break;
	case DVS_WIRE_SUBSCRIBE:
		client->is_subscribed = true;
		reply(client, &msg->header, 0, NULL, 0, NULL, 0);
		break;
	default:
		end_transaction(client);
		reply(client, &msg->header, 0, NULL, 0, NULL, 0);
	}
}

static void read_client(struct fake_switch *fake, struct fake_client *client)
{
	static _Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	ssize_t length = recv(client->fd, packet, sizeof(packet), 0);
	struct dvs_wire_msg msg;

	if (length <= 0)
		hang_up(client);
	else if (dvs_wire_decode(packet, (size_t)length, false, &msg) < 0)
		abort();
	else if (!fake->is_hanging)
		serve(fake, client, &msg);
}

static void accept_client(struct fake_switch *fake)
{
	int fd = accept(fake->listen_fd, NULL, NULL);

	for (unsigned int i = 0; i < FAKE_CLIENTS; i++) {
		if (fake->clients[i].fd >= 0)
			continue;
		fake->clients[i] = (struct fake_client){.fd = fd};
		return;
	}
	close(fd);
}

static void *run(void *arg)
{
	struct fake_switch *fake = arg;
	struct pollfd fds[FAKE_CLIENTS + 2];

	for (;;) {
		for (unsigned int i = 0; i < FAKE_CLIENTS; i++)
			fds[i] = (struct pollfd){.fd = fake->clients[i].fd, .events = POLLIN};
		fds[FAKE_CLIENTS] = (struct pollfd){.fd = fake->listen_fd, .events = POLLIN};
		fds[FAKE_CLIENTS + 1] = (struct pollfd){.fd = fake->stop_fds[0], .events = POLLIN};
		poll(fds, FAKE_CLIENTS + 2, -1);
		if (fds[FAKE_CLIENTS + 1].revents)
			return NULL;
		fake_switch_lock(fake);
		for (unsigned int i = 0; i < FAKE_CLIENTS; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				read_client(fake, &fake->clients[i]);
		if (fds[FAKE_CLIENTS].revents)
			accept_client(fake);
		fake_switch_unlock(fake);
	}
}

void fake_switch_start(struct fake_switch *fake, const char *path)
{
	static uint64_t boots;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memset(fake, 0, sizeof(*fake));
	strcpy(fake->path, path);
	strcpy(address.sun_path, path);
	pthread_mutex_init(&fake->lock, NULL);
	dvs_config_set_init(&fake->objects);
	fake->boot_epoch = 1000 + ++boots;
	for (unsigned int i = 0; i < FAKE_CLIENTS; i++)
		fake->clients[i].fd = -1;
	fake->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (bind(fake->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fake->listen_fd, 8) < 0 || pipe(fake->stop_fds) < 0 ||
	    pthread_create(&fake->thread, NULL, run, fake) != 0)
		abort();
}

void fake_switch_stop(struct fake_switch *fake)
{
	if (write(fake->stop_fds[1], "", 1) != 1)
		abort();
	pthread_join(fake->thread, NULL);
	for (unsigned int i = 0; i < FAKE_CLIENTS; i++)
		if (fake->clients[i].fd >= 0)
			hang_up(&fake->clients[i]);
	close(fake->listen_fd);
	close(fake->stop_fds[0]);
	close(fake->stop_fds[1]);
	unlink(fake->path);
	dvs_config_set_fini(&fake->objects);
	pthread_mutex_destroy(&fake->lock);
}

void fake_switch_lock(struct fake_switch *fake)
{
	pthread_mutex_lock(&fake->lock);
}

void fake_switch_unlock(struct fake_switch *fake)
{
	pthread_mutex_unlock(&fake->lock);
}

void fake_switch_forget(struct fake_switch *fake, const struct dvs_type *type, const char *key,
			bool is_told)
{
	struct dvs_config_object *old;

	fake_switch_lock(fake);
	if (dvs_config_set_swap(&fake->objects, type, key, NULL, &old) < 0 || !old)
		abort();
	free(old);
	fake->generation++;
	if (is_told)
		send_events(fake);
	fake_switch_unlock(fake);
}

void fake_switch_skip_event(struct fake_switch *fake)
{
	fake_switch_lock(fake);
	for (unsigned int i = 0; i < FAKE_CLIENTS; i++)
		fake->clients[i].sequence++;
	fake_switch_unlock(fake);
}

void fake_switch_send_event(struct fake_switch *fake)
{
	fake_switch_lock(fake);
	send_events(fake);
	fake_switch_unlock(fake);
}
