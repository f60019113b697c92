-- The demonstration data is there and covers what it should. Loaded twice by tests/run.
BEGIN;
SELECT plan(13);

SELECT is((SELECT count(*) FROM larwm.authority), 22::bigint, '22 authorities');
SELECT is((SELECT count(*) FROM larwm.scheme_authority), 22::bigint, 'each in one scheme');
SELECT is((SELECT count(*) FROM larwm.force), 5::bigint, 'five forces');
SELECT is((SELECT count(*) FROM larwm.case_record), 12::bigint, 'twelve cases, loaded once');
SELECT is((SELECT count(*) FROM larwm.unit WHERE identifier ~ '^SKY-1(0[1-9]|1[0-9]|20)$'),
          20::bigint, 'SKY-101 to SKY-120');
SELECT is((SELECT count(*) FROM larwm.unit WHERE identifier ~ '^HUB-20[1-6]$'), 6::bigint,
          'HUB-201 to HUB-206');
SELECT set_eq($$ SELECT identifier FROM larwm.unit WHERE identifier LIKE 'PAN-%' $$,
              ARRAY['PAN-1111', 'PAN-A10001', 'PAN-A10002', 'PAN-A10003'], 'the DC-09 panels');
SELECT set_eq($$
    SELECT DISTINCT marker_status FROM larwm.resolve(
        (SELECT array_agg(identifier) FROM larwm.unit), '{}',
        (SELECT array_agg(now()) FROM larwm.unit))
$$, ARRAY['active', 'lapsed', 'withdrawn', 'none'], 'every marker status occurs');
SELECT set_eq($$ SELECT DISTINCT perpetrator_resident::text FROM larwm.case_record $$,
              ARRAY['yes', 'no', 'unknown'], 'every kind of residence occurs');
SELECT is_empty($$
    SELECT unnest(ARRAY['in_store', 'in_service', 'lost', 'stolen', 'quarantine', 'leased_untested',
                        'faulty_in_service', 'retired'])
    EXCEPT SELECT status::text FROM larwm.unit
$$, 'every unit status occurs');
SELECT is_empty($$
    SELECT telephone FROM larwm.person WHERE telephone !~ '^01632 960[0-9]{3}$'
    UNION ALL SELECT telephone FROM larwm.force WHERE telephone !~ '^01632 960[0-9]{3}$'
$$, 'every number is from the range kept for fiction');
SELECT results_eq($$ SELECT path::text, interval_s FROM larwm.directory_paths
                        WHERE unit = 'PAN-A10003' ORDER BY path DESC $$,
                  $$ VALUES ('main', 85), ('backup', 890) $$, 'one panel has two paths');
SELECT is((SELECT count(*) FROM larwm.unit_credential), 0::bigint, 'no credential is in the data');

SELECT * FROM finish();
ROLLBACK;
