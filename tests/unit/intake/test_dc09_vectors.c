/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worked examples of standards.md 1.10 (public, of independent panels and receivers) and 1.11
 * (made here), each a named case: read, decrypted, and where we are the ones who write it, written
 * byte for byte.
 */
#include "test_dc09_support.h"

static const uint8_t key_a[16] = {0xAB, 0xCD, 0xAB, 0xCD, 0xAB, 0xCD, 0xAB, 0xCD,
                                  0xAB, 0xCD, 0xAB, 0xCD, 0xAB, 0xCD, 0xAB, 0xCD};

static struct support_frame frame;

/* The clear answer to the frame just decoded. */
static void
check_ack(const char *expected)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_echo echo = dc09_echo_of(&frame.message);
    size_t size = dc09_encode_ack(&echo, NULL, NULL, 0, 0, reply, sizeof(reply));

    support_check_bytes(reply, size, expected);
}

static void
check_signal(enum signal_kind kind, bool restore, const char *code, const char *zone)
{
    struct dc09_signal signal;

    dc09_interpret(&frame.message, &signal);
    cr_assert_eq(signal.kind, kind, "%s", signal_kind_text((int)signal.kind));
    cr_assert_eq(signal.restore, restore);
    cr_assert_str_eq(signal.code, code);
    cr_assert_str_eq(signal.zone, zone);
}

Test(dc09_vectors_public, periodic_test_in_contact_id)
{
    support_decode(&frame, "9EC40027\"ADM-CID\"0001L0#1002[#1002|1602 00 001]");
    cr_assert_eq(frame.message.token, DC09_TOKEN_ADM_CID);
    support_check_view(frame.message.account, "1002");
    check_signal(SIGNAL_TEST, false, "CID 1602", "001");
}

Test(dc09_vectors_public, cancel_in_contact_id)
{
    support_decode(&frame, "20BD0027\"ADM-CID\"0028L0#1001[#1001|1406 03 004]");
    cr_assert_eq(frame.message.sequence, 28);
    check_signal(SIGNAL_CANCEL, false, "CID 1406", "3/004");
}

Test(dc09_vectors_public, program_mode_and_its_ack)
{
    support_decode(&frame, "B0AC0027\"ADM-CID\"0001L0#7099[#7099|1628 01 000]");
    check_signal(SIGNAL_FAULT, false, "CID 1628", "1/000");
    check_ack("A62A0012\"ACK\"0001L0#7099[]");
}

Test(dc09_vectors_public, power_up_with_text_behind_a_bar)
{
    struct dc09_signal signal;

    support_decode(&frame, "F4D20029\"SIA-DCS\"0001RF3L77#1234[#1234|NRR|Atest]");
    support_check_view(frame.message.receiver, "F3");
    support_check_view(frame.message.prefix, "77");
    support_check_view(frame.message.head, "RF3L77#1234");
    dc09_interpret(&frame.message, &signal);
    cr_assert_str_eq(signal.code, "SIA RR");
    cr_assert_str_eq(signal.text, "test");
}

Test(dc09_vectors_public, fire_with_a_timestamp)
{
    support_decode(&frame, "B2220037\"SIA-DCS\"0001L0#1234[#1234|NFA0001]_03:04:05,01-02-2024");
    check_signal(SIGNAL_FIRE, false, "SIA FA", "0001");
    cr_assert_eq(frame.message.time_state, DC09_TIME_VALID);
    cr_assert_eq(frame.message.time_us, INT64_C(1704164645000000));
}

Test(dc09_vectors_public, burglary_without_slash_and_with_words)
{
    struct dc09_signal signal;

    support_decode(&frame, "01CD005F\"SIA-DCS\"1783L0#000110[#000110|Nri1BA503^Volum.Taverna   "
                           "Appartam.Giorno ^]_11:49:27,01-20-2022");
    check_signal(SIGNAL_INTRUSION, false, "SIA BA", "1/503");
    dc09_interpret(&frame.message, &signal);
    cr_assert_str_eq(signal.text, "Volum.Taverna   Appartam.Giorno");
}

