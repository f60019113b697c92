/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link of a circular list whose head is a link, too: an element sits in at most one list per link
 * it has. One thread.
 */
#ifndef INTAKE_LINK_H
#define INTAKE_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct link
{
    struct link *previous; /* NULL when in no list */
    struct link *next;
};

static inline void
link_head_init(struct link *head)
{
    head->previous = head;
    head->next = head;
}

static inline bool
link_is_in(const struct link *link)
{
    return link->next != NULL;
}

/* The oldest element of a list, or NULL. */
static inline struct link *
link_first(const struct link *head)
{
    return head->next == head ? NULL : head->next;
}

static inline void
link_append(struct link *head, struct link *link)
{
    link->previous = head->previous;
    link->next = head;
    head->previous->next = link;
    head->previous = link;
}

/* Nothing when it is in no list. */
static inline void
link_remove(struct link *link)
{
    if (link->next != NULL) {
        link->previous->next = link->next;
        link->next->previous = link->previous;
        link->previous = NULL;
        link->next = NULL;
    }
}

#endif
