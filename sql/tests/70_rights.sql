-- Least privilege: what each role can and cannot.
BEGIN;
\ir fixture.sql
SELECT plan(33);

SET LOCAL ROLE larwm_daemon;
SELECT is((SELECT person_name FROM larwm.resolve(ARRAY['T-SKY-01'], ARRAY[NULL::timestamptz],
                                                 ARRAY['2016-11-12'::timestamptz])), 'Mared Test',
          'the daemon resolves');
SELECT lives_ok($$ SELECT larwm.resolve_case('XS-2016-0001', '', now()) $$, 'attaches');
SELECT lives_ok($$ SELECT larwm.last_holder('T-SKY-07', now()) $$, 'reveals');
SELECT lives_ok($$ SELECT * FROM larwm.directory_units $$, 'reads the units');
SELECT lives_ok($$ SELECT * FROM larwm.directory_dc09 $$, 'reads the keys');
SELECT lives_ok($$ SELECT * FROM larwm.directory_users $$, 'reads the users');
SELECT lives_ok($$ SELECT * FROM larwm.directory_forces $$, 'reads the forces');
SELECT is(larwm.schema_version(), 3, 'reads the version');
SELECT lives_ok($$ SELECT larwm.audit_append('node-1', now(), 'x', 'view', 'case', 'y') $$,
                'appends to the audit');
SELECT lives_ok($$ INSERT INTO larwm.disclosure (node, pos, at, actor, case_reference, fields,
                       receiver, reason) VALUES (99, 1, now(), 'a', 'c', '{card}', 'a', 'alarm')
                   ON CONFLICT (node, pos, idx) DO NOTHING $$, 'adds a disclosure');
SELECT throws_ok($$ UPDATE larwm.disclosure SET actor = 'b' $$, '42501', NULL,
                 'cannot change a disclosure');
SELECT throws_ok($$ SELECT name FROM larwm.person $$, '42501', NULL, 'cannot list persons');
SELECT throws_ok($$ SELECT address FROM larwm.property $$, '42501', NULL, 'cannot list places');
SELECT throws_ok($$ UPDATE larwm.case_record SET wishes = '' $$, '42501', NULL,
                 'cannot change a case');
SELECT throws_ok($$ UPDATE larwm.marker SET valid_to = NULL $$, '42501', NULL,
                 'cannot change a marker');
SELECT throws_ok($$ DELETE FROM larwm.allocation $$, '42501', NULL, 'cannot end an allocation');
SELECT throws_ok($$ UPDATE larwm.unit SET status = 'lost' $$, '42501', NULL, 'cannot change a unit');
SELECT throws_ok($$ DELETE FROM larwm.signal $$, '42501', NULL, 'cannot delete a signal');
SELECT throws_ok($$ DELETE FROM larwm.incident $$, '42501', NULL, 'cannot delete an incident');
SELECT throws_ok($$ SELECT larwm.allocation_return('T-SKY-01') $$, '42501', NULL,
                 'cannot administer');
SELECT throws_ok($$ CREATE TABLE larwm.x () $$, '42501', NULL, 'cannot make tables');

SET LOCAL ROLE larwm_admin;
SELECT lives_ok($$ SELECT name FROM larwm.person $$, 'administration reads persons');
SELECT lives_ok($$ SELECT larwm.allocation_return('T-SKY-01') $$, 'acts through functions');
SELECT throws_ok($$ UPDATE larwm.case_record SET wishes = '' $$, '42501', NULL, 'and no other way');
SELECT throws_ok($$ SELECT dc09_key FROM larwm.unit_credential $$, '42501', NULL,
                 'reads no keys');
SELECT throws_ok($$ SELECT key FROM larwm.directory_dc09 $$, '42501', NULL, 'not by the view either');
SELECT throws_ok($$ SELECT password_hash FROM larwm.app_user $$, '42501', NULL,
                 'reads no password hashes');
SELECT throws_ok($$ UPDATE larwm.audit SET actor = '' $$, '42501', NULL, 'cannot change the audit');

SET LOCAL ROLE larwm_report;
SELECT lives_ok($$ SELECT priority, kind, opened_at FROM larwm.incident $$, 'reports count alarms');
SELECT throws_ok($$ SELECT name FROM larwm.person $$, '42501', NULL, 'but read no names');
SELECT throws_ok($$ SELECT address FROM larwm.property $$, '42501', NULL, 'no addresses');
SELECT throws_ok($$ SELECT safe_contact FROM larwm.case_record $$, '42501', NULL, 'no case text');
SELECT throws_ok($$ SELECT latitude FROM larwm.signal $$, '42501', NULL, 'no positions');

SELECT * FROM finish();
ROLLBACK;
