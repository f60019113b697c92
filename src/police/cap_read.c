/* SPDX-License-Identifier: Apache-2.0 */
#include "police/cap.h"

#include "base/require.h"
#include "base/text.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

/* The children of `alert`, in the order CAP demands. */
enum cap_part
{
    CAP_IDENTIFIER,
    CAP_SENDER,
    CAP_SENT,
    CAP_STATUS,
    CAP_TYPE,
    CAP_SOURCE,
    CAP_SCOPE,
    CAP_RESTRICTION,
    CAP_ADDRESSES,
    CAP_CODE, /* may repeat */
    CAP_NOTE_PART,
    CAP_REFERENCES,
    CAP_INCIDENTS,
    CAP_INFO, /* may repeat; of no interest in an answer */
    CAP_PARTS,
};

static const char *const cap_part_names[CAP_PARTS] = {
    "identifier",  "sender",    "sent", "status", "msgType",    "source",    "scope",
    "restriction", "addresses", "code", "note",   "references", "incidents", "info"};

struct cap_reader
{
    xmlDocPtr document;
    xmlChar *parts[CAP_PARTS]; /* text, or NULL */
    const char *why;
};

void
cap_init(void)
{
    LIBXML_TEST_VERSION
    xmlInitParser();
}

void
cap_end(void)
{
    xmlCleanupParser();
}

static enum error
cap_fail(struct cap_reader *reader, enum error error, const char *why)
{
    reader->why = why;
    return error;
}

/* A document type declaration is the door to entities; CAP has none. */
static void
cap_on_doctype(void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    xmlParserCtxtPtr parser = data;
    parser->wellFormed = 0;
    xmlStopParser(parser);
}

static void
cap_on_error(void *data, xmlErrorPtr error)
{
    (void)data; /* its text may quote the document */
    (void)error;
}