Test(dc09_vectors_public, lower_case_length_and_xdata_that_is_no_longitude)
{
    struct dc09_position position;

    support_decode(&frame, "7C37006b\"SIA-DCS\"0000RC0FFDL1234#080027E62A64[#080027E62A64|NHB0003]"
                           "[X115000][X115000][X115000]_13:53:11,06-22-2015");
    cr_assert_eq(frame.message.xdata_count, 3);
    support_check_view(frame.message.xdata[2].value, "115000");
    cr_assert(!dc09_xdata_position(&frame.message, &position));
    check_signal(SIGNAL_BYPASS, false, "SIA HB", "0003");
}

Test(dc09_vectors_public, link_test_of_a_panel_that_sends_no_receiver_number)
{
    support_decode(&frame, "EA740027\"NULL\"0000L0#1409[]_20:38:07,08-27-2026");
    cr_assert_eq(frame.message.token, DC09_TOKEN_NULL);
    cr_assert_null(frame.message.receiver.data);
    check_ack("59890012\"ACK\"0000L0#1409[]"); /* no invented R0: that dropped real panels */
}

Test(dc09_vectors_public, link_test_with_receiver_number)
{
    support_decode(&frame, "596E0024\"NULL\"0000RC0FFDL1234#080027E62A64[]");
    support_check_view(frame.message.head, "RC0FFDL1234#080027E62A64");
    cr_assert_eq(frame.message.payload.size, 0);
}

Test(dc09_vectors_public, ack_with_timestamp)
{
    support_decode(&frame, "2729002e\"ACK\"0001L0#080027E62A64[]_16:07:07,04-14-2015");
    cr_assert_eq(frame.message.token, DC09_TOKEN_ACK);
}

Test(dc09_vectors_public, nak_read_and_written)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_echo echo = {0};

    support_decode(&frame, "3C830025\"NAK\"0000R0L0A0[]_16:09:09,04-14-2015");
    cr_assert_eq(frame.message.token, DC09_TOKEN_NAK);
    cr_assert_eq(frame.message.account.size, 0u);
    size_t size = dc09_encode_nak(&echo, frame.message.time_us, reply, sizeof(reply));
    support_check_bytes(reply, size, "3C830025\"NAK\"0000R0L0A0[]_16:09:09,04-14-2015");
}

Test(dc09_vectors_public, another_nak)
{
    support_decode(&frame, "E4410025\"NAK\"0000R0L0A0[]_16:20:01,09-24-2025");
    cr_assert_eq(frame.message.time_us, INT64_C(1758730801000000));
}

Test(dc09_vectors_public, duh_read_and_written)
{
    uint8_t reply[DC09_REPLY_MAX];

    support_decode(&frame, "14140023\"DUH\"0045RC0FFDL1234#080027E62A64[]");
    cr_assert_eq(frame.message.token, DC09_TOKEN_DUH);
    struct dc09_echo echo = dc09_echo_of(&frame.message);
    size_t size = dc09_encode_duh(&echo, reply, sizeof(reply));
    support_check_bytes(reply, size, "14140023\"DUH\"0045RC0FFDL1234#080027E62A64[]");
}

Test(dc09_vectors_public, response_of_a_receiver)
{
    support_decode(&frame, "FE8F0055\"RSP\"0045RC0FFDL1234#080027E62A64[#080027E62A64|NHB0003]"
                           "[X115000]_15:15:25,06-22-2015");
    cr_assert_eq(frame.message.token, DC09_TOKEN_RSP);
}

Test(dc09_vectors_public, link_test_with_data)
{
    support_decode(&frame, "CA2F0038\"NULL\"0000L0#7890[#0000|0000 00 000]_22:13:29,12-29-2022");
    cr_assert_eq(frame.message.token, DC09_TOKEN_NULL);
    support_check_view(frame.message.account, "7890");
    cr_assert(frame.message.oddities & DC09_ODD_ACCOUNT_DIFFERS);
}

Test(dc09_vectors_public, encrypted_event_with_binary_padding)
{
    support_open(
        &frame,
        "E88800a7\"*SIA-DCS\"0000RC0FFDL1234#080027E62A64["
        "A054F111518361720BAB126501C6D994CD9151D2C84881C0FEA933A0790F49A9236EBD45F2AED32FAA"
        "252EB1AA18FC3CDEDE2452F33185E5931D31308D9B9882",
        key_a, 16);
    support_check_view(frame.message.payload, "NHB0003");
    cr_assert_eq(frame.message.xdata[0].letter, 'E');
    support_check_view(frame.message.time_text, "15:12:40,06-22-2015");
}

