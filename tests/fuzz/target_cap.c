/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a control room answers, and what we write to it. First byte of the input: bits 0 and 1
 * choose a whole document (0), a good answer with the input as its note (1), as its references (2),
 * or a message of ours with the input as its texts (3); bit 2 makes the answer an Error.
 *
 * Promises: an answer that is taken is Ack or Error, refers to us, and its note is one line of
 * UTF-8 a terminal can show; an Error has one; whatever the texts, what we write is a CAP document
 * in order, and the same each time; a failure says why and leaves the answer as it was.
 */
#include "base/text.h"
#include "fuzz_core.h"
#include "police/cap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX (CAP_ANSWER + 4096)
#define SENDER "gateway@larwm.test.invalid"
#define TRIPLE SENDER ",larwm-1-7,2025-11-22T02:00:00+00:00"
#define HEAD                                                                                       \
    "<?xml version=\"1.0\"?>\n<alert xmlns=\"" CAP_NAMESPACE "\"><identifier>a-1</identifier>"     \
    "<sender>room@test.invalid</sender><sent>2025-11-22T02:00:01+00:00</sent>"                     \
    "<status>Actual</status><msgType>%s</msgType><scope>Private</scope>"                           \
    "<addresses>gateway@larwm.test.invalid</addresses>"

static const struct cap_reference ours = {
    .sender = SENDER, .identifier = "larwm-1-7", .sent_us = INT64_C(1763776800123456)};

static enum error
read_answer(const char *bytes, size_t size, struct cap_answer *answer)
{
    struct cap_answer again;
    const char *why = NULL;
    memset(answer, 0x55, sizeof *answer);
    memset(&again, 0x55, sizeof again);
    enum error error = cap_read(bytes, size, &ours, answer, &why);
    FUZZ_CHECK(cap_read(bytes, size, &ours, &again, &why) == error);
    if (error != ERROR_NONE) {
        FUZZ_CHECK(why != NULL && why[0] != '\0');
        FUZZ_CHECK(memcmp(answer, &again, sizeof again) == 0 && answer->note[0] == 0x55);
        return error;
    }
    FUZZ_CHECK(answer->accepted == again.accepted && strcmp(answer->note, again.note) == 0);
    fuzz_check_text(answer->note, sizeof answer->note);
    FUZZ_CHECK(answer->accepted || answer->note[0] != '\0');
    return error;
}

static void
take_document(const char *bytes, size_t size)
{
    struct cap_answer answer;
    if (read_answer(bytes, size, &answer) != ERROR_NONE) {
        return;
    }
    /* Only where nothing is written in another way can the words be looked for. */
    if (memchr(bytes, '&', size) == NULL && memmem(bytes, size, "encoding", 8) == NULL &&
        text_is_utf8(bytes, size) && memmem(bytes, size, "<!", 2) == NULL &&
        memmem(bytes, size, "<?", 2) == memmem(bytes, size, "<?xml", 5)) {
        FUZZ_CHECK(memmem(bytes, size, TRIPLE, strlen(TRIPLE)) != NULL);
        FUZZ_CHECK(memmem(bytes, size, answer.accepted ? "Ack" : "Error", 3) != NULL);
    }
}

/* The text as XML writes it: its special characters by their names. */
static size_t
put_escaped(char *to, size_t room, const uint8_t *bytes, size_t size)
{
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < size && used + 8 < room; i++) {
        char one[2] = {(char)bytes[i], '\0'};
        const char *word = bytes[i] == '<' ? "&lt;" : bytes[i] == '>' ? "&gt;" : one;
        text_append(to, room, &used, "%s", bytes[i] == '&' ? "&amp;" : word);
    }
    return used;
}

