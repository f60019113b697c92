/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAP 1.2 in a spool directory, for forces reached by another program's transport and for trials:
 * endpoint file:///DIRECTORY. A document becomes DIRECTORY/<identifier>.xml (written aside, synced,
 * then renamed, so that a reader never sees half of it); the answer is looked for in
 * DIRECTORY/<identifier>.answer.xml. Files are mode 0600: they hold personal data.
 */
#ifndef POLICE_ADAPTER_FILE_H
#define POLICE_ADAPTER_FILE_H

#include "police/adapter.h"

#include <uv.h>

/* `config` must outlive the adapter. ERROR_MEMORY. */
enum error police_adapter_file_open(uv_loop_t *loop, const struct police_config *config,
                                    struct police_adapter **ret_adapter) MUST_USE;

#endif
