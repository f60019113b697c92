/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target shares: the entry function that libFuzzer, the AFL++ driver and the replay
 * program all call, the check that ends the process when a promise is broken, and a way to take
 * numbers out of an input. One thread.
 */
#ifndef TESTS_FUZZ_CORE_H
#define TESTS_FUZZ_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One input: any bytes. Always returns 0. The target looks at a copy of exactly `size` bytes, so
 * that a sanitizer sees one step too far. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise: true for every input there is. */
#define FUZZ_CHECK(promise) ((promise) ? (void)0 : fuzz_broken(#promise, __FILE__, __LINE__))
void fuzz_broken(const char *promise, const char *file, int line) __attribute__((noreturn));
/* Called before the process ends over a broken promise; NULL: nothing is to be tidied up. */
extern void (*fuzz_on_broken)(void);

/* An exact copy on the heap; free it. */
uint8_t *fuzz_copy(const uint8_t *data, size_t size);

/* Ends within `size`, valid UTF-8, no control character. */
void fuzz_check_text(const char *text, size_t size);

/* What is left of an input. Past its end everything is 0. */
struct fuzz_input
{
    const uint8_t *at;
    const uint8_t *end;
};

unsigned fuzz_take_8(struct fuzz_input *input);
/* Little-endian. */
unsigned fuzz_take_16(struct fuzz_input *input);
/* The next *size bytes, or what is left: *size then says how many. */
const uint8_t *fuzz_take_bytes(struct fuzz_input *input, size_t *size);

#endif
