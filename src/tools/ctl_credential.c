/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl credential: what units authenticate with. A key never stands on a command line, where
 * every user of the machine could read it. */
#include "tools/ctl_credential.h"

#include "base/text.h"
#include "tools/ctl_sql.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

#define BYTEA_TEXT (2 + 2 * CTL_KEY_MAX + 1)

bool
ctl_certificate_fingerprint(const char *path, uint8_t fingerprint[LIMIT_FINGERPRINT])
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    uint8_t *der = NULL;
    int size = certificate == NULL ? 0 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size > 0) {
        (void)SHA256(der, (size_t)size, fingerprint);
    }
    OPENSSL_free(der);
    X509_free(certificate);
    return size > 0;
}

bool
ctl_key_parse(const char *hex, uint8_t key[CTL_KEY_MAX], size_t *ret_size)
{
    size_t digits = strlen(hex);
    bool known = digits == 32 || digits == 48 || digits == 64;
    if (!known || !text_to_bytes(key, digits / 2, hex, digits)) {
        return false;
    }
    *ret_size = digits / 2;
    return true;
}

bool
ctl_key_read(struct ctl *ctl, const char *path, uint8_t key[CTL_KEY_MAX], size_t *ret_size)
{
    char line[2 * CTL_KEY_MAX + 8] = "";
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? ctl->in : fopen(path, "re");
    if (file == NULL) {
        (void)ctl_fail(ctl, "%s cannot be read", path);
        return false;
    }
    char *got = fgets(line, (int)sizeof line, file);
    if (!standard) {
        (void)fclose(file);
    }
    line[strcspn(line, "\r\n")] = '\0';
    bool parsed = got != NULL && ctl_key_parse(line, key, ret_size);
    explicit_bzero(line, sizeof line);
    if (!parsed) {
        (void)ctl_fail(ctl, "%s: the first line must be 32, 48 or 64 hex digits", path);
    }
    return parsed;
}

/* Bytes as PostgreSQL reads bytea. */
static void
bytea_text(char to[BYTEA_TEXT], const uint8_t *bytes, size_t size)
{
    to[0] = '\\';
    to[1] = 'x';
    text_from_hex_bytes(to + 2, bytes, size);
}

/* The fingerprint of --certificate or --fingerprint as bytea; `to` empty when neither was given. */
static bool
fingerprint_given(struct ctl *ctl, char to[BYTEA_TEXT])
{
    uint8_t fingerprint[LIMIT_FINGERPRINT];
    const char *path = ctl_value(ctl, "certificate");
    const char *hex = ctl_value(ctl, "fingerprint");
    to[0] = '\0';
    if (path == NULL && hex == NULL) {
        return true;
    }
    if (path != NULL && !ctl_certificate_fingerprint(path, fingerprint)) {
        (void)ctl_fail(ctl, "%s: no certificate in PEM form can be read there", path);
        return false;
    }
    if (path == NULL && !text_to_bytes(fingerprint, sizeof fingerprint, hex, strlen(hex))) {
        (void)ctl_fail(ctl, "--fingerprint: 64 hex digits, SHA-256 of the public key");
        return false;
    }
    bytea_text(to, fingerprint, sizeof fingerprint);
    return true;
}

static int
add_account(struct ctl *ctl, const char *account)
{
    uint8_t key[CTL_KEY_MAX];
    size_t key_size = 0;
    const char *path = ctl_value(ctl, "key-file");
    if (path != NULL && !ctl_key_read(ctl, path, key, &key_size)) {
        return CTL_FAILED;
    }
    char text[BYTEA_TEXT];
    bytea_text(text, key, key_size);
    const char *values[] = {ctl_argument(ctl, 0), account, text, ctl_value_or(ctl, "line", "")};
    int status = ctl_sql_do(
        ctl, path == NULL ? "%s has the account, in clear text" : "%s has the account and its key",
        "select $1::text from larwm.credential_add($1, 'dc09', null, $2, $3::bytea, $4)", 4,
        values);
    explicit_bzero(key, sizeof key);
    explicit_bzero(text, sizeof text);
    return status;
}

static int
run_add(struct ctl *ctl)
{
    char fingerprint[BYTEA_TEXT];
    const char *account = ctl_value(ctl, "account");
    if (!fingerprint_given(ctl, fingerprint)) {
        return CTL_FAILED;
    }
    if ((account != NULL) == (fingerprint[0] != '\0')) {
        return ctl_misuse(ctl, "name one: --certificate, --fingerprint or --account");
    }
    if (account != NULL) {
        return add_account(ctl, account);
    }
    const char *values[] = {ctl_argument(ctl, 0), fingerprint};
    return ctl_sql_do(ctl, "%s has the key",
                      ctl_flag(ctl, "only")
                          ? "select $1::text from larwm.unit_rekey($1, $2::bytea)"
                          : "select $1::text from larwm.credential_add($1, 'tls_key', $2::bytea)",
                      2, values);
}

static int
run_revoke(struct ctl *ctl)
{
    char fingerprint[BYTEA_TEXT];
    const char *reason = ctl_value(ctl, "reason");
    if (reason == NULL || reason[0] == '\0') {
        return ctl_misuse(ctl, "--reason is needed: it goes into the audit");
    }
    if (!fingerprint_given(ctl, fingerprint)) {
        return CTL_FAILED;
    }
    const char *values[] = {ctl_argument(ctl, 0), reason,
                            fingerprint[0] == '\0' ? NULL : fingerprint, ctl_value(ctl, "account")};
    return ctl_sql_do(
        ctl, "%s revoked",
        "select larwm.credential_revoke($1, $2, $3::bytea, $4)::text || ' credentials of ' || "
        "$1",
        4, values);
}

static int
run_list(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0)};
    return ctl_sql_list(
        ctl,
        "select u.identifier as unit, c.kind, c.account, c.line, encode(c.fingerprint, 'hex') "
        "as fingerprint, lower(c.valid) as valid_from, upper(c.valid) as valid_to, c.reason "
        "from larwm.unit_credential c join larwm.unit u on u.id = c.unit_id where $1::text is "
        "null or u.identifier = $1 order by u.identifier, c.id",
        1, values);
}

static const struct ctl_option add_options[] = {
    CTL_OPTION_USER,
    {"certificate", "FILE", "PEM certificate: its public key"},
    {"fingerprint", "HEX", "SHA-256 of the public key (DER SubjectPublicKeyInfo)"},
    {"only", NULL, "end every older TLS key of the unit (re-key)"},
    {"account", "ACCOUNT", "DC-09 account"},
    {"line", "LINE", "DC-09 line prefix"},
    {"key-file", "FILE", "its AES key in hex; - reads standard input; none: clear text"},
    CTL_OPTION_END,
};

static const struct ctl_option revoke_options[] = {
    CTL_OPTION_USER,
    {"reason", "TEXT", "why; it goes into the audit"},
    {"certificate", "FILE", "only this key"},
    {"fingerprint", "HEX", "only this key"},
    {"account", "ACCOUNT", "only this DC-09 account"},
    CTL_OPTION_END,
};

static const struct ctl_option list_options[] = {CTL_OPTION_JSON, CTL_OPTION_END};

const struct ctl_command ctl_credential_commands[] = {
    {"credential", "list", "[UNIT]", 0, 1, "credentials and their validity, without keys", NULL,
     list_options, run_list},
    {"credential", "add", "UNIT", 1, 1, "give a unit a TLS key or a DC-09 account", NULL,
     add_options, run_add},
    {"credential", "revoke", "UNIT", 1, 1, "end credentials at once: one, or all of the unit", NULL,
     revoke_options, run_revoke},
    {0},
};
