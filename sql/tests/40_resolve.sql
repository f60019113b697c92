-- Whose alarm it is: S1 to S4, S8, tenure-blind.
BEGIN;
\ir fixture.sql
SELECT plan(54);

-- S1: Mared, Swansea.
CREATE TEMPORARY TABLE s1 AS
SELECT * FROM pg_temp.press('T-SKY-01', '2016-11-12 02:13:00Z', '2016-11-12 02:13:01Z');
SELECT is(known AND unit_mobile AND silent, true, 'S1: a known mobile unit, silent by default')
  FROM s1;
SELECT is(unit_status, 'in_service', 'S1: unit status') FROM s1;
SELECT is(case_reference, 'XS-2016-0001', 'S1: her case') FROM s1;
SELECT is(person_name, 'Mared Test', 'S1: her name') FROM s1;
SELECT is(born, '1988-04-12', 'S1: born') FROM s1;
SELECT is(risk, 'high', 'S1: the newest risk') FROM s1;
SELECT is(hazards, ARRAY['first hazard', 'second hazard'], 'S1: hazards by rank') FROM s1;
SELECT is(household, ARRAY['girl, 4'], 'S1: the child with her age then') FROM s1;
SELECT is(address || ', ' || access_notes, '1 Test Row, back gate', 'S1: address and access')
  FROM s1;
SELECT is(marker_status || ' ' || marker_reference || ' ' || marker_force, 'active M1 t-south',
          'S1: marker active with its reference and force') FROM s1;
SELECT is(marker_valid_to, '2017-04-25'::timestamptz, 'S1: marker until') FROM s1;
SELECT is(force_code || ' ' || force_telephone, 't-south 01632 960901', 'S1: control room') FROM s1;
SELECT is(marac_at, '2016-10-22'::timestamptz, 'S1: MARAC') FROM s1;
SELECT is(police_consent || case_open, 'yestrue', 'S1: consent, open case') FROM s1;
SELECT is(allocation_from, '2016-10-25 10:00Z'::timestamptz, 'S1: held since') FROM s1;

-- REQ G8 TEST: tenure changes nothing but the word itself.
CREATE TEMPORARY TABLE blind AS SELECT 'private_rented' AS tenure, to_jsonb(s1) - 'tenure' AS card
  FROM s1;
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['council', 'rsl', 'owner_occupied', 'joint', 'refuge', 'unknown'] LOOP
        UPDATE larwm.property SET tenure = t WHERE reference = 'T-P-MARED';
        INSERT INTO blind SELECT t, to_jsonb(p) - 'tenure'
          FROM pg_temp.press('T-SKY-01', '2016-11-12 02:13:00Z', '2016-11-12 02:13:01Z') p;
    END LOOP;
END
$$;
SELECT is((SELECT count(DISTINCT card) FROM blind), 1::bigint, 'G8: tenure changes nothing');

-- S2: lapsed, withdrawn, none, the exact second.
SELECT is((SELECT marker_status FROM pg_temp.press('T-SKY-01', '2017-04-25', '2017-04-25')),
          'lapsed', 'S2e: at the exact second valid_to');
SELECT is((SELECT marker_status || ' ' || marker_reference
             FROM pg_temp.press('T-SKY-01', NULL, '2018-01-01')), 'lapsed M1', 'S2a: lapsed');
SELECT is((SELECT marker_status || ' ' || marker_withdrawn_reason
             FROM pg_temp.press('T-SKY-07', '2016-04-01', '2016-04-01')), 'withdrawn risk fell',
          'S2b: withdrawn');
SELECT is((SELECT marker_status FROM pg_temp.press('T-SKY-08', NULL, '2016-07-01')), 'none',
          'S2d: none');
SELECT is((SELECT marker_status FROM pg_temp.press('T-SKY-01', '2017-04-24 23:59:59Z',
                                                   '2017-04-25 00:10Z')),
          'active', 'S2: the event time decides, not the arrival');

-- S3: SKY-07, Ann until 3 May, Bethan from 5 May.
CREATE TEMPORARY TABLE s3a AS
SELECT * FROM pg_temp.press('T-SKY-07', '2016-05-06 20:40Z', '2016-05-06 20:40:01Z');
SELECT is(person_name || earlier_allocation, 'Bethan Testfalse', 'S3a: Bethan') FROM s3a;
SELECT unalike(s3a::text, '%Ann%', 'S3a: Ann appears nowhere') FROM s3a;
CREATE TEMPORARY TABLE s3b AS
SELECT * FROM pg_temp.press('T-SKY-07', '2016-05-02 12:00Z', '2016-05-06 21:00Z');
SELECT is(earlier_allocation, true, 'S3b: device time in an earlier allocation') FROM s3b;
SELECT unalike(s3b::text, '%Ann%', 'S3b: no earlier name') FROM s3b;
SELECT unalike(s3b::text, '%Bethan%', 'S3b: no present name either') FROM s3b;
SELECT is(coalesce(case_id, property_id) IS NULL AND marker_status = 'none', true,
          'S3b: no case, no place') FROM s3b;
