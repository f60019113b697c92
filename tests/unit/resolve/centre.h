/* SPDX-License-Identifier: Apache-2.0 */
/* A resolve object beside a real database, and what it told the desk. One thread. */
#ifndef TESTS_UNIT_RESOLVE_CENTRE_H
#define TESTS_UNIT_RESOLVE_CENTRE_H

#include "resolve/resolve.h"

#include "../database.h"

#define ANSWERS_MAX 4096
#define PATHS_MAX 64 /* units whose paths are kept */

struct centre_unit
{
    char unit[LIMIT_UNIT_ID];
    struct resolve_path paths[2];
};

struct centre
{
    uv_loop_t loop;
    struct database database;
    struct resolve *resolve;
    char snapshot[64];
    struct registry *registry;
    unsigned units;
    struct centre_unit paths[PATHS_MAX];
    unsigned users;
    unsigned forces;
    unsigned registries;
    unsigned answers;
    unsigned ends; /* of answers that came together */
    unsigned late;
    unsigned answered[ANSWERS_MAX]; /* by key */
    struct resolve_answer answer;   /* the newest */
    uint8_t card[LIMIT_CARD];
    enum error case_error;
    enum error holder_error;
    char holder[RESOLVE_HOLDER_TEXT];
    unsigned cases;
    unsigned holders;
    unsigned changes;
    char change[32];
    int up; /* -1 not told */
    int schema;
    uint64_t answered_ms;
    bool closed;
};

bool is_up(void *data);
bool has_directory(void *data);
bool is_down(void *data);
bool has_late(void *data);
void centre_start(struct centre *centre);
struct centre *centre_open(void);
bool is_closed(void *data);
/* Until is_closed. */
void centre_begin_stop(struct centre *centre);
void centre_stop(struct centre *centre);
void centre_close(struct centre *centre);
/* After centre_stop. */
void centre_close_stopped(struct centre *centre);
/* The paths of a unit as they came last. */
const struct resolve_path *centre_paths(const struct centre *centre, const char *unit);
struct resolve_question question(const char *unit);
const struct resolve_answer *ask_as(struct centre *centre, const struct resolve_question *asked);
const struct resolve_answer *ask(struct centre *centre, const char *unit);

#endif
