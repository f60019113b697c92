-- What the recorder writes, and what follows from it.
BEGIN;
\ir fixture.sql
SELECT plan(28);

-- Written twice, counted once.
CREATE FUNCTION pg_temp.record(p_no bigint, p_pos bigint, p_at timestamptz, p_case text,
                               p_property text, p_priority text DEFAULT 'p1',
                               p_test boolean DEFAULT false, p_linked text DEFAULT '')
RETURNS void LANGUAGE sql AS $$
    INSERT INTO larwm.incident (node, no, pos, state, priority, kind, case_id, property_id,
                                opened_at, last_signal_at, test, linked_case)
    SELECT * FROM unnest(ARRAY[99], ARRAY[p_no], ARRAY[p_pos], ARRAY['open'], ARRAY[p_priority],
                         ARRAY['panic'], ARRAY[pg_temp.case_id(p_case)],
                         ARRAY[pg_temp.prop(p_property)], ARRAY[p_at], ARRAY[p_at],
                         ARRAY[p_test], ARRAY[p_linked])
    ON CONFLICT (node, no) DO UPDATE
       SET pos = excluded.pos, last_signal_at = excluded.last_signal_at,
           priority = excluded.priority, case_id = excluded.case_id
     WHERE incident.pos <= excluded.pos
$$;
SET LOCAL ROLE larwm_daemon;
SELECT lives_ok($$
    INSERT INTO larwm.signal (node, pos, received_at, unit, kind)
    SELECT * FROM unnest(ARRAY[99, 99], ARRAY[1, 2]::bigint[],
                         ARRAY[now(), now()], ARRAY['T-SKY-01', 'T-SKY-01'], ARRAY['panic', 'test'])
    ON CONFLICT (node, pos) DO NOTHING
$$, 'the daemon writes signals in sets');
SELECT lives_ok($$
    INSERT INTO larwm.signal (node, pos, received_at, unit, kind)
    VALUES (99, 1, now(), 'T-SKY-01', 'panic') ON CONFLICT (node, pos) DO NOTHING
$$, 'and again without harm');
RESET ROLE;
SELECT is((SELECT count(*) FROM larwm.signal WHERE node = 99), 2::bigint, 'two rows, not three');

-- Each line of a history and each signal of an incident is there once, without a key beside the one
-- by incident.
SELECT lives_ok($$
    INSERT INTO larwm.incident_history (node, no, pos, idx, at, kind)
    VALUES (99, 1, 1, 0, now(), 'opened'), (99, 1, 1, 1, now(), 'signal'),
           (99, 2, 1, 2, now(), 'opened'), (99, 1, 1, 0, now(), 'opened') ON CONFLICT DO NOTHING
$$, 'one record adds lines to several incidents');
SELECT is((SELECT count(*) FROM larwm.incident_history WHERE node = 99), 3::bigint,
          'each of them once');
SELECT throws_ok($$
    INSERT INTO larwm.incident_history (node, no, pos, idx, at, kind)
    VALUES (99, 1, 1, 1, now(), 'signal')
$$, '23505', NULL, 'a line is refused the second time');
SELECT lives_ok($$ INSERT INTO larwm.incident_signal (node, no, pos) VALUES (99, 1, 1), (99, 2, 1) $$,
    'a signal may belong to two incidents');
SELECT throws_ok($$ INSERT INTO larwm.incident_signal (node, no, pos) VALUES (99, 1, 1) $$,
    '23505', NULL, 'but to each of them once');

-- REQ B26 TEST: risk review after each P1.
SELECT pg_temp.record(1, 1, '2016-11-12 02:13Z', 'XS-2016-0001', 'T-P-MARED');
SELECT is((SELECT a.code || t.due_at::date FROM larwm.task t JOIN larwm.agency a
                ON a.id = t.agency_id
            WHERE t.node = 99 AND t.incident_no = 1 AND t.kind = 'risk_review'),
          't-dau-south2016-11-19', 'S1.8: a risk review for the DAU of her force');
SELECT pg_temp.record(1, 2, '2016-11-12 02:14Z', 'XS-2016-0001', 'T-P-MARED');
SELECT is((SELECT count(*) FROM larwm.task WHERE node = 99), 1::bigint,
          'a second press adds no second review');
SELECT is((SELECT reference FROM larwm.incident WHERE node = 99 AND no = 1), '99-1', 'reference');
SELECT pg_temp.record(1, 1, '2016-11-12 02:13Z', 'XS-2016-0001', 'T-P-MARED');
SELECT is((SELECT pos FROM larwm.incident WHERE node = 99 AND no = 1), 2::bigint,
          'an older position does not overwrite a newer');

-- S2: exactly one renewal per marker, however many presses.
SELECT pg_temp.record(1, 3, '2017-05-01', 'XS-2016-0001', 'T-P-MARED');
SELECT is((SELECT count(*) FROM larwm.task t JOIN larwm.marker m ON m.id = t.marker_id
            WHERE m.reference = 'M1' AND t.kind = 'marker_renewal'), 1::bigint,
          'a further press finds that the marker has lapsed since the first');
SELECT pg_temp.record(n, n, '2017-05-01', 'XS-2016-0001', 'T-P-MARED') FROM generate_series(2, 6) n;
SELECT is((SELECT count(*) FROM larwm.task t JOIN larwm.marker m ON m.id = t.marker_id
            WHERE m.reference = 'M1' AND t.kind = 'marker_renewal'), 1::bigint,
          'S2.6: five presses, one renewal task');
