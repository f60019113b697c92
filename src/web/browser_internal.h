/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of one browser's WebSocket, shared by browser.c and browser_queue.c. Loop thread. */
#ifndef WEB_BROWSER_INTERNAL_H
#define WEB_BROWSER_INTERNAL_H

#include "web/browser.h"

#define WEB_BROWSER_MAGIC 0x57425257u

struct web_queue_item
{
    struct web_queue_item *next;
    struct web_text *text;
};

/* Texts on their way to one browser. */
struct web_queue
{
    struct web_queue_item *first;
    struct web_queue_item *last;
    size_t bytes;
};

enum web_browser_state
{
    WEB_BROWSER_NEW,      /* no Hello yet */
    WEB_BROWSER_CHECKING, /* Hello came; larwmd is asked who this is */
    WEB_BROWSER_OPEN,     /* a session with larwmd is open or being opened */
    WEB_BROWSER_ENDING,   /* close_code goes out next */
    WEB_BROWSER_ENDED,    /* it is out; the browser answers or is cut off */
};

struct web_browser
{
    uint32_t magic;
    enum web_browser_state state;
    struct web_gateway *gateway;
    struct lws *wsi;
    struct web_browser *next;
    struct web_session session;
    struct web_query *query;       /* open question, or NULL */
    struct console_client *client; /* OPEN, or NULL */
    bool watch;                    /* of the Hello */
    bool on_duty;
    uint64_t stream;
    uint64_t after;
    char *incoming; /* a frame that comes in fragments */
    size_t incoming_size;
    struct web_queue queue;
    bool paused;
    unsigned close_code;
};

/* ERROR_MEMORY, ERROR_FULL (WEB_QUEUE_MAX). Takes the caller's reference in every case. */
enum error web_queue_put(struct web_queue *queue, struct web_text *text) MUST_USE;
/* The next text with its reference, or NULL. */
struct web_text *web_queue_take(struct web_queue *queue);
void web_queue_clear(struct web_queue *queue);

/* Closes the WebSocket with `code` at the next turn; what waits is not sent. */
void web_browser_end(struct web_browser *browser, unsigned code);
/* larwmd's side: asks who this is, then opens the session. */
void web_browser_join(struct web_browser *browser);
/* Asks again whether the user may be here; ends the WebSocket if not. */
void web_browser_recheck(struct web_browser *browser);

#endif
