/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl.h"

#include "base/require.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_WIDTH 44
#define OPTION_WIDTH 26

static const struct ctl_command *const tables[] = {
    ctl_counters_commands,     ctl_status_commands, ctl_incident_commands,
    ctl_incident_act_commands, ctl_signal_commands, ctl_unit_commands,
    ctl_credential_commands,   ctl_path_commands,   ctl_allocation_commands,
    ctl_pool_commands,         ctl_case_commands,   ctl_marker_commands,
    ctl_user_commands,         ctl_drill_commands,  ctl_journal_commands,
    ctl_audit_commands,        ctl_dc09_commands,   ctl_doctor_commands,
};

static const char environment_help[] =
    "Environment:\n"
    "  LARWM_SOCKET        Unix socket of larwmd\n"
    "  LARWM_CONFIG        configuration file of larwmd (doctor)\n"
    "  LARWM_PKI_DIR       certificates: ca.crt, units/UNIT.crt and .key\n"
    "  LARWM_NATIVE_PORT   port of the native protocol (drill)\n"
    "  LARWM_JOURNAL_DIR   journal directory\n"
    "  PGHOST PGPORT PGDATABASE PGUSER ...   PostgreSQL, as for psql\n"
    "\n"
    "Exit codes: 0 done, 1 refused or failed, 2 not understood.\n";

static void
print_command(const struct ctl_command *command, FILE *to)
{
    char words[128];
    (void)snprintf(words, sizeof words, "%s%s%s%s%s", command->group,
                   command->verb == NULL ? "" : " ", command->verb == NULL ? "" : command->verb,
                   command->arguments[0] == '\0' ? "" : " ", command->arguments);
    (void)fprintf(to, "  %-*s %s\n", COMMAND_WIDTH, words, command->summary);
}

/* Every command of `group`, or of all groups when NULL. Returns how many. */
static unsigned
print_commands(const char *group, FILE *to)
{
    unsigned count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        for (const struct ctl_command *at = tables[i]; at->group != NULL; at++) {
            if (group == NULL || strcmp(group, at->group) == 0) {
                print_command(at, to);
                count += 1;
            }
        }
    }
    return count;
}

static void
print_overview(FILE *to)
{
    (void)fprintf(to, "larwmctl: administration, drills and tools of the alarm centre larwm\n\n"
                      "Usage: larwmctl COMMAND [ARGUMENTS] [OPTIONS]\n"
                      "       larwmctl COMMAND --help\n\nCommands:\n");
    (void)print_commands(NULL, to);
    (void)fprintf(to, "\n%s", environment_help);
}

static void
print_option(const struct ctl_option *option, FILE *to)
{
    char words[64];
    (void)snprintf(words, sizeof words, "--%s%s%s", option->name, option->value == NULL ? "" : " ",
                   option->value == NULL ? "" : option->value);
    (void)fprintf(to, "  %-*s %s\n", OPTION_WIDTH, words, option->help);
}

static void
print_help(const struct ctl_command *command, FILE *to)
{
    (void)fprintf(to, "Usage: larwmctl %s%s%s%s%s [OPTIONS]\n\n%s\n", command->group,
                  command->verb == NULL ? "" : " ", command->verb == NULL ? "" : command->verb,
                  command->arguments[0] == '\0' ? "" : " ", command->arguments, command->summary);
    if (command->more != NULL) {
        (void)fprintf(to, "\n%s\n", command->more);
    }
    (void)fprintf(to, "\nOptions:\n");
    const struct ctl_option *option = command->options;
    for (; option != NULL && option->name != NULL; option++) {
        print_option(option, to);
    }
    const struct ctl_option help = {"help", NULL, "print this"};
    print_option(&help, to);
}

/* The command of these words; *ret_words says how many of them it took. */
static const struct ctl_command *
find_command(const char *group, const char *verb, int *ret_words)
{
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        for (const struct ctl_command *at = tables[i]; at->group != NULL; at++) {
            if (strcmp(at->group, group) != 0) {
                continue;
            }
            if (at->verb == NULL || (verb != NULL && strcmp(at->verb, verb) == 0)) {
                *ret_words = at->verb == NULL ? 1 : 2;
                return at;
            }
        }
    }
    return NULL;
}

static int
option_index(const struct ctl_command *command, const char *name, size_t name_size)
{
    for (int i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
        require(i < CTL_OPTIONS_MAX);
        if (strncmp(command->options[i].name, name, name_size) == 0 &&
            command->options[i].name[name_size] == '\0') {
            return i;
        }
    }
    return -1;
}

