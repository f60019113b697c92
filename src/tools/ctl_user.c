/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl user: who may log in at the console. Passwords are hashed here and never leave in clear;
 * they come from standard input or are made up, so that none stands on a command line. */
#include "base/text.h"
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MAX 256
#define PASSWORD_LEAST 10
#define PASSWORD_MADE 20
#define TOTP_BYTES 20
#define TOTP_TEXT (TOTP_BYTES / 5 * 8 + 1)

/* Base 32 of RFC 4648 without padding; TOTP_BYTES is a multiple of 5. */
static void
base32_text(char to[TOTP_TEXT], const uint8_t bytes[TOTP_BYTES])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < TOTP_BYTES / 5 * 8; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned)bytes[bit / 8] << 8;
        pair |= bit / 8 + 1 < TOTP_BYTES ? bytes[bit / 8 + 1] : 0u;
        to[i] = letters[pair >> (11 - bit % 8) & 31];
    }
    to[TOTP_TEXT - 1] = '\0';
}

/* One line without its end; the terminal does not show it. */
static bool
read_password(struct ctl *ctl, char password[PASSWORD_MAX])
{
    struct termios shown;
    bool terminal = isatty(fileno(ctl->in)) != 0 && tcgetattr(fileno(ctl->in), &shown) == 0;
    if (terminal) {
        struct termios hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(fileno(ctl->in), TCSAFLUSH, &hidden);
        (void)fprintf(ctl->err, "Password: ");
    }
    char *got = fgets(password, PASSWORD_MAX, ctl->in);
    if (terminal) {
        (void)tcsetattr(fileno(ctl->in), TCSAFLUSH, &shown);
        (void)fputc('\n', ctl->err);
    }
    if (got == NULL) {
        (void)ctl_fail(ctl, "no password on standard input");
        return false;
    }
    password[strcspn(password, "\r\n")] = '\0';
    if (strlen(password) < PASSWORD_LEAST) {
        (void)ctl_fail(ctl, "a password has at least %d characters", PASSWORD_LEAST);
        return false;
    }
    return true;
}

static void
make_password(char password[PASSWORD_MAX])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    for (int i = 0; i < PASSWORD_MADE; i++) {
        password[i] = letters[randombytes_uniform(sizeof letters - 1)];
    }
    password[PASSWORD_MADE] = '\0';
}

static bool
hash_password(struct ctl *ctl, const char *password, char hash[crypto_pwhash_STRBYTES])
{
    bool strong = ctl_flag(ctl, "strong");
    if (crypto_pwhash_str_alg(
            hash, password, strlen(password),
            strong ? crypto_pwhash_OPSLIMIT_MODERATE : crypto_pwhash_OPSLIMIT_INTERACTIVE,
            strong ? crypto_pwhash_MEMLIMIT_MODERATE : crypto_pwhash_MEMLIMIT_INTERACTIVE,
            crypto_pwhash_ALG_ARGON2ID13) != 0) {
        (void)ctl_fail(ctl, "the password cannot be hashed: out of memory");
        return false;
    }
    return true;
}

struct secrets
{
    char password[PASSWORD_MAX];
    char hash[crypto_pwhash_STRBYTES];
    uint8_t totp[TOTP_BYTES];
    char totp_bytea[2 + 2 * TOTP_BYTES + 1];
};