static void
take_part(bool references, bool refused, const uint8_t *bytes, size_t size)
{
    static char text[DOCUMENT_MAX];
    static char part[DOCUMENT_MAX / 2];
    size_t used = 0;
    (void)put_escaped(part, sizeof part, bytes, size);
    text_append(text, sizeof text, &used, HEAD, refused ? "Error" : "Ack");
    text_append(text, sizeof text, &used, "<note>%s</note>", references ? "L 1" : part);
    text_append(text, sizeof text, &used, "<references>%s</references></alert>",
                references ? part : TRIPLE);
    struct cap_answer answer;
    enum error error = read_answer(text, used, &answer);
    if (error == ERROR_NONE) {
        FUZZ_CHECK(answer.accepted == !refused);
        FUZZ_CHECK(!references || strstr(part, TRIPLE) != NULL);
    }
    /* a plain note must arrive */
    bool plain = size > 0;
    for (size_t i = 0; i < size; i++) {
        plain = plain && bytes[i] > 0x20 && bytes[i] < 0x7F;
    }
    if (plain && !references && size < CAP_NOTE) {
        FUZZ_CHECK(error == ERROR_NONE && strlen(answer.note) == size);
        FUZZ_CHECK(memcmp(answer.note, bytes, size) == 0);
    }
}

static void
take_text(struct fuzz_input *input, char *to, size_t room)
{
    size_t size = fuzz_take_16(input) % room;
    const uint8_t *bytes = fuzz_take_bytes(input, &size);
    memcpy(to, bytes, size);
    to[size] = '\0';
}

static void
take_notice(struct fuzz_input *input)
{
    static char document[CAP_DOCUMENT];
    static char again[CAP_DOCUMENT];
    static const char *const lines[] = {"",
                                        "PERSON: ", "ADDRESS: ", "POSITION: ", "POLICE MARKER: "};
    struct police_notice notice = {.kind = (enum police_kind)(fuzz_take_8(input) % 3),
                                   .identifier = "larwm-1-7",
                                   .alert_identifier = "larwm-1-7",
                                   .sent_us = (int64_t)fuzz_take_16(input) * 86400000000,
                                   .reference = "1-7"};
    notice.update_no = notice.kind == POLICE_UPDATE;
    notice.alert_sent_us = notice.sent_us;
    notice.unverified_since_us = (int64_t)fuzz_take_8(input) * 1000000;
    notice.reason = (enum escalation_reason)(fuzz_take_8(input) % 4);
    char *text = notice.text;
    const char *line = lines[fuzz_take_8(input) % 5];
    size_t front = strlen(line);
    memcpy(text, line, front);
    take_text(input, text + front, sizeof notice.text - front);
    take_text(input, notice.news, notice.kind == POLICE_ALERT ? 1 : sizeof notice.news);
    police_facts_read(notice.text, &notice.facts);
    size_t size = 0;
    size_t size_again = 0;
    enum error error = cap_write(&notice, SENDER, "room@test.invalid", document, &size);
    FUZZ_CHECK(cap_write(&notice, SENDER, "room@test.invalid", again, &size_again) == error);
    FUZZ_CHECK(error == ERROR_NONE || error == ERROR_TOO_LARGE);
    if (error == ERROR_NONE) {
        struct cap_answer answer;
        FUZZ_CHECK(size == size_again && memcmp(document, again, size) == 0);
        FUZZ_CHECK(size == strlen(document) && text_is_utf8(document, size));
        /* in order and whole, so all that is wrong with it is that it is no answer */
        FUZZ_CHECK(read_answer(document, size, &answer) == ERROR_UNSUPPORTED);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct fuzz_input input = {data, data + size};
    if (!ready) {
        cap_init();
        ready = true;
    }
    unsigned mode = fuzz_take_8(&input);
    size_t left = (size_t)(input.end - input.at);
    if ((mode & 3) == 0) {
        uint8_t *bytes = fuzz_copy(input.at, left);
        take_document((const char *)bytes, left);
        free(bytes);
    } else if ((mode & 3) == 3) {
        take_notice(&input);
    } else {
        take_part((mode & 3) == 2, (mode & 4) != 0, input.at, left);
    }
    return 0;
}