/* Takes the option argv[*at]; a value may be in the next word. False: told why. */
static bool
take_option(struct ctl *ctl, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t name_size = equals == NULL ? strlen(name) : (size_t)(equals - name);
    int index = option_index(ctl->command, name, name_size);
    if (index < 0) {
        (void)ctl_misuse(ctl, "there is no option --%.*s here", (int)name_size, name);
        return false;
    }
    bool takes_value = ctl->command->options[index].value != NULL;
    if (!takes_value && equals != NULL) {
        (void)ctl_misuse(ctl, "--%.*s takes no value", (int)name_size, name);
        return false;
    }
    if (takes_value && equals == NULL) {
        if (*at + 1 == argc) {
            (void)ctl_misuse(ctl, "--%s needs a value: %s", name,
                             ctl->command->options[index].value);
            return false;
        }
        *at += 1;
        ctl->values[index] = argv[*at];
        return true;
    }
    ctl->values[index] = takes_value ? equals + 1 : "";
    return true;
}

/* Takes the words after the command. False: told why. */
static bool
take_words(struct ctl *ctl, int argc, char **argv, int first)
{
    bool options_end = false;
    for (int at = first; at < argc; at++) {
        if (!options_end && strcmp(argv[at], "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(argv[at], "--", 2) == 0) {
            if (!take_option(ctl, argc, argv, &at)) {
                return false;
            }
        } else if (ctl->argument_count == ctl->command->arguments_max) {
            (void)ctl_misuse(ctl, "too many arguments, from \"%s\" on", argv[at]);
            return false;
        } else {
            ctl->arguments[ctl->argument_count] = argv[at];
            ctl->argument_count += 1;
        }
    }
    if (ctl->argument_count < ctl->command->arguments_min) {
        (void)ctl_misuse(ctl, "arguments are missing: %s", ctl->command->arguments);
        return false;
    }
    return true;
}

static bool
asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int
ctl_run(int argc, char **argv, FILE *in, FILE *out, FILE *err)
{
    bool help = asks_for_help(argc, argv);
    const char *group = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        (void)fprintf(out, "larwmctl %s\n", LARWM_VERSION);
        return CTL_OK;
    }
    if (group == NULL || strcmp(group, "help") == 0) {
        print_overview(help || group != NULL ? out : err);
        return help || group != NULL ? CTL_OK : CTL_USAGE;
    }
    struct ctl ctl = {.in = in, .out = out, .err = err};
    int words = 0;
    ctl.command = find_command(group, argc > 2 ? argv[2] : NULL, &words);
    if (ctl.command == NULL) {
        bool known = print_commands(group, help ? out : err) > 0;
        if (!known) {
            (void)fprintf(err, "larwmctl: there is no command \"%s\"; larwmctl --help lists them\n",
                          group);
        }
        return known && help ? CTL_OK : CTL_USAGE;
    }
    if (help) {
        print_help(ctl.command, out);
        return CTL_OK;
    }
    return take_words(&ctl, argc, argv, words + 1) ? ctl.command->run(&ctl) : CTL_USAGE;
}

bool
ctl_has_option(const struct ctl *ctl, const char *name)
{
    return option_index(ctl->command, name, strlen(name)) >= 0;
}

const char *
ctl_value(const struct ctl *ctl, const char *name)
{
    int index = option_index(ctl->command, name, strlen(name));
    require(index >= 0);
    return ctl->values[index];
}

bool
ctl_flag(const struct ctl *ctl, const char *name)
{
    return ctl_value(ctl, name) != NULL;
}

const char *
ctl_value_or(const struct ctl *ctl, const char *name, const char *otherwise)
{
    const char *value = ctl_value(ctl, name);
    return value == NULL ? otherwise : value;
}

bool
ctl_number(const struct ctl *ctl, const char *name, uint64_t least, uint64_t most,
           uint64_t otherwise, uint64_t *ret_number)
{
    const char *value = ctl_value(ctl, name);
    if (value == NULL) {
        *ret_number = otherwise;
        return true;
    }
    char *end;
    errno = 0;
    uint64_t number = strtoull(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || value[0] == '-' || number < least ||
        number > most) {
        (void)fprintf(ctl->err, "larwmctl: --%s: a whole number from %lu to %lu, not \"%s\"\n",
                      name, least, most, value);
        return false;
    }
    *ret_number = number;
    return true;
}

const char *
ctl_argument(const struct ctl *ctl, int index)
{
    return index < ctl->argument_count ? ctl->arguments[index] : NULL;
}

static void
tell(FILE *to, const char *format, va_list values)
{
    (void)fputs("larwmctl: ", to);
    (void)vfprintf(to, format, values);
    (void)fputc('\n', to);
}

int
ctl_fail(struct ctl *ctl, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    tell(ctl->err, format, values);
    va_end(values);
    return CTL_FAILED;
}

int
ctl_misuse(struct ctl *ctl, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    tell(ctl->err, format, values);
    va_end(values);
    (void)fprintf(ctl->err, "Usage: larwmctl %s%s%s %s [OPTIONS]; --help says more\n",
                  ctl->command->group, ctl->command->verb == NULL ? "" : " ",
                  ctl->command->verb == NULL ? "" : ctl->command->verb, ctl->command->arguments);
    return CTL_USAGE;
}

void
ctl_say(struct ctl *ctl, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vfprintf(ctl->out, format, values);
    va_end(values);
    (void)fputc('\n', ctl->out);
}

const char *
ctl_environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}
