/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl dc09 decode: one DC-09 frame in words, for the engineer on site. */
#include "intake/dc09_explain.h"
#include "tools/ctl.h"
#include "tools/ctl_credential.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MAX 8192

/* The frame of the first argument; without one, or with "-", of standard input. */
static bool
frame_of(struct ctl *ctl, uint8_t frame[FRAME_MAX], size_t *ret_size)
{
    const char *argument = ctl_argument(ctl, 0);
    if (argument == NULL || strcmp(argument, "-") == 0) {
        *ret_size = fread(frame, 1, FRAME_MAX, ctl->in);
        if (*ret_size == 0 || *ret_size == FRAME_MAX) {
            (void)ctl_fail(ctl, "standard input holds no frame");
            return false;
        }
        return true;
    }
    *ret_size = strlen(argument);
    if (*ret_size >= FRAME_MAX) {
        (void)ctl_fail(ctl, "a frame has at most 4095 bytes");
        return false;
    }
    memcpy(frame, argument, *ret_size);
    return true;
}

static int
run_decode(struct ctl *ctl)
{
    uint8_t frame[FRAME_MAX];
    size_t frame_size;
    uint8_t key[CTL_KEY_MAX];
    size_t key_size = 0;
    const char *hex = ctl_value(ctl, "key");
    const char *path = ctl_value(ctl, "key-file");
    if (hex != NULL && !ctl_key_parse(hex, key, &key_size)) {
        return ctl_misuse(ctl, "--key: 32, 48 or 64 hex digits");
    }
    if (hex == NULL && path != NULL && !ctl_key_read(ctl, path, key, &key_size)) {
        return CTL_FAILED;
    }
    if (!frame_of(ctl, frame, &frame_size)) {
        return CTL_FAILED;
    }
    bool taken = dc09_explain(ctl->out, frame, frame_size, key, key_size);
    explicit_bzero(key, sizeof key);
    return taken ? CTL_OK : CTL_FAILED;
}

static const struct ctl_option options[] = {
    {"key", "HEX", "AES key of the account, for test keys: others can see a command line"},
    {"key-file", "FILE", "the same from the first line of a file; - reads standard input"},
    CTL_OPTION_END,
};

const struct ctl_command ctl_dc09_commands[] = {
    {"dc09", "decode", "[FRAME]", 0, 1, "explain one DC-09 frame (standard input)",
     "It prints what the panel sent, positions and texts included.", options, run_decode},
    {0},
};