UPDATE larwm.task SET status = 'done', closed_at = now() WHERE kind = 'marker_renewal';
UPDATE larwm.incident SET owner = 'somebody', pos = pos + 1 WHERE node = 99;
SELECT is((SELECT count(*) FROM larwm.task WHERE kind = 'marker_renewal' AND status <> 'done'),
          0::bigint, 'what is no press asks for no renewal again');
UPDATE larwm.task SET status = 'open', closed_at = NULL WHERE kind = 'marker_renewal';
SELECT pg_temp.record(7, 7, '2017-04-25', 'XG-2016-0002', 'T-P-BETHAN');
SELECT is((SELECT a.code FROM larwm.task t JOIN larwm.marker m ON m.id = t.marker_id
             JOIN larwm.agency a ON a.id = t.agency_id WHERE m.reference = 'M2'), 't-dau-north',
          'the renewal goes to the force that set the marker');
SELECT throws_ok($$
    INSERT INTO larwm.task (kind, marker_id) SELECT 'marker_renewal', id FROM larwm.marker
     WHERE reference = 'M1'
$$, '23505', NULL, 'a second open renewal is refused');
SELECT pg_temp.record(8, 8, '2016-04-01', 'XG-2016-0001', 'T-P-ANN');
SELECT is((SELECT count(*) FROM larwm.task t JOIN larwm.marker m ON m.id = t.marker_id
            WHERE m.reference = 'M3'), 0::bigint, 'a withdrawn marker asks for no renewal');
SELECT larwm.marker_add('XS-2016-0001', 'M1-B', p_valid_from => '2017-05-02');
SELECT is((SELECT t.status FROM larwm.task t JOIN larwm.marker m ON m.id = t.marker_id
            WHERE m.reference = 'M1'), 'done', 'the new marker ends the renewal task');

SELECT pg_temp.record(20, 20, now(), 'XS-2016-0001', 'T-P-MARED', 'p4');
SELECT pg_temp.record(21, 21, now(), 'XS-2016-0001', 'T-P-MARED', 'p1', true);
SELECT pg_temp.record(22, 22, now(), 'nothing', 'nothing');
SELECT is((SELECT count(*) FROM larwm.task WHERE node = 99 AND incident_no >= 20), 0::bigint,
          'no task for a technical one, a test, or nobody''s');
SELECT pg_temp.record(20, 23, now(), 'XS-2016-0001', 'T-P-MARED', 'p1');
SELECT is((SELECT count(*) FROM larwm.task WHERE node = 99 AND incident_no = 20
             AND kind = 'risk_review'), 1::bigint, 'but when it is raised to P1');
SELECT pg_temp.record(24, 24, now(), NULL, NULL, 'p1', false, 'XG-2016-0002');
SELECT is((SELECT a.code FROM larwm.task t JOIN larwm.agency a ON a.id = t.agency_id
            WHERE t.kind = 'lost_unit_notice' AND t.incident_no = 24), 't-cst',
          'S4.3: a stolen unit''s press is told to the lead agency');
-- The daemon''s records never depend on what administration has.
SELECT lives_ok($$
    INSERT INTO larwm.incident (node, no, state, priority, kind, case_id, property_id, opened_at)
    VALUES (99, 30, 'open', 'p1', 'panic', -5, -6, now())
$$, 'R0: an incident of a case nobody knows is recorded');

-- REQ C37 A22 TEST: a received test signal completes the installation.
SELECT larwm.allocation_lease('T-SKY-03', 'XS-2016-0001', 'tester');
INSERT INTO larwm.job (reference, unit_id) VALUES ('T-JOB', pg_temp.unit_id('T-SKY-03'));
SET LOCAL ROLE larwm_daemon;
INSERT INTO larwm.signal (node, pos, received_at, unit, kind)
VALUES (99, 50, '2016-12-01 10:00Z', 'T-SKY-03', 'panic');
SELECT is((SELECT status FROM larwm.directory_units WHERE identifier = 'T-SKY-03'),
          'leased_untested', 'a press is no test');
INSERT INTO larwm.signal (node, pos, received_at, unit, kind)
VALUES (99, 51, '2016-12-01 10:00Z', 'T-SKY-03', 'test');
SELECT is((SELECT status FROM larwm.directory_units WHERE identifier = 'T-SKY-03'), 'in_service',
          'a received test puts it into service');
RESET ROLE;
SELECT is((SELECT status || outcome FROM larwm.job WHERE reference = 'T-JOB'), 'donecomplete',
          'and completes the job');

-- REQ E5 TEST: one police message per incident.
INSERT INTO larwm.escalation (node, no, message_id, state) VALUES (99, 1, 'larwm-99-1', 'queued');
SELECT throws_ok($$
    INSERT INTO larwm.escalation (node, no, message_id, state)
    VALUES (99, 1, 'larwm-99-1-b', 'queued')
$$, '23505', NULL, 'a second message for an incident is refused');
SELECT throws_ok($$
    INSERT INTO larwm.escalation (node, no, message_id, state)
    VALUES (99, 2, 'larwm-99-1', 'queued')
$$, '23505', NULL, 'a message id is used once');

SELECT * FROM finish();
ROLLBACK;