Test(dc09_vectors_public, encrypted_link_test_with_bar)
{
    support_open(&frame,
                 "CAC10064\"*NULL\"0000RC0FFDL1234#080027E62A64["
                 "70D7DC480FA7DC0DE428CE02447BA2E2981A161EA14CB780D2CD917208059E11",
                 key_a, 16);
    cr_assert_eq(frame.message.payload.size, 0);
    support_check_view(frame.message.time_text, "13:43:09,06-22-2015");
}

Test(dc09_vectors_public, encrypted_ack)
{
    support_open(&frame,
                 "E34C0062\"*ACK\"0001R5678L1234#080027E62A64["
                 "14F088FF5DCB19D1908069507EAB97C7CDB20F1C6EFA550BB59864D54B2DFA1C",
                 key_a, 16);
    support_check_view(frame.message.time_text, "16:08:12,04-14-2015");
}

Test(dc09_vectors_public, encrypted_response)
{
    support_open(
        &frame,
        "31DF00a3\"*RSP\"0045RC0FFDL1234#080027E62A64["
        "19FCB2E3728C1FC31FEC939DC94ED87E6E1A812499644D92F46DB3D17C73A9305CA2C859F0AC37EF4C"
        "3DD3EB3930D6F7E6A2F6F3E016DEA5EF4766F079CA014D",
        key_a, 16);
    support_check_view(frame.message.payload, "NHB0003");
    support_check_view(frame.message.time_text, "15:35:51,06-22-2015");
}

Test(dc09_vectors_public, encrypted_link_test_without_bar)
{
    support_open(&frame,
                 "76D80055\"*NULL\"0000R0L0#AAAB["
                 "B4BC8B40D0E6D959D6BEA78E88CC0B2155741A3C44FBB96D476A3E557CAD64D9",
                 (const uint8_t *)"AAAAAAAAAAAAAAAA", 16);
    cr_assert_eq(frame.message.payload.size, 0);
    support_check_view(frame.message.time_text, "18:24:52,07-05-2020");
}

Test(dc09_vectors_own, press_in_sia_and_its_ack)
{
    support_decode(&frame, "B472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]");
    check_signal(SIGNAL_PANIC, false, "SIA PA", "1/001");
    check_ack("BCF20014\"ACK\"0001L0#A10001[]");
}

Test(dc09_vectors_own, press_in_contact_id_with_position_and_words)
{
    struct dc09_position position;
    struct dc09_signal signal;

    support_decode(&frame, "60A20062\"ADM-CID\"0002L0#A10001[#A10001|1120 01 001][X003W10.7454]"
                           "[Y51N28.8949][IPANIC]_12:00:00,11-22-2026");
    check_signal(SIGNAL_PANIC, false, "CID 1120", "1/001");
    dc09_interpret(&frame.message, &signal);
    cr_assert_str_eq(signal.text, "PANIC");
    cr_assert(dc09_xdata_position(&frame.message, &position));
    cr_assert_float_eq(position.latitude, 51.48158, 0.00001);
    cr_assert_float_eq(position.longitude, -3.17909, 0.00001);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
}

Test(dc09_vectors_own, link_test_and_its_ack)
{
    support_decode(&frame, "BD5B0029\"NULL\"0000L0#A10001[]_12:00:00,11-22-2026");
    check_ack("7F0F0014\"ACK\"0000L0#A10001[]");
}

Test(dc09_vectors_own, nak)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_echo echo = {.sequence = 7, .encrypted = true};
    size_t size = dc09_encode_nak(&echo, SUPPORT_NOON, reply, sizeof(reply));

    support_check_bytes(reply, size, "150A0025\"NAK\"0000R0L0A0[]_12:00:00,11-22-2026");
}

Test(dc09_vectors_own, duh)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_echo echo = {.sequence = 2, .head_size = 9, .head = "L0#A10001"};
    size_t size = dc09_encode_duh(&echo, reply, sizeof(reply));

    support_check_bytes(reply, size, "C82E0014\"DUH\"0002L0#A10001[]");
}

/* Both directions: the vector opens, and the encoder with the same padding writes the same bytes.
 */