static int
store_user(struct ctl *ctl, const char *role, struct secrets *secrets)
{
    const char *name = ctl_argument(ctl, 0);
    bool totp = ctl_flag(ctl, "totp");
    if (totp) {
        randombytes_buf(secrets->totp, sizeof secrets->totp);
        secrets->totp_bytea[0] = '\\';
        secrets->totp_bytea[1] = 'x';
        text_from_hex_bytes(secrets->totp_bytea + 2, secrets->totp, sizeof secrets->totp);
    }
    const char *values[] = {name,
                            ctl_value_or(ctl, "name", name),
                            secrets->hash,
                            role,
                            ctl_value_or(ctl, "language", "en"),
                            totp ? secrets->totp_bytea : NULL,
                            ctl_flag(ctl, "replace") ? "true" : "false"};
    int status = ctl_sql_do(
        ctl, "user %s added",
        "select $1::text from larwm.user_add($1, $2, $3, $4, $5, $6::bytea, $7::boolean)", 7,
        values);
    if (status != CTL_OK) {
        return status;
    }
    if (ctl_flag(ctl, "generate")) {
        ctl_say(ctl, "password %s", secrets->password);
    }
    if (totp) {
        char text[TOTP_TEXT];
        base32_text(text, secrets->totp);
        ctl_say(ctl, "otpauth://totp/larwm:%s?secret=%s&issuer=larwm", name, text);
        sodium_memzero(text, sizeof text);
    }
    return CTL_OK;
}

static int
run_add(struct ctl *ctl)
{
    const char *role = ctl_value(ctl, "role");
    if (role == NULL || (strcmp(role, "operator") != 0 && strcmp(role, "supervisor") != 0 &&
                         strcmp(role, "administrator") != 0)) {
        return ctl_misuse(ctl, "--role is needed: operator, supervisor or administrator");
    }
    if (sodium_init() < 0) {
        return ctl_fail(ctl, "libsodium cannot start");
    }
    struct secrets secrets = {0};
    bool generate = ctl_flag(ctl, "generate");
    if (generate) {
        make_password(secrets.password);
    }
    int status = CTL_FAILED;
    if ((generate || read_password(ctl, secrets.password)) &&
        hash_password(ctl, secrets.password, secrets.hash)) {
        status = store_user(ctl, role, &secrets);
    }
    sodium_memzero(&secrets, sizeof secrets);
    return status;
}

static int
run_list(struct ctl *ctl)
{
    return ctl_sql_list(ctl,
                        "select username, display_name, role, language, disabled, "
                        "created_at as created from larwm.app_user order by username",
                        0, NULL);
}

static int
set_disabled(struct ctl *ctl, const char *disabled, const char *format)
{
    const char *values[] = {ctl_argument(ctl, 0), disabled};
    return ctl_sql_do(ctl, format, "select $1::text from larwm.user_set_disabled($1, $2::boolean)",
                      2, values);
}

static int
run_disable(struct ctl *ctl)
{
    return set_disabled(ctl, "true", "%s is shut out");
}

static int
run_enable(struct ctl *ctl)
{
    return set_disabled(ctl, "false", "%s may log in again");
}

static const struct ctl_option add_options[] = {
    CTL_OPTION_USER,
    {"role", "ROLE", "operator, supervisor or administrator"},
    {"name", "TEXT", "as shown to others"},
    {"language", "CODE", "en (default) or cy"},
    {"password-stdin", NULL, "the password is the first line of standard input (default)"},
    {"generate", NULL, "make up a password and print it"},
    {"totp", NULL, "make up a one-time-password secret and print it as an address to scan"},
    {"strong", NULL, "a hash that takes 256 MiB and about a second at each log-in"},
    {"replace", NULL, "change a user that exists"},
    CTL_OPTION_END,
};

static const struct ctl_option list_options[] = {CTL_OPTION_JSON, CTL_OPTION_END};
static const struct ctl_option user_options[] = {CTL_OPTION_USER, CTL_OPTION_END};

const struct ctl_command ctl_user_commands[] = {
    {"user", "list", "", 0, 0, "who may log in at the console", NULL, list_options, run_list},
    {"user", "add", "NAME", 1, 1, "add a user; the password comes from standard input", NULL,
     add_options, run_add},
    {"user", "disable", "NAME", 1, 1, "shut a user out", NULL, user_options, run_disable},
    {"user", "enable", "NAME", 1, 1, "let a user in again", NULL, user_options, run_enable},
    {0},
};
