/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DC-09 panels for the rig: frames made with the panel's half of the codec, answers read and
 * opened. Registered are A10001 (with a key), 1111, 2222 and 3333 (without); slots 11 to 14.
 */
#ifndef RIG_DC09_H
#define RIG_DC09_H

#include "intake/dc09_encode.h"
#include "intake/dc09_message.h"
#include "rig.h"

#define PRESS "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r"
#define PRESS_ACK "\nBCF20014\"ACK\"0001L0#A10001[]\r"
#define PRESS_2 "\nB471002A\"SIA-DCS\"0002L0#A10001[#A10001|Nri1/PA002]\r"
#define PRESS_2_ACK "\nB8F60014\"ACK\"0002L0#A10001[]\r"
#define PRESS_3 "\n7471002A\"SIA-DCS\"0003L0#A10001[#A10001|Nri1/PA003]\r"
#define PRESS_3_ACK "\n7B0B0014\"ACK\"0003L0#A10001[]\r"
#define RIG_SLOT_1111 12

/* A rig whose worker has the registry. */
struct rig *rig_dc09_start(void (*change)(struct intake_options *options));
void rig_dc09_stop(struct rig *rig);

/* The registry of the header, the accounts changed by `edit` first (NULL: as they are). */
void rig_dc09_publish(struct rig *rig, void (*edit)(struct registry_account *account));

/* A frame at `to`, DC09_FRAME_MAX bytes; returns its size. Encrypted with A10001's key. `time_us`
 * 0: no timestamp. `payload` "": no data. */
size_t rig_frame(uint8_t *to, const char *token, unsigned sequence, const char *account,
                 const char *payload, bool encrypted, int64_t time_us);
/* The same, sent. */
void rig_send_frame(int fd, const char *token, unsigned sequence, const char *account,
                    const char *payload, bool encrypted, int64_t time_us);

/* Reads one whole reply and returns its message, opened with the key when it is encrypted. A UDP
 * socket's next datagram must be it. */
struct dc09_message rig_read_reply(int fd);
/* Fails the test unless exactly these bytes come. */
void rig_expect(int fd, const char *reply);
/* Fails the test unless a link test of the account is acknowledged on this connection. */
void rig_expect_alive(int fd, const char *account);
/* Fails the test unless the peer ends in order: FIN, no reset. */
void rig_expect_end(int fd);

#endif