static void
check_both_ways(const char *token, unsigned sequence, const char *data, size_t key_size,
                const char *text)
{
    uint8_t bytes[DC09_FRAME_MAX];
    struct dc09_outgoing outgoing = {.token = token,
                                     .sequence = sequence,
                                     .head = support_view("L0#A10001"),
                                     .data = support_view(data),
                                     .timed = true,
                                     .time_us = SUPPORT_NOON,
                                     .key = SUPPORT_KEY,
                                     .key_size = key_size,
                                     .bar = strcmp(token, "NULL") == 0};

    support_open(&frame, text, SUPPORT_KEY, key_size);
    support_check_view(frame.message.payload, data[0] == '#' ? strchr(data, '|') + 1 : data);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    cr_assert_eq(dc09_cipher_create(&outgoing.cipher), ERROR_NONE);
    dc09_cipher_set_pad(outgoing.cipher, SUPPORT_PAD);
    size_t size = dc09_encode(&outgoing, bytes, sizeof(bytes));
    dc09_cipher_free(outgoing.cipher);
    support_check_bytes(bytes, size, text);
}

Test(dc09_vectors_own, aes_128_sia)
{
    check_both_ways("SIA-DCS", 3, "#A10001|Nri1/PA001", 16,
                    "D6260078\"*SIA-DCS\"0003L0#A10001["
                    "9415C3172AAFB6F181D7B033A99FE70F7F9CB6B01EDA444A95778716223E8F70"
                    "5129F3F69DDC47F97F25792ADE21506E");
}

Test(dc09_vectors_own, aes_128_contact_id)
{
    check_both_ways("ADM-CID", 4, "#A10001|1120 01 001", 16,
                    "0D030078\"*ADM-CID\"0004L0#A10001["
                    "4889718181ED52FD1D29E42648F84F783949AFC367688845D26612026733F275"
                    "B484C900F1EEBD9C1CDDBC0FFC6CBC4F");
}

Test(dc09_vectors_own, aes_128_link_test_with_bar)
{
    check_both_ways("NULL", 0, "", 16,
                    "A30F0055\"*NULL\"0000L0#A10001["
                    "D6BC1555D3C8F54AB18E75FB6192B112C9E48389B36B7684CDC275766B9B3441");
}

Test(dc09_vectors_own, aes_128_ack_is_what_we_answer)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_cipher *cipher = NULL;
    const char *ack = "98700054\"*ACK\"0003L0#A10001["
                      "F4AFA4CB59BD27118123C4C8C7B2E84CBC12846F9CE9DF4E3CB7EA1EB2954CC9";

    check_both_ways("ACK", 3, "", 16, ack);
    support_open(&frame,
                 "D6260078\"*SIA-DCS\"0003L0#A10001["
                 "9415C3172AAFB6F181D7B033A99FE70F7F9CB6B01EDA444A95778716223E8F70"
                 "5129F3F69DDC47F97F25792ADE21506E",
                 SUPPORT_KEY, 16);
    struct dc09_echo echo = dc09_echo_of(&frame.message);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    dc09_cipher_set_pad(cipher, SUPPORT_PAD);
    size_t size =
        dc09_encode_ack(&echo, cipher, SUPPORT_KEY, 16, SUPPORT_NOON, reply, sizeof(reply));
    dc09_cipher_free(cipher);
    support_check_bytes(reply, size, ack);
}

Test(dc09_vectors_own, aes_192_contact_id)
{
    check_both_ways("ADM-CID", 4, "#A10001|1120 01 001", 24,
                    "E6700078\"*ADM-CID\"0004L0#A10001["
                    "83178FA8F9D22CCE9091E45C8303C0878A1CE17D8489F6AA8E7FA1B9A8CF2405"
                    "9B1521AEFBC3BEC7633630585C8215C6");
}

Test(dc09_vectors_own, aes_256_sia)
{
    check_both_ways("SIA-DCS", 3, "#A10001|Nri1/PA001", 32,
                    "48350078\"*SIA-DCS\"0003L0#A10001["
                    "DC7B9C8E4AC4D23A3916782F12BDB21E7909CAC963D531F62B9AD71E1F6AFE9D"
                    "B546C53CDF88CAED535B62130A1A15AD");
}

Test(dc09_vectors_own, aes_256_contact_id)
{
    check_both_ways("ADM-CID", 4, "#A10001|1120 01 001", 32,
                    "09FF0078\"*ADM-CID\"0004L0#A10001["
                    "63899B8C7033B36B255D0AA304016911B6863300D7C8052473687534CED78462"
                    "DBCD7742ED4A0B384CC3F6684B60114F");
}