SELECT is(force_code, 't-north', 'S3b: a control room all the same') FROM s3b;
SELECT alike(larwm.last_holder('T-SKY-07', '2016-05-02 12:00Z'),
             'Ann Test, XG-2016-0001, 2016-01-01 00:00 - 2016-05-03 10:00',
             'S3b: the reveal names Ann, in local time');
SELECT is(larwm.last_holder('T-SKY-07', '2015-01-01'), NULL, 'S3: nobody held it before');
SELECT is((SELECT person_name || holder_by_received
             FROM pg_temp.press('T-SKY-07', '2016-05-04 12:00Z', '2016-05-06 21:00Z')),
          'Bethan Testtrue', 'a device time in nobody''s allocation: the present holder');
SELECT is((SELECT person_name || holder_by_received
             FROM pg_temp.press('T-SKY-01', '1970-01-01', '2016-11-12')), 'Mared Testtrue',
          'R0: a wrong clock does not hide her');
SELECT is((SELECT event_at FROM pg_temp.press('T-SKY-01', '2016-11-12 03:00Z', '2016-11-12 02:00Z')),
          '2016-11-12 02:00Z'::timestamptz, 'a device time in the future is not believed');
SELECT is((SELECT event_at FROM pg_temp.press('T-SKY-01', '2016-11-12 02:01Z', '2016-11-12 02:00Z')),
          '2016-11-12 02:01Z'::timestamptz, 'a minute ahead still is');
-- The same case again is no other person.
INSERT INTO larwm.allocation (unit_id, case_id, during)
VALUES (pg_temp.unit_id('T-SKY-03'), pg_temp.case_id('XG-2016-0001'), '[2016-04-02,)');
SELECT is((SELECT person_name || earlier_allocation
             FROM pg_temp.press('T-SKY-03', '2016-03-01', '2016-04-03')), 'Ann Testfalse',
          'lent again to the same case: her identity is shown');
DELETE FROM larwm.allocation WHERE lower(during) = '2016-04-02';

-- S4: in store, lost, stolen, unknown.
SELECT is((SELECT unit_status || coalesce(case_reference, '-') || coalesce(address, '-')
             FROM pg_temp.press('T-SKY-03', NULL, '2016-07-01')), 'in_store--',
          'S4: a unit in store has no case and no place');
SELECT is((SELECT unit_status || linked_case || coalesce(person_name, '-')
             FROM pg_temp.press('T-SKY-04', NULL, '2016-07-01')), 'lostXG-2016-0001-',
          'S4: lost: linked case, no identity');
CREATE TEMPORARY TABLE s4 AS SELECT * FROM pg_temp.press('T-SKY-05', NULL, '2016-07-01');
SELECT is(linked_case, 'XG-2016-0002', 'S4: stolen: the last holder''s case is told') FROM s4;
SELECT unalike(s4::text, '%Test Row%', 'S4: stolen: her address appears nowhere') FROM s4;
SELECT is((SELECT known::text || coalesce(unit_status, '-') || silent
             FROM pg_temp.press('T-SKY-99', NULL, '2016-07-01')), 'false-true',
          'S4: an unknown unit is answered');
SELECT is((SELECT array_agg(idx || coalesce(case_reference, '-') ORDER BY ordinality)
             FROM larwm.resolve(ARRAY['T-SKY-01', 'nobody', NULL, 'T-SKY-01', 'T-SKY-07'],
                                ARRAY[NULL, NULL, NULL, '2016-11-12', NULL]::timestamptz[],
                                array_fill('2016-11-12'::timestamptz, ARRAY[5]))
                  WITH ORDINALITY),
          ARRAY['1XS-2016-0001', '2-', '3-', '4XS-2016-0001', '5XG-2016-0002'],
          'a batch answers each element in its order, the same unit twice too');
