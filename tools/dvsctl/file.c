/* SPDX-License-Identifier: BSD-3-Clause */
/* apply and export: the whole intent as a YAML file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "ctl_object.h"
#include "text.h"

#define FILE_MAX (16u << 20) /* bytes of YAML */

/* Reads all of a file. The text is terminated; a NUL in it is refused, as YAML has none. */
static int read_text(FILE *in, const char *name, char **ret_text, struct dvs_error *err)
{
	size_t size = 0, capacity = 0;
	char *text = NULL;

	while (!feof(in) && !ferror(in)) {
		if (size + 1 >= capacity) {
			char *larger = realloc(text, capacity + 65536);

			if (!larger || size > FILE_MAX) {
				free(larger ? larger : text);
				return dvs_error_set(err, larger ? -EFBIG : -ENOMEM, name, NULL,
						     larger ? "is longer than 16 MiB"
							    : "out of memory");
			}
			text = larger;
			capacity += 65536;
		}
		size += fread(text + size, 1, capacity - size - 1, in);
	}
	if (ferror(in)) {
		free(text);
		return dvs_error_set(err, -errno, name, NULL, "%m");
	}
	text[size] = '\0';
	if (strlen(text) != size) {
		free(text);
		return dvs_error_set(err, -EINVAL, name, NULL, "is not text: it has a zero byte");
	}
	*ret_text = text;
	return 0;
}

static int read_file(const char *path, char **ret_text, struct dvs_error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	int ret;

	if (!in)
		return dvs_error_set(err, -errno, path, NULL, "%m");
	ret = read_text(in, is_stdin ? "standard input" : path, ret_text, err);
	if (!is_stdin)
		fclose(in);
	return ret;
}

/* Text with lines, without any other control character. */
static void print_lines(const char *text, FILE *out)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length), *printable = malloc(length + 1);

		if (line && printable)
			fputs(dvs_text_copy(printable, length + 1, line), out);
		free(line);
		free(printable);
		text += length;
		if (*text == '\n') {
			fputc('\n', out);
			text++;
		}
	}
}

/* apply */

/* "mtu 1500 -> 9000" of one field: [before, after], null where there is none. */
static void print_change(const char *name, const json_t *pair)
{
	const char *sides[2];
	char printable[2][DVS_FIELD_TEXT_MAX];

	for (size_t i = 0; i < 2; i++) {
		const json_t *value = json_array_get(pair, i);
		char *dumped = NULL;

		sides[i] = json_string_value(value);
		if (!sides[i] && value && !json_is_null(value))
			sides[i] = dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (!sides[i])
			sides[i] = "(default)";
		else if (sides[i][0] == '\0')
			sides[i] = "(empty)";
		dvs_text_copy(printable[i], DVS_FIELD_TEXT_MAX, sides[i]);
		free(dumped);
	}
	printf("%s %s -> %s", name, printable[0], printable[1]);
}

static void print_entry(const json_t *change)
{
	const char *op = json_string_value(json_object_get(change, "op"));
	const char *type = json_string_value(json_object_get(change, "type"));
	json_t *fields = json_object_get(change, "fields"), *pair;
	char key[DVS_KEY_TEXT_MAX], name_text[64];
	bool is_first = true;
	const char *name;

	if (!op || !type)
		return;
	dvs_text_copy(key, sizeof(key), dvs_ctl_object_key(change));
	dvs_text_copy(name_text, sizeof(name_text), type);
	printf("%c %s %s",
	       strcmp(op, "add") == 0	   ? '+'
	       : strcmp(op, "delete") == 0 ? '-'
					   : '~',
	       name_text, key);
	if (strcmp(op, "set") == 0) {
		json_object_foreach (fields, name, pair) {
			fputs(is_first ? ": " : ", ", stdout);
			is_first = false;
			dvs_text_copy(name_text, sizeof(name_text), name);
			print_change(name_text, pair);
		}
	}
	printf("\n");
}

static void print_result(const struct dvs_ctl *ctl, const json_t *result)
{
	const json_t *changes = json_object_get(result, "changes");
	size_t n = json_array_size(changes), i;
	json_t *change;

	json_array_foreach (changes, i, change)
		print_entry(change);
	if (n == 0)
		printf("no difference\n");
	else if (ctl->is_dry_run)
		printf("%zu change%s; nothing was changed (dry run)\n", n, n == 1 ? "" : "s");
	else
		printf("%zu change%s, revision %" JSON_INTEGER_FORMAT "\n", n, n == 1 ? "" : "s",
		       json_integer_value(json_object_get(result, "revision")));
	if (n > 0)
		dvs_ctl_object_note_result(ctl, result);
}

