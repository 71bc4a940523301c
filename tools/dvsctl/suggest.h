/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * suggest.h - "did you mean ...?": the known word that is closest to a misspelt one.
 *
 * Threads: a dvs_suggest belongs to its holder.
 *
 *	struct dvs_suggest s;
 *
 *	dvs_suggest_init(&s, "mtuu");
 *	for each known word: dvs_suggest_offer(&s, word);
 *	if (dvs_suggest_best(&s)) printf("did you mean \"%s\"?", dvs_suggest_best(&s));
 */
#ifndef DVS_SUGGEST_H
#define DVS_SUGGEST_H

#include "field.h"

#define DVS_SUGGEST_WORD_MAX DVS_KEY_TEXT_MAX /* longer words are never suggested, nor helped */

struct dvs_suggest {
	char word[DVS_SUGGEST_WORD_MAX];
	char best[DVS_SUGGEST_WORD_MAX];
	unsigned int distance; /* of best; at most this is accepted while there is none */
};

void dvs_suggest_init(struct dvs_suggest *s, const char *word);
void dvs_suggest_offer(struct dvs_suggest *s, const char *known);

/* NULL when nothing is close: one edit for short words, two from five characters on. */
const char *dvs_suggest_best(const struct dvs_suggest *s);

/* Edits (insert, delete, replace, swap neighbours) that turn one word into the other; words of
 * DVS_SUGGEST_WORD_MAX and more bytes are infinitely far: UINT_MAX. */
unsigned int dvs_word_distance(const char *a, const char *b);

#endif
