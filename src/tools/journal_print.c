/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/journal_print.h"

#include "base/clock.h"
#include "base/require.h"
#include "journal.pb-c.h"

#include <inttypes.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

struct record_kind
{
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    const char *shown; /* field names without personal data, each between spaces */
};

static const struct record_kind kinds[RECORD_TYPE_COUNT] = {
    [RECORD_BOOT] = {"BOOT", &larwm__journal__boot__descriptor, " node version "},
    [RECORD_SIGNAL] = {"SIGNAL", &larwm__journal__signal__descriptor,
                       " protocol unit account kind restore class_hint code boot_id sequence "
                       "device_time_us received_us battery_percent content_hash clock_suspect "
                       "credential_expired network silent "},
    [RECORD_RESOLVED] = {"RESOLVED", &larwm__journal__resolved__descriptor,
                         " signal_pos incident as_before card_turn checked_us badges "},
    [RECORD_ACTION] = {"ACTION", &larwm__journal__action__descriptor,
                       " role kind incident epoch outcome minutes "},
    [RECORD_TIMER] = {"TIMER", &larwm__journal__timer__descriptor, " incident kind due_us "},
    [RECORD_PRESENCE] = {"PRESENCE", &larwm__journal__presence__descriptor, " role present "},
    [RECORD_SUPERVISION] = {"SUPERVISION", &larwm__journal__supervision__descriptor,
                            " unit kind last_seen_us interval_s network path other_seen_us both"
                            " observed_s learned_s "},
    [RECORD_POLICE] = {"POLICE", &larwm__journal__police__descriptor,
                       " incident message_id event update_no "},
    [RECORD_SYSTEM] = {"SYSTEM", &larwm__journal__system__descriptor, " kind raised detail "},
    [RECORD_REPEATS] = {"REPEATS", &larwm__journal__repeats__descriptor,
                        " signals signal_pos count last_us "},
    [RECORD_ANSWERS] = {"ANSWERS", &larwm__journal__answers__descriptor,
                        " answers signal_pos incident as_before card_turn checked_us badges "},
};

struct printer
{
    FILE *out;
    bool json;
};

static void print_message(const struct printer *printer, const ProtobufCMessage *message);

static bool
is_shown(const struct record_kind *kind, const char *name)
{
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, " %s ", name);
    return strstr(kind->shown, wanted) != NULL;
}

/* Quoted, with everything escaped that could end the line, the string or confuse a terminal. */
static void
print_string(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\') {
            (void)fprintf(out, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7F) {
            (void)fprintf(out, "\\u%04x", byte);
        } else {
            (void)fputc(byte, out);
        }
    }
    (void)fputc('"', out);
}

static void
print_bytes(FILE *out, const ProtobufCBinaryData *bytes)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < bytes->len; i++) {
        (void)fprintf(out, "%02X", bytes->data[i]);
    }
    (void)fputc('"', out);
}

static void
print_enum(const struct printer *printer, const ProtobufCFieldDescriptor *field, int value)
{
    const ProtobufCEnumValue *word = protobuf_c_enum_descriptor_get_value(field->descriptor, value);
    const char *quote = printer->json ? "\"" : "";
    if (word != NULL) {
        (void)fprintf(printer->out, "%s%s%s", quote, word->name, quote);
    } else {
        (void)fprintf(printer->out, "%d", value);
    }
}

static void
print_value(const struct printer *printer, const ProtobufCFieldDescriptor *field,
            const void *member)
{
    FILE *out = printer->out;
    switch (field->type) {
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32:
            (void)fprintf(out, "%" PRId32, *(const int32_t *)member);
            break;
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32:
            (void)fprintf(out, "%" PRIu32, *(const uint32_t *)member);
            break;
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
            (void)fprintf(out, "%" PRId64, *(const int64_t *)member);
            break;
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64: /* quoted in JSON: beyond 2^53 readers lose digits */
            (void)fprintf(out, printer->json ? "\"%" PRIu64 "\"" : "%" PRIu64,
                          *(const uint64_t *)member);
            break;
        case PROTOBUF_C_TYPE_FLOAT:
            (void)fprintf(out, "%.9g", (double)*(const float *)member);
            break;
        case PROTOBUF_C_TYPE_DOUBLE:
            (void)fprintf(out, "%.17g", *(const double *)member);
            break;
        case PROTOBUF_C_TYPE_BOOL:
            (void)fputs(*(const protobuf_c_boolean *)member ? "true" : "false", out);
            break;
        case PROTOBUF_C_TYPE_ENUM:
            print_enum(printer, field, *(const int *)member);
            break;
        case PROTOBUF_C_TYPE_STRING:
            print_string(out, *(char *const *)member);
            break;
        case PROTOBUF_C_TYPE_BYTES:
            print_bytes(out, member);
            break;
        case PROTOBUF_C_TYPE_MESSAGE:
            print_message(printer, *(ProtobufCMessage *const *)member);
            break;
    }
}

