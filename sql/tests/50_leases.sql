-- REQ D5 D9 D10 D11 D13 TEST: lending, returning, pools, waiting list (S3).
BEGIN;
\ir fixture.sql
SELECT plan(33);

SELECT larwm.unit_add('T-NEW-01', 't-pendant', 't-cst', 't-pool');
SELECT is((SELECT status::text FROM larwm.unit WHERE identifier = 'T-NEW-01'), 'in_store',
          'a new unit is in store');
SELECT throws_ok($$ SELECT larwm.unit_add('T-NEW-01', 't-pendant') $$, 'LW002',
                 'unit T-NEW-01 exists already', 'twice is refused');
SELECT throws_ok($$ SELECT larwm.unit_add('T-NEW-02', 'nothing') $$, 'LW001',
                 'no unit model nothing', 'an unknown model is refused');

SELECT lives_ok($$ SELECT larwm.allocation_lease('T-NEW-01', 'XS-2016-0001', 'tester', 'MARAC 1') $$,
                'a unit in store can be leased');
SELECT is((SELECT status::text FROM larwm.unit WHERE identifier = 'T-NEW-01'), 'leased_untested',
          'it is leased and untested');
SELECT is((SELECT case_reference FROM pg_temp.press('T-NEW-01', NULL, clock_timestamp())),
          'XS-2016-0001', 'a press of it is hers at once');
SELECT is((SELECT risk_at_lease::text FROM larwm.allocation
            WHERE unit_id = pg_temp.unit_id('T-NEW-01')), 'high', 'the risk is kept with the lease');
SELECT throws_ok($$ SELECT larwm.allocation_lease('T-NEW-01', 'XG-2016-0001', 'tester') $$, 'LW002',
                 'unit T-NEW-01 is leased already: return it first', 'a leased unit is refused');

SELECT larwm.credential_add('T-NEW-01', 'tls_key', sha256('old key'));
SELECT larwm.allocation_return('T-NEW-01');
SELECT is((SELECT status::text FROM larwm.unit WHERE identifier = 'T-NEW-01'), 'quarantine',
          'a returned unit is in quarantine');
SELECT throws_ok($$ SELECT larwm.allocation_lease('T-NEW-01', 'XG-2016-0001', 'tester') $$, 'LW002',
                 'unit T-NEW-01 is in quarantine: wipe, re-key and test it first',
                 'S3.3: a lease straight from quarantine is refused');
SELECT throws_ok($$ SELECT larwm.unit_tested('T-NEW-01', true) $$, 'LW002',
                 'unit T-NEW-01 still has a credential from before its return: re-key it',
                 'not in store before it has a new key');
SELECT larwm.unit_rekey('T-NEW-01', sha256('new key'));
SELECT is((SELECT fingerprints FROM larwm.directory_units WHERE identifier = 'T-NEW-01'),
          ARRAY[sha256('new key')], 'S3.2: after the re-key only the new one is valid');
SELECT is((SELECT larwm.unit_tested('T-NEW-01', false)), 'quarantine', 'a failed test keeps it');
SELECT is((SELECT larwm.unit_tested('T-NEW-01', true)), 'in_store', 'a passed test stores it');
SELECT throws_ok($$ SELECT larwm.credential_add('T-SKY-01', 'tls_key', sha256('old key')) $$,
                 'LW002', NULL, 'a used key is never given out again');
SELECT throws_ok($$ SELECT larwm.allocation_return('T-NEW-01') $$, 'LW002',
                 'unit T-NEW-01 is held by no case', 'nothing to return');

-- A replacement leaves no moment uncovered.
SELECT larwm.allocation_swap('T-SKY-01', 'T-NEW-01', 'tester', 'faulty');
SELECT is((SELECT upper(o.during) = lower(n.during) FROM larwm.allocation o, larwm.allocation n
            WHERE o.unit_id = pg_temp.unit_id('T-SKY-01')
              AND n.unit_id = pg_temp.unit_id('T-NEW-01') AND upper_inf(n.during)), true,
          'D13: the old ends at the instant the new begins');