int dvs_apply(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_error err;
	json_t *yaml, *result;
	char *text = NULL;
	int code;

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "apply takes no \"%s\"; the file goes after -f", argv[0]);
	if (!ctl->file)
		return dvs_ctl_usage(ctl, "apply needs -f FILE, or -f - for standard input");
	if (read_file(ctl->file, &text, &err) < 0)
		return dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	yaml = json_string(text);
	free(text);
	if (!yaml) {
		dvs_error_set(&err, -EILSEQ, ctl->file, NULL, "is not UTF-8");
		return dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	}
	code = dvs_ctl_call(ctl, "apply",
			    json_pack("{s:o, s:b}", "yaml", yaml, "dry_run", ctl->is_dry_run),
			    &result, &err);
	if (code != DVS_EXIT_OK) {
		/* The server names what it read; the user knows it as a file. */
		if (strcmp(err.object, "YAML") == 0)
			dvs_text_copy(err.object, sizeof(err.object),
				      strcmp(ctl->file, "-") == 0 ? "standard input" : ctl->file);
		return dvs_ctl_fail(ctl, code, &err);
	}
	if (ctl->is_json) {
		dvs_ctl_json(result);
		return DVS_EXIT_OK;
	}
	print_result(ctl, result);
	json_decref(result);
	return DVS_EXIT_OK;
}

/* export */

/* A new file takes the old one's place only when it is complete. */
static int write_file(const char *path, const char *text, struct dvs_error *err)
{
	char temporary[4096];
	FILE *out = NULL;
	mode_t mask;
	int fd, ret;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return dvs_error_set(err, -ENAMETOOLONG, path, NULL, "is too long a path");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return dvs_error_set(err, -errno, path, NULL, "%m");
	mask = umask(0);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask) == 0)
		out = fdopen(fd, "w");
	if (!out) {
		ret = dvs_error_set(err, -errno, path, NULL, "%m");
		close(fd);
		unlink(temporary);
		return ret;
	}
	print_lines(text, out);
	/* Both have to succeed; a full disk shows in either. */
	ret = fflush(out) == 0 && !ferror(out) && fsync(fd) == 0 ? 0 : -errno;
	if (fclose(out) != 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && rename(temporary, path) < 0)
		ret = -errno;
	if (ret < 0) {
		unlink(temporary);
		return dvs_error_set(err, ret, path, NULL, "%s", strerrordesc_np(-ret));
	}
	return 0;
}

/* Devices, pipes and links to what is not there yet are written as they are: nothing can take their
 * place. */
static bool is_stream(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return lstat(path, &st) == 0;
	return !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_stream(const char *path, const char *text, struct dvs_error *err)
{
	FILE *out = fopen(path, "we");
	bool is_written;

	if (!out)
		return dvs_error_set(err, -errno, path, NULL, "%m");
	print_lines(text, out);
	is_written = !ferror(out);
	if (fclose(out) != 0 || !is_written)
		return dvs_error_set(err, -errno, path, NULL, "%m");
	return 0;
}

static int write_yaml(const struct dvs_ctl *ctl, const char *text, struct dvs_error *err)
{
	char *target;
	int ret;

	if (!ctl->file || strcmp(ctl->file, "-") == 0) {
		print_lines(text, stdout);
		return 0;
	}
	if (is_stream(ctl->file))
		return write_stream(ctl->file, text, err);
	target = realpath(ctl->file, NULL); /* a link stays, what it leads to is replaced */
	ret = write_file(target ? target : ctl->file, text, err);
	free(target);
	return ret;
}

int dvs_export(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_error err;
	const char *text;
	json_t *result;
	int code;

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "export takes no \"%s\"; the file goes after -f",
				     argv[0]);
	code = dvs_ctl_call(ctl, "export", json_object(), &result, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	text = json_string_value(json_object_get(result, "yaml"));
	if (!text) {
		dvs_error_set(&err, -EPROTO, "dvs-controld", NULL, "its answer has no YAML");
		code = dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	} else if (ctl->is_json && !ctl->file) {
		dvs_ctl_json(json_incref(result));
	} else if (write_yaml(ctl, text, &err) < 0) {
		code = dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	} else if (ctl->is_json) {
		dvs_ctl_json(json_pack("{s:s}", "file", ctl->file));
	}
	json_decref(result);
	return code;
}
