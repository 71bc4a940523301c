/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter.h"

#include <string.h>

#include "operands.h"

int dvs_filter_parse(const struct dvs_type *type, unsigned int n, char **words,
		     struct dvs_filter *ret_filter, struct dvs_error *err)
{
	struct dvs_filter filter = {.fields = 0};

	for (unsigned int i = 0; i < n; i++) {
		const struct dvs_field *field;
		const char *value;
		int ret = dvs_operand_field(type, words[i], DVS_FIELD_DERIVED, &field, &value, err);

		if (ret == 0)
			ret = dvs_field_parse(field, value, filter.wanted, err);
		if (ret < 0)
			return ret;
		filter.fields |= dvs_field_bit(type, field);
	}
	*ret_filter = filter;
	return 0;
}

bool dvs_filter_matches(const struct dvs_filter *filter, const struct dvs_type *type,
			const void *record)
{
	return (dvs_type_diff(type, record, filter->wanted) & filter->fields) == 0;
}
