/* SPDX-License-Identifier: Apache-2.0 */
/* What stream.c and stream_out.c share. */
#ifndef INTAKE_STREAM_INTERNAL_H
#define INTAKE_STREAM_INTERNAL_H

#include "intake/stream.h"

#define STREAM_MAGIC 0x5354524Du

/* Sends what a TLS call left in the shared buffer. */
enum error stream_flush(struct stream *stream) MUST_USE;
/* Tells the owner once that the stream is broken. */
void stream_fail(struct stream *stream, enum error error);

#endif
