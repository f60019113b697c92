/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the simulated units are: keys and certificates, named ones from the PKI directory, further
 * ones made here by its device CA. Those can be kept in a bundle, so that a registry can know them:
 * `larwm-bench enrol` writes one and prints each unit's name and fingerprint. One thread.
 */
#ifndef BENCH_UNITS_H
#define BENCH_UNITS_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct bench_options;

struct bench_identity
{
    X509 *certificate;
    EVP_PKEY *key;
};

/* The identities `options` asks for: named units first, then the generated ones, from the bundle
 * where one is given. The count is in *ret_count. NULL with a line on stderr. */
struct bench_identity *bench_units_make(const struct bench_options *options, unsigned *ret_count);
/* The scenario enrol: 0, or 1 with a line on stderr. */
int bench_run_enrol(const struct bench_options *options);

#endif
