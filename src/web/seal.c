/* SPDX-License-Identifier: Apache-2.0 */
#include "web/seal.h"

#include "base/require.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_VERSION 1u
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* What is sealed; only this program on this machine reads it back. */
struct sealed
{
    uint32_t version;
    int32_t role;
    int64_t issued_us;
    uint8_t id[WEB_SESSION_ID];
    char user[LIMIT_USER];
    char display[WEB_SESSION_NAME];
    char language[WEB_SESSION_LANGUAGE];
    uint8_t spare[4]; /* no padding whose bytes are left to chance */
};

#define BOX_SIZE (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + sizeof(struct sealed))
_Static_assert(sizeof(struct sealed) == 240, "sealed sessions have a fixed form");
_Static_assert(BOX_SIZE * 4 / 3 + 5 < WEB_SEAL_TEXT_MAX, "a sealed session fits its text");

static enum error
key_make(const char *path, struct web_seal_key *key)
{
    crypto_secretbox_keygen(key->bytes);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return ERROR_IO;
    }
    bool written = write(file, key->bytes, sizeof key->bytes) == (ssize_t)sizeof key->bytes &&
                   fsync(file) == 0;
    if (close(file) != 0 || !written) {
        (void)unlink(path);
        return ERROR_IO;
    }
    return ERROR_NONE;
}

static enum error
key_read(int file, struct web_seal_key *key)
{
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        return ERROR_IO;
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return ERROR_DENIED;
    }
    if (about.st_size != (off_t)sizeof key->bytes ||
        read(file, key->bytes, sizeof key->bytes) != (ssize_t)sizeof key->bytes) {
        return ERROR_DAMAGED;
    }
    return ERROR_NONE;
}

enum error
web_seal_key_load(const char *path, struct web_seal_key *ret_key)
{
    struct web_seal_key key;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum error error = ERROR_IO;
    if (file >= 0) {
        error = key_read(file, &key);
        (void)close(file);
    } else if (errno == ENOENT) {
        error = key_make(path, &key);
    }
    if (error == ERROR_NONE) {
        *ret_key = key;
    }
    sodium_memzero(&key, sizeof key);
    return error;
}

void
web_seal_key_wipe(struct web_seal_key *key)
{
    sodium_memzero(key, sizeof *key);
}

void
web_seal_close(const struct web_seal_key *key, const struct web_session *session,
               char text[WEB_SEAL_TEXT_MAX])
{
    uint8_t box[BOX_SIZE];
    struct sealed plain = {.version = SEAL_VERSION};
    plain.role = session->role;
    plain.issued_us = session->issued_us;
    memcpy(plain.id, session->id, sizeof plain.id);
    memcpy(plain.user, session->user, sizeof plain.user);
    memcpy(plain.display, session->display, sizeof plain.display);
    memcpy(plain.language, session->language, sizeof plain.language);
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    int sealed = crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const uint8_t *)&plain,
                                       sizeof plain, box, key->bytes);
    require(sealed == 0);
    (void)sodium_bin2base64(text, WEB_SEAL_TEXT_MAX, box, sizeof box, VARIANT);
    sodium_memzero(&plain, sizeof plain);
}

/* Ours by the seal; checked all the same, since a later version may have another form. */
static bool
is_session(const struct sealed *plain)
{
    return plain->version == SEAL_VERSION && plain->user[0] != '\0' &&
           memchr(plain->user, '\0', sizeof plain->user) != NULL &&
           memchr(plain->display, '\0', sizeof plain->display) != NULL &&
           memchr(plain->language, '\0', sizeof plain->language) != NULL;
}

enum error
web_seal_open(const struct web_seal_key *key, const char *text, size_t size,
              struct web_session *ret_session)
{
    uint8_t box[BOX_SIZE];
    struct sealed plain;
    size_t box_size = 0;
    if (sodium_base642bin(box, sizeof box, text, size, NULL, &box_size, NULL, VARIANT) != 0 ||
        box_size != sizeof box) {
        return ERROR_DENIED;
    }
    if (crypto_secretbox_open_easy((uint8_t *)&plain, box + crypto_secretbox_NONCEBYTES,
                                   sizeof box - crypto_secretbox_NONCEBYTES, box,
                                   key->bytes) != 0 ||
        !is_session(&plain)) {
        return ERROR_DENIED;
    }
    ret_session->role = plain.role;
    ret_session->issued_us = plain.issued_us;
    memcpy(ret_session->id, plain.id, sizeof plain.id);
    memcpy(ret_session->user, plain.user, sizeof plain.user);
    memcpy(ret_session->display, plain.display, sizeof plain.display);
    memcpy(ret_session->language, plain.language, sizeof plain.language);
    sodium_memzero(&plain, sizeof plain);
    return ERROR_NONE;
}