SELECT is((SELECT count(*) FROM larwm.resolve('{}', '{}', '{}')), 0::bigint, 'an empty batch');
SELECT is((SELECT person_name || address || marker_status
             FROM larwm.resolve_case('XS-2016-0001', 'T-SKY-03', '2016-11-12')),
          'Mared Test1 Test Rowactive', 'S4.5: attach gives the whole card');
-- REQ R0 TEST: a stale status does not hide her.
UPDATE larwm.unit SET status = 'retired' WHERE identifier = 'T-SKY-01';
UPDATE larwm.case_record SET status = 'closed', closed_at = now() WHERE reference = 'XS-2016-0001';
SELECT is((SELECT person_name || case_open || unit_status
             FROM pg_temp.press('T-SKY-01', NULL, '2016-11-12')), 'Mared Testfalseretired',
          'R0: retired unit, closed case: still her');

-- S8: the fixed unit at the old home; the mobile one with her.
CREATE TEMPORARY TABLE s8 AS SELECT * FROM pg_temp.press('T-HUB-01', NULL, '2016-06-03');
SELECT is(resident_moved || address || resident_moved_since::date, 'true4 Old Row2016-06-01',
          'S8a: resident moved 1 June, the old address') FROM s8;
SELECT unalike(s8::text, '%Secret%', 'S8a: the new address appears nowhere') FROM s8;
SELECT is((SELECT address || marker_status || confidential
             FROM pg_temp.press('T-SKY-08', NULL, '2016-06-03')), '5 Secret Rownonetrue',
          'S8b: the mobile unit: new place, no marker carried over, confidential');
SELECT is((SELECT resident_moved FROM pg_temp.press('T-HUB-01', NULL, '2016-05-31')), false,
          'S8: the day before she had not moved');
-- REQ B16 TEST: a temporary residence goes first.
INSERT INTO larwm.case_property (case_id, property_id, kind, during)
VALUES (pg_temp.case_id('XG-2016-0002'), pg_temp.prop('T-P-SAFE'), 'temporary',
        '[2016-06-01,2016-06-10)');
SELECT is((SELECT address || force_code FROM pg_temp.press('T-SKY-07', NULL, '2016-06-05')),
          '6 Safe Rowt-south', 'B16: while she stays elsewhere, there');
SELECT is((SELECT address FROM pg_temp.press('T-SKY-07', NULL, '2016-06-10')), '3 Test Row',
          'B16: then at home again');

-- larwm.resolve() is one statement, larwm.resolve_case() goes the longer way: of a unit that is
-- with the person of a case both must say the same, at any time, of every unit there is.
CREATE TEMPORARY TABLE both_ways AS
SELECT u.identifier, at, to_jsonb(x) AS one, to_jsonb(y) AS other
  FROM larwm.unit u
 CROSS JOIN (VALUES (now()), (now() - interval '40 days'), ('2016-06-03'), ('2016-06-05'),
                    ('2016-11-12'), ('2016-11-20')) t (at)
 CROSS JOIN LATERAL larwm.resolve(ARRAY[u.identifier], ARRAY[t.at], ARRAY[t.at]) x
 CROSS JOIN LATERAL larwm.resolve_case(x.case_reference, u.identifier, t.at) y
 WHERE NOT EXISTS (SELECT FROM larwm.allocation a
                    WHERE a.unit_id = u.id AND a.holder_id IS NOT NULL AND a.during @> t.at);
SELECT cmp_ok((SELECT count(*) FROM both_ways), '>=', 20::bigint, 'there is something to compare');
SELECT is_empty(
    $$SELECT identifier, at, key, one -> key, other -> key
        FROM both_ways CROSS JOIN LATERAL jsonb_object_keys(one) key
       WHERE key NOT IN ('allocation_id', 'allocation_from', 'holder_by_received')
         AND one -> key IS DISTINCT FROM other -> key$$,
    'a card is the same whichever function filled it');

-- A look-up reads by key, whatever size PostgreSQL thinks the tables are of: a plan lives as long as
-- the session, and the tables grow.
CREATE TEMPORARY TABLE scans AS
SELECT coalesce(sum(seq_scan), 0) AS before FROM pg_stat_xact_user_tables WHERE schemaname = 'larwm';
SELECT is((SELECT count(*) FROM larwm.resolve(ARRAY['T-SKY-01', 'NOBODY-0'],
                                              ARRAY[now(), now()], ARRAY[now(), now()])),
          2::bigint, 'two questions, two answers');
SELECT is((SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE schemaname = 'larwm'),
          (SELECT before FROM scans), 'a look-up reads no table from end to end');

SELECT * FROM finish();
ROLLBACK;
