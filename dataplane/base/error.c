/* SPDX-License-Identifier: BSD-3-Clause */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

int dvs_error_set(struct dvs_error *err, int code, const char *object, const char *field,
		  const char *format, ...)
{
	struct dvs_error made = {.code = code};
	char text[2 * sizeof(made.text)];
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	dvs_text_copy(made.text, sizeof(made.text), text);
	if (object)
		dvs_text_copy(made.object, sizeof(made.object), object);
	if (field)
		dvs_text_copy(made.field, sizeof(made.field), field);
	/* Only now: the arguments may be parts of *err. */
	*err = made;
	return code;
}

int dvs_error_object(struct dvs_error *err, const char *type, const char *name)
{
	char object[2 * sizeof(err->object)];

	if (!err)
		return -EINVAL;
	if (err->object[0] == '\0') {
		snprintf(object, sizeof(object), "%s%s%s", type, name && name[0] ? " " : "",
			 name ? name : "");
		dvs_text_copy(err->object, sizeof(err->object), object);
	}
	return err->code;
}

const char *dvs_error_print(const struct dvs_error *err, char *buf, size_t size)
{
	const char *text = err->text;

	if (text[0] == '\0')
		text = strerrordesc_np(-err->code);
	if (!text)
		text = "unknown error";
	snprintf(buf, size, "%s%s%s%s%s", err->object, err->object[0] ? ": " : "", err->field,
		 err->field[0] ? ": " : "", text);
	return buf;
}