static size_t
value_bytes(ProtobufCType type)
{
    switch (type) {
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
        case PROTOBUF_C_TYPE_DOUBLE:
            return 8;
        case PROTOBUF_C_TYPE_BOOL:
            return sizeof(protobuf_c_boolean);
        case PROTOBUF_C_TYPE_STRING:
        case PROTOBUF_C_TYPE_MESSAGE:
            return sizeof(void *);
        case PROTOBUF_C_TYPE_BYTES:
            return sizeof(ProtobufCBinaryData);
        default:
            return 4;
    }
}

/* proto3: a field at its default was not sent and is not printed. */
static bool
is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    const void *member = base + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)(base + field->quantifier_offset) > 0;
    }
    switch (field->type) {
        case PROTOBUF_C_TYPE_STRING: {
            const char *text = *(char *const *)member;
            return text != NULL && text[0] != '\0';
        }
        case PROTOBUF_C_TYPE_BYTES:
            return ((const ProtobufCBinaryData *)member)->len > 0;
        case PROTOBUF_C_TYPE_MESSAGE:
            return *(ProtobufCMessage *const *)member != NULL;
        default: {
            static const char zeros[8];
            return memcmp(member, zeros, value_bytes(field->type)) != 0;
        }
    }
}

static void
print_field(const struct printer *printer, const ProtobufCMessage *message,
            const ProtobufCFieldDescriptor *field)
{
    FILE *out = printer->out;
    const char *member = (const char *)message + field->offset;
    (void)fprintf(out, printer->json ? "\"%s\":" : "%s=", field->name);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        print_value(printer, field, member);
        return;
    }
    size_t count =
        *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    const char *list = *(char *const *)(const void *)member;
    (void)fputc('[', out);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            (void)fputc(',', out);
        }
        print_value(printer, field, list + i * value_bytes(field->type));
    }
    (void)fputc(']', out);
}

/* A message within a message: only with personal data, so all of it. The nesting is the schema's,
 * three deep, whatever the input. */
static void
print_message(const struct printer *printer, const ProtobufCMessage *message)
{
    bool first = true;
    (void)fputc('{', printer->out);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (is_set(message, field)) {
            (void)fputs(first ? "" : printer->json ? "," : " ", printer->out);
            print_field(printer, message, field);
            first = false;
        }
    }
    (void)fputc('}', printer->out);
}

static void
print_body(const struct printer *printer, const struct record_kind *kind,
           const ProtobufCMessage *message, bool personal)
{
    const char *separator = printer->json ? "," : " ";
    bool hidden = false;
    for (unsigned i = 0; i < kind->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &kind->descriptor->fields[i];
        if (!is_set(message, field)) {
            continue;
        }
        if (personal || is_shown(kind, field->name)) {
            (void)fputs(separator, printer->out);
            print_field(printer, message, field);
        } else {
            hidden = true;
        }
    }
    if (!hidden) {
        return;
    }
    (void)fprintf(printer->out, "%s%s", separator, printer->json ? "\"hidden\":[" : "hidden=");
    bool first = true;
    for (unsigned i = 0; i < kind->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &kind->descriptor->fields[i];
        if (is_set(message, field) && !is_shown(kind, field->name)) {
            const char *quote = printer->json ? "\"" : "";
            (void)fprintf(printer->out, "%s%s%s%s", first ? "" : ",", quote, field->name, quote);
            first = false;
        }
    }
    (void)fputs(printer->json ? "]" : "", printer->out);
}

void
journal_print_record(FILE *out, const struct flow_record *record, bool acknowledged, bool json,
                     bool personal)
{
    static const struct record_kind unknown = {.name = "?"};
    const struct record_kind *kind = record->type > RECORD_NONE && record->type < RECORD_TYPE_COUNT
                                         ? &kinds[record->type]
                                         : &unknown;
    const struct printer printer = {.out = out, .json = json};
    char time[CLOCK_TEXT_SIZE];
    (void)clock_format(record->time_us, time);
    (void)fprintf(out,
                  json ? "{\"pos\":\"%" PRIu64 "\",\"time\":\"%s\",\"type\":\"%s\",\"bytes\":%zu"
                       : "%" PRIu64 " %s %s bytes=%zu",
                  record->pos, time, kind->name, record->size);
    if (!acknowledged) {
        (void)fputs(json ? ",\"acknowledged\":false" : " unacknowledged", out);
    }
    ProtobufCMessage *message =
        kind->descriptor == NULL
            ? NULL
            : protobuf_c_message_unpack(kind->descriptor, NULL, record->size, record->body);
    if (message != NULL) {
        print_body(&printer, kind, message, personal);
        protobuf_c_message_free_unpacked(message, NULL);
    } else {
        (void)fputs(json ? ",\"body\":\"not understood\"" : " body not understood", out);
    }
    (void)fputs(json ? "}\n" : "\n", out);
}
