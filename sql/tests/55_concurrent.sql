-- Two callers at the same moment (S3), and notices. These need transactions of their own, so they
-- commit through dblink; the cluster of a test run is thrown away afterwards.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS dblink;
BEGIN;
SELECT plan(12);

CREATE FUNCTION pg_temp.here() RETURNS text LANGUAGE sql AS $$
    SELECT format('host=%s port=%s dbname=%s user=%s', current_setting('unix_socket_directories'),
                  current_setting('port'), current_database(), current_user)
$$;
SELECT dblink_connect('a', pg_temp.here());
SELECT dblink_connect('b', pg_temp.here());
SELECT dblink_exec('a', $$
    INSERT INTO larwm.force (code, name, telephone) VALUES ('c-force', 'C', '01632 960990');
    INSERT INTO larwm.authority (code, name, case_prefix, force_id)
        SELECT 'c-auth', 'C (test)', 'XX', id FROM larwm.force WHERE code = 'c-force';
    INSERT INTO larwm.unit_model (code, name, kind, monitored, mobile)
        VALUES ('c-model', 'C model', 'personal', true, true);
    INSERT INTO larwm.pool (code, name) VALUES ('c-pool', 'C pool'), ('c-rush', 'C rush');
    DO $do$ BEGIN
        PERFORM larwm.unit_add('C-01', 'c-model', NULL, 'c-pool');
        PERFORM larwm.unit_add('C-02', 'c-model');
        PERFORM larwm.unit_add('C-1' || n, 'c-model', NULL, 'c-rush') FROM generate_series(1, 3) n;
        PERFORM larwm.case_add(jsonb_build_object('authority', 'c-auth', 'reference',
                    'XX-2016-000' || n, 'person', jsonb_build_object('name', 'C ' || n)))
           FROM generate_series(1, 8) n;
    END $do$;
$$);

-- The last unit of a pool: a has it, not committed; b passes it over, and only its line in the
-- audit waits for a (one chain, one writer at a time).
SELECT dblink_exec('a', 'BEGIN');
SELECT is((SELECT unit FROM dblink('a', $$ SELECT unit FROM larwm.allocation_lease_from_pool(
              'c-pool', 'XX-2016-0001', 'a') $$) x (unit text)), 'C-01', 'the first gets it');
SELECT dblink_send_query('b', $$ SELECT unit, waiting_id
                                   FROM larwm.allocation_lease_from_pool(
                                        'c-pool', 'XX-2016-0002', 'b') $$);
SELECT dblink_exec('a', 'COMMIT');
SELECT is((SELECT coalesce(unit, 'none') || (waiting > 0)
             FROM dblink_get_result('b') x (unit text, waiting bigint)), 'nonetrue',
          'S3.5: the second is told none is free');
SELECT count(*) FROM dblink_get_result('b') x (unit text, waiting bigint);
SELECT is((SELECT leased || '/' || total || ' ' || waiting FROM larwm.pool_counts('c-pool')),
          '1/1 1', 'one leased, one waiting');

-- The same unit by name: the second waits for the first, then is refused.
SELECT dblink_exec('a', 'BEGIN');
SELECT dblink_exec('a', $$ DO $do$ BEGIN
    PERFORM larwm.allocation_lease('C-02', 'XX-2016-0003', 'a'); END $do$ $$);
SELECT dblink_send_query('b', $$ SELECT larwm.allocation_lease('C-02', 'XX-2016-0004', 'b') $$);
SELECT is(dblink_is_busy('b'), 1, 'the second waits for the lock');
SELECT dblink_exec('a', 'COMMIT');
SELECT is((SELECT count(*) FROM dblink_get_result('b', false) x (id bigint)), 0::bigint,
          'S3.5: the second gets nothing');
SELECT alike(dblink_error_message('b'), '%leased already%', 'and is told why');
SELECT count(*) FROM dblink_get_result('b', false) x (id bigint);
SELECT is((SELECT count(*) FROM larwm.allocation a JOIN larwm.unit u ON u.id = a.unit_id
            WHERE u.identifier = 'C-02'), 1::bigint, 'exactly one allocation');

-- A rush: eight callers at once for three units.
SELECT count(dblink_connect('r' || n, pg_temp.here())) FROM generate_series(1, 8) n;
SELECT sum(dblink_send_query('r' || n, format($$ SELECT unit FROM
           larwm.allocation_lease_from_pool('c-rush', 'XX-2016-000%s', 'r') $$, n)))
  FROM generate_series(1, 8) n;
CREATE TEMPORARY TABLE rush AS
SELECT n, x.unit FROM generate_series(1, 8) n,
       LATERAL dblink_get_result('r' || n) x (unit text);
SELECT is((SELECT count(unit) || '/' || count(DISTINCT unit) FROM rush), '3/3',
          'of eight callers three get a unit, each another');
SELECT is((SELECT leased || ' ' || free || ' ' || waiting FROM larwm.pool_counts('c-rush')),
          '3 0 5', 'the other five wait');
SELECT is(larwm.audit_verify('admin'), NULL, 'writers at the same time keep the chain whole');

-- Notices. They travel beside the connection: wait for so many, at most 10 seconds.
CREATE FUNCTION pg_temp.notices(p_connection text, p_count int) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    got   text[] := '{}';
    until timestamptz := clock_timestamp() + interval '10 seconds';
BEGIN
    WHILE cardinality(got) < p_count AND clock_timestamp() < until LOOP
        PERFORM FROM dblink(p_connection, 'SELECT 1') x (one int);
        got := got || ARRAY(SELECT n.extra FROM dblink_get_notify(p_connection) n);
    END LOOP;
    RETURN QUERY SELECT unnest(got);
END
$$;
SELECT dblink_exec('b', 'LISTEN larwm_changed');
SELECT dblink_exec('a', $$ DO $do$ BEGIN
    PERFORM larwm.allocation_return('C-02'); END $do$ $$);
SELECT set_eq($$ SELECT * FROM pg_temp.notices('b', 2) $$, ARRAY['allocation', 'directory'],
              'a return is told to the daemon');
SELECT dblink_exec('a', $$
    INSERT INTO larwm.property (reference, address, authority_id)
        SELECT 'C-P', 'C', id FROM larwm.authority WHERE code = 'c-auth';
    INSERT INTO larwm.marker (property_id, force_id, reference, valid_from)
        SELECT p.id, f.id, 'C-M', now() FROM larwm.property p, larwm.force f
         WHERE p.reference = 'C-P' AND f.code = 'c-force';
$$);
SELECT set_eq($$ SELECT * FROM pg_temp.notices('b', 2) $$, ARRAY['case', 'marker'],
              'so are properties and markers');

SELECT * FROM finish();
ROLLBACK;
