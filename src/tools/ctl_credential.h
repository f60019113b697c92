/* SPDX-License-Identifier: Apache-2.0 */
/* Reading keys and fingerprints for commands. Any thread. */
#ifndef TOOLS_CTL_CREDENTIAL_H
#define TOOLS_CTL_CREDENTIAL_H

#include "larwm/limits.h"
#include "tools/ctl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_KEY_MAX 32

/* SHA-256 of the public key (DER SubjectPublicKeyInfo) of the first certificate in a PEM file. */
bool ctl_certificate_fingerprint(const char *path, uint8_t fingerprint[LIMIT_FINGERPRINT]);

/* A DC-09 key of 16, 24 or 32 bytes from the first line, in hex, of a file ("-": standard input).
 * False, with the reason told, when there is none. */
bool ctl_key_read(struct ctl *ctl, const char *path, uint8_t key[CTL_KEY_MAX], size_t *ret_size);
/* The same from hex digits. False when it is no key. */
bool ctl_key_parse(const char *hex, uint8_t key[CTL_KEY_MAX], size_t *ret_size);

#endif