SELECT throws_ok($$ SELECT larwm.allocation_swap('T-SKY-08', 'T-SKY-07', 'tester', 'x') $$,
                 'LW002', NULL, 'a leased unit replaces nothing');

-- Status moves by hand.
SELECT throws_ok($$ SELECT larwm.unit_set_status('T-SKY-07', 'in_store', 'x') $$, 'LW002', NULL,
                 'a held unit cannot be put in store by hand');
SELECT throws_ok($$ SELECT larwm.unit_set_status('T-SKY-07', 'lost', '') $$, 'LW003', NULL,
                 'a reason is needed');
SELECT larwm.unit_set_status('T-SKY-07', 'stolen', 'taken by the perpetrator');
SELECT is((SELECT linked_case || coalesce(address, '-')
             FROM pg_temp.press('T-SKY-07', NULL, clock_timestamp())), 'XG-2016-0002-',
          'D24: stolen: from now on her address is withheld');
SELECT is((SELECT count(*) FROM larwm.unit_event WHERE unit_id = pg_temp.unit_id('T-SKY-07')),
          1::bigint, 'the move is in the history of the unit');

-- Pool of one free unit.
SELECT is((SELECT total = in_store + leased_untested + in_service + faulty_in_service + quarantine
                          + lost + stolen
             FROM larwm.pool_counts('t-pool')), true, 'D5: the total is the sum of the states');
SELECT is((SELECT free FROM larwm.pool_counts('t-pool')), 1::bigint, 'one is free');
SELECT is((SELECT unit FROM larwm.allocation_lease_from_pool('t-pool', 'XG-2016-0001', 'tester')),
          'T-SKY-03', 'the free one is leased');
CREATE TEMPORARY TABLE w AS
SELECT * FROM larwm.allocation_lease_from_pool('t-pool', 'XG-2016-0001', 'tester');
SELECT is(unit IS NULL AND allocation_id IS NULL AND waiting_id IS NOT NULL, true,
          'S3.6: none free: the waiting list') FROM w;
SELECT is(interim, ARRAY['Door brace (test)', 'Attack alarm (test)'], 'S3.6: the interim offer')
  FROM w;
SELECT is((SELECT count(*) FROM larwm.unmet_need n JOIN w ON w.waiting_id = n.waiting_list_id
            WHERE n.reason = 'stock' AND n.tenure = 'private_rented'), 1::bigint,
          'S3.6: one row of unmet need');
SELECT is((SELECT waiting_rank FROM larwm.allocation_lease_from_pool('t-pool', 'XS-2016-0001', 't')),
          1::bigint, 'D9: high risk goes before standard');
SELECT is((SELECT rank FROM larwm.waiting_ranked WHERE case_reference = 'XG-2016-0001'), 2::bigint,
          'D9: who asked first but risks less is second');
SELECT larwm.allocation_lease_from_pool('t-pool', 'XS-2016-0001', 't');
SELECT is((SELECT count(*) FROM larwm.waiting_list WHERE status = 'waiting')
          + (SELECT count(*) FROM larwm.unmet_need), 4::bigint, 'asking again does not queue twice');

SELECT is((SELECT utilisation FROM larwm.pool_counts('t-pool')),
          (SELECT round(100.0 * count(*) FILTER (WHERE status IN ('leased_untested', 'in_service',
                                                                  'faulty_in_service'))
                        / count(*), 1)
             FROM larwm.unit WHERE pool_id = (SELECT id FROM larwm.pool WHERE code = 't-pool')
              AND status <> 'retired'),
          'D5: utilisation');
SELECT is(larwm.audit_verify('admin'), NULL, 'every act is on a whole chain');

SELECT * FROM finish();
ROLLBACK;