static enum error
cap_parse(struct cap_reader *reader, const char *bytes, size_t size)
{
    if (size == 0) {
        return cap_fail(reader, ERROR_MALFORMED, "an empty answer");
    }
    if (size > CAP_ANSWER) {
        return cap_fail(reader, ERROR_TOO_LARGE, "an answer over 64 KiB");
    }
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (parser == NULL) {
        return cap_fail(reader, ERROR_MEMORY, "out of memory");
    }
    parser->sax->internalSubset = cap_on_doctype;
    parser->sax->serror = cap_on_error;
    reader->document = xmlCtxtReadMemory(parser, bytes, (int)size, NULL, NULL,
                                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool good = reader->document != NULL && parser->wellFormed != 0;
    xmlFreeParserCtxt(parser);
    return good ? ERROR_NONE : cap_fail(reader, ERROR_MALFORMED, "an answer that is not plain XML");
}

/* Walks without recursion: the document is somebody else's. */
static bool
cap_is_shallow(xmlNodePtr root)
{
    int depth = 1;
    for (xmlNodePtr node = root; node != NULL;) {
        if (node->children != NULL && node->type == XML_ELEMENT_NODE) {
            node = node->children;
            depth++;
            if (depth > CAP_DEPTH_MAX) {
                return false;
            }
            continue;
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
            depth--;
        }
        if (node == root) {
            return true;
        }
        node = node->next;
    }
    return true;
}

static bool
cap_is_named(xmlNodePtr node, const char *name)
{
    return node->ns != NULL && xmlStrcmp(node->ns->href, BAD_CAST CAP_NAMESPACE) == 0 &&
           xmlStrcmp(node->name, BAD_CAST name) == 0;
}

static enum error
cap_take_part(struct cap_reader *reader, xmlNodePtr node, int *last)
{
    int part = 0;
    while (part < CAP_PARTS && !cap_is_named(node, cap_part_names[part])) {
        part++;
    }
    bool repeats = part == CAP_CODE || part == CAP_INFO;
    if (part == CAP_PARTS) {
        /* a signature of another namespace may close the document */
        bool foreign = node->ns != NULL && xmlStrcmp(node->ns->href, BAD_CAST CAP_NAMESPACE) != 0;
        *last = CAP_PARTS;
        return foreign ? ERROR_NONE
                       : cap_fail(reader, ERROR_MALFORMED, "an answer with an unknown element");
    }
    if (part < *last || (part == *last && !repeats)) {
        return cap_fail(reader, ERROR_MALFORMED, "an answer with its elements out of order");
    }
    *last = part;
    if (part != CAP_INFO && !repeats) {
        reader->parts[part] = xmlNodeGetContent(node);
    }
    return ERROR_NONE;
}

static enum error
cap_take_parts(struct cap_reader *reader)
{
    xmlNodePtr root = xmlDocGetRootElement(reader->document);
    int last = -1;
    if (root == NULL || !cap_is_named(root, "alert")) {
        return cap_fail(reader, ERROR_MALFORMED, "an answer that is not CAP 1.2");
    }
    if (!cap_is_shallow(root)) {
        return cap_fail(reader, ERROR_MALFORMED, "an answer nested too deeply");
    }
    for (xmlNodePtr node = root->children; node != NULL; node = node->next) {
        if (node->type == XML_ELEMENT_NODE) {
            enum error failed = cap_take_part(reader, node, &last);
            if (failed != ERROR_NONE) {
                return failed;
            }
        } else if (node->type == XML_TEXT_NODE && xmlIsBlankNode(node) == 0) {
            return cap_fail(reader, ERROR_MALFORMED, "an answer with stray text");
        }
    }
    return ERROR_NONE;
}

static const char *
cap_text(const struct cap_reader *reader, enum cap_part part)
{
    return reader->parts[part] == NULL ? "" : (const char *)reader->parts[part];
}

/* YYYY-MM-DDThh:mm:ss[+-]hh:mm and nothing else. */
static bool
cap_time_is_valid(const char *text)
{
    static const char shape[] = "0000-00-00T00:00:00+00:00";
    if (strlen(text) != sizeof shape - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        bool sign = shape[i] == '+' && (text[i] == '+' || text[i] == '-');
        if (shape[i] == '0' ? !digit : !(sign || text[i] == shape[i])) {
            return false;
        }
    }
    return true;
}

static bool
cap_is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum error
cap_check_parts(struct cap_reader *reader)
{
    static const char *const statuses[] = {"Actual", "Exercise", "System", "Test", "Draft"};
    static const char *const scopes[] = {"Public", "Restricted", "Private"};
    if (!cap_name_is_valid(cap_text(reader, CAP_IDENTIFIER)) ||
        !cap_name_is_valid(cap_text(reader, CAP_SENDER))) {
        return cap_fail(reader, ERROR_MALFORMED, "an answer without a proper identifier or sender");
    }
    if (!cap_time_is_valid(cap_text(reader, CAP_SENT))) {
        return cap_fail(reader, ERROR_MALFORMED, "an answer without a proper time");
    }
    if (!cap_is_one_of(cap_text(reader, CAP_STATUS), statuses, ARRAY_COUNT(statuses)) ||
        !cap_is_one_of(cap_text(reader, CAP_SCOPE), scopes, ARRAY_COUNT(scopes))) {
        return cap_fail(reader, ERROR_MALFORMED, "an answer without status or scope");
    }
    return ERROR_NONE;
}

/* Is our triple among the references? */
static bool
cap_refers(const char *references, const struct cap_reference *reference)
{
    char time[CAP_TIME];
    char triple[512];
    int size = snprintf(triple, sizeof triple, "%s,%s,%s", reference->sender, reference->identifier,
                        cap_time(reference->sent_us, time));
    if (size < 0 || (size_t)size >= sizeof triple) {
        return false;
    }
    while (*references != '\0') {
        size_t blank = strspn(references, " \t\r\n");
        references += blank;
        size_t length = strcspn(references, " \t\r\n");
        if (length == (size_t)size && memcmp(references, triple, length) == 0) {
            return true;
        }
        references += length;
    }
    return false;
}

/* One line without blanks at its ends. */
static void
cap_line(char to[CAP_NOTE], const char *from)
{
    (void)text_copy(to, CAP_NOTE, from + strspn(from, " \t\r\n"));
    text_blank_controls(to);
    for (size_t size = strlen(to); size > 0 && to[size - 1] == ' '; size--) {
        to[size - 1] = '\0';
    }
}

static enum error
cap_judge(struct cap_reader *reader, const struct cap_reference *reference,
          struct cap_answer *answer)
{
    const char *type = cap_text(reader, CAP_TYPE);
    bool refused = strcmp(type, "Error") == 0;
    if (strcmp(type, "Ack") != 0 && !refused) {
        return cap_fail(reader, ERROR_UNSUPPORTED, "an answer that is neither Ack nor Error");
    }
    if (!cap_refers(cap_text(reader, CAP_REFERENCES), reference)) {
        return cap_fail(reader, ERROR_NOT_FOUND, "an answer that does not refer to our message");
    }
    cap_line(answer->note, cap_text(reader, CAP_NOTE_PART));
    answer->accepted = !refused;
    if (refused && answer->note[0] == '\0') {
        return cap_fail(reader, ERROR_MALFORMED, "a rejection without a reason");
    }
    return ERROR_NONE;
}

enum error
cap_read(const char *bytes, size_t size, const struct cap_reference *reference,
         struct cap_answer *ret_answer, const char **ret_why)
{
    struct cap_reader reader = {.why = ""};
    struct cap_answer answer = {.accepted = false};
    enum error failed = cap_parse(&reader, bytes, size);
    if (failed == ERROR_NONE) {
        failed = cap_take_parts(&reader);
    }
    if (failed == ERROR_NONE) {
        failed = cap_check_parts(&reader);
    }
    if (failed == ERROR_NONE) {
        failed = cap_judge(&reader, reference, &answer);
    }
    for (int part = 0; part < CAP_PARTS; part++) {
        xmlFree(reader.parts[part]);
    }
    xmlFreeDoc(reader.document);
    if (failed != ERROR_NONE) {
        *ret_why = reader.why;
        return failed;
    }
    *ret_answer = answer;
    return ERROR_NONE;
}
