-- REQ B1 TEST: marker status at an instant; validity is half-open [from, to) (S2).
BEGIN;
\ir fixture.sql
SELECT plan(14);

CREATE FUNCTION pg_temp.st(p_property text, p_at timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT larwm.marker_status_at(pg_temp.prop(p_property), p_at)
$$;
SELECT is(pg_temp.st('T-P-MARED', '2016-11-12 02:13Z'), 'active', 'inside its term it is active');
SELECT is(pg_temp.st('T-P-MARED', '2017-04-25'), 'lapsed', 'at the very second valid_to: lapsed');
SELECT is(pg_temp.st('T-P-MARED', '2017-04-24 23:59:59.999999Z'), 'active',
          'a microsecond before: active');
SELECT is(pg_temp.st('T-P-MARED', '2016-10-25'), 'active', 'at the very second valid_from: active');
SELECT is(pg_temp.st('T-P-MARED', '2016-10-24 23:59:59Z'), 'none', 'before it began: none');
SELECT is(pg_temp.st('T-P-SAFE', '2016-11-12'), 'none', 'no marker ever: none');
SELECT is(pg_temp.st('T-P-ANN', '2016-02-28'), 'active', 'before its withdrawal: active');
SELECT is(pg_temp.st('T-P-ANN', '2016-03-01'), 'withdrawn', 'at its withdrawal: withdrawn');
SELECT is(pg_temp.st('T-P-ANN', '2017-03-01'), 'withdrawn', 'withdrawn stays so past its term');
SELECT is(larwm.marker_status_at(NULL, now()), 'none', 'no place: none');

INSERT INTO larwm.marker (property_id, force_id, reference, valid_from)
SELECT pg_temp.prop('T-P-ANN'), id, 'M5', '2016-06-01' FROM larwm.force WHERE code = 't-north';
SELECT is(pg_temp.st('T-P-ANN', '2030-01-01'), 'active', 'an open-ended marker stays active');
SELECT is((SELECT reference FROM larwm.marker_at(pg_temp.prop('T-P-ANN'), '2016-07-01')), 'M5',
          'an active marker goes before a withdrawn one');
SELECT throws_ok($$
    UPDATE larwm.marker SET withdrawn_at = now() WHERE reference = 'M1'
$$, '23514', NULL, 'a withdrawal without a reason is refused');
SELECT throws_ok($$
    UPDATE larwm.marker SET valid_to = valid_from WHERE reference = 'M1'
$$, '23514', NULL, 'a marker that ends when it begins is refused');

SELECT * FROM finish();
ROLLBACK;
