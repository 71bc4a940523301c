/* SPDX-License-Identifier: BSD-3-Clause */
#include "suggest.h"

#include <limits.h>
#include <string.h>

#include "text.h"

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, three rows of the matrix at a time. */
unsigned int dvs_word_distance(const char *a, const char *b)
{
	unsigned int rows[3][DVS_SUGGEST_WORD_MAX];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2];
	size_t n_a = strlen(a), n_b = strlen(b);

	if (n_a >= DVS_SUGGEST_WORD_MAX || n_b >= DVS_SUGGEST_WORD_MAX)
		return UINT_MAX;
	for (unsigned int j = 0; j <= n_b; j++)
		row[j] = j;
	for (unsigned int i = 1; i <= n_a; i++) {
		unsigned int *unused = before;

		before = above;
		above = row;
		row = unused;
		row[0] = i;
		for (unsigned int j = 1; j <= n_b; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least(row[j], least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[n_b];
}

void dvs_suggest_init(struct dvs_suggest *s, const char *word)
{
	size_t length = strlen(word);

	memset(s, 0, sizeof(*s));
	if (length >= sizeof(s->word))
		return;
	strcpy(s->word, word);
	s->distance = length < 5 ? 1 : 2;
}

void dvs_suggest_offer(struct dvs_suggest *s, const char *known)
{
	unsigned int distance = dvs_word_distance(s->word, known);

	if (s->word[0] == '\0' || distance > s->distance)
		return;
	if (s->best[0] != '\0' && distance == s->distance)
		return;
	s->distance = distance;
	dvs_text_copy(s->best, sizeof(s->best), known);
}

const char *dvs_suggest_best(const struct dvs_suggest *s)
{
	return s->best[0] != '\0' ? s->best : NULL;
}
