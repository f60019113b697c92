-- REQ D7 TEST: whose life it is; allocations of a unit never overlap (S3.7).
BEGIN;
\ir fixture.sql
SELECT plan(8);

SELECT throws_ok($$
    INSERT INTO larwm.allocation (unit_id, case_id, during)
    VALUES (pg_temp.unit_id('T-SKY-07'), pg_temp.case_id('XS-2016-0001'),
            '[2016-05-10 00:00Z,2016-05-11 00:00Z)')
$$, '23P01', NULL, 'an allocation inside a later one is refused');
SELECT throws_ok($$
    INSERT INTO larwm.allocation (unit_id, case_id, during)
    VALUES (pg_temp.unit_id('T-SKY-07'), pg_temp.case_id('XS-2016-0001'),
            '[2016-05-03 08:59:59Z,2016-05-03 12:00Z)')
$$, '23P01', NULL, 'one second of overlap is refused');
SELECT lives_ok($$
    INSERT INTO larwm.allocation (unit_id, case_id, during)
    VALUES (pg_temp.unit_id('T-SKY-07'), pg_temp.case_id('XS-2016-0001'),
            '[2016-05-03 09:00Z,2016-05-05 14:00Z)')
$$, 'one may begin at the very instant another ends');
SELECT throws_ok($$
    INSERT INTO larwm.allocation (unit_id, case_id, during)
    VALUES (pg_temp.unit_id('T-SKY-03'), pg_temp.case_id('XS-2016-0001'),
            '[2016-07-01,2016-07-02]')
$$, '23514', NULL, 'validity is half-open: a closed end is refused');
SELECT throws_ok($$
    INSERT INTO larwm.allocation (unit_id, case_id, during)
    VALUES (pg_temp.unit_id('T-SKY-03'), pg_temp.case_id('XS-2016-0001'), '(,2016-07-02)')
$$, '23514', NULL, 'an allocation without a beginning is refused');
SELECT throws_ok($$
    INSERT INTO larwm.allocation (unit_id, case_id, during)
    VALUES (pg_temp.unit_id('T-SKY-03'), pg_temp.case_id('XS-2016-0001'), 'empty')
$$, '23514', NULL, 'an empty allocation is refused');
SELECT throws_ok($$
    UPDATE larwm.allocation SET during = tstzrange(lower(during), NULL)
     WHERE unit_id = pg_temp.unit_id('T-SKY-07') AND upper(during) = '2016-05-03 09:00Z'
$$, '23P01', NULL, 'stretching an ended one over the next is refused');
SELECT throws_ok($$
    INSERT INTO larwm.case_property (case_id, property_id, during)
    VALUES (pg_temp.case_id('XS-2016-0001'), pg_temp.prop('T-P-SAFE'), '[2016-11-01,)')
$$, '23P01', NULL, 'nobody has two homes at once');

SELECT * FROM finish();
ROLLBACK;
