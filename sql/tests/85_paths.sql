-- REQ A28 TEST: paths of units: intervals set and learned, accounts, what the directory says.
BEGIN;
\ir fixture.sql
SELECT plan(23);

CREATE FUNCTION pg_temp.path_row(p_unit text, p_path text) RETURNS text LANGUAGE sql AS $$
    SELECT interval_s || ' ' || fallback_s || ' ' || learned_s || ' ' || learned_pos
      FROM larwm.directory_paths WHERE unit = p_unit AND path = p_path
$$;

SELECT is_empty($$ SELECT * FROM larwm.directory_paths WHERE unit = 'T-SKY-01' $$,
                'a native unit has the interval of its model and nothing more');
SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE1');
SELECT is(pg_temp.path_row('T-HUB-01', 'main'),
          '0 ' || (SELECT heartbeat_interval_s FROM larwm.unit_model WHERE code = 't-hub') || ' 0 0',
          'a panel''s main path is learned, and stands at its model''s interval until then');
SELECT is(pg_temp.path_row('T-HUB-01', 'backup'), NULL, 'it has no back-up path by itself');

SELECT larwm.path_set('T-HUB-01', 'main', 85);
SELECT larwm.path_set('T-HUB-01', 'backup', 890);
SELECT is(split_part(pg_temp.path_row('T-HUB-01', 'main'), ' ', 1), '85', 'an interval is set');
SELECT is(pg_temp.path_row('T-HUB-01', 'backup'), '890 0 0 0', 'and one for the back-up path');
SELECT throws_ok($$ SELECT larwm.path_set('T-HUB-01', 'main', 9) $$, 'LW003', NULL, 'not 9 s');
SELECT throws_ok($$ SELECT larwm.path_set('T-HUB-01', 'main', 2592001) $$, 'LW003', NULL,
                 'not more than 30 days');
SELECT throws_ok($$ SELECT larwm.path_set('T-HUB-01', 'third', 60) $$, 'LW003', NULL,
                 'no third path');
SELECT throws_ok($$ SELECT larwm.path_set('T-NONE', 'main', 60) $$, 'LW001', NULL, 'no such unit');

-- Learned by the daemon, each effect once whatever order batches come in.
SELECT larwm.path_set('T-HUB-01', 'main');
SELECT larwm.learned_many(1, ARRAY[100, 90], ARRAY['T-HUB-01', 'T-HUB-01'], ARRAY['main', 'main'],
                          ARRAY[60, 120], ARRAY[now(), now()]);
SELECT is(split_part(pg_temp.path_row('T-HUB-01', 'main'), ' ', 3), '60',
          'the newest of a batch counts');
SELECT larwm.learned_many(1, ARRAY[95], ARRAY['T-HUB-01'], ARRAY['main'], ARRAY[300], ARRAY[now()]);
SELECT is(split_part(pg_temp.path_row('T-HUB-01', 'main'), ' ', 3), '60',
          'an older position changes nothing');
SELECT lives_ok($$ SELECT larwm.learned_many(1, ARRAY[101], ARRAY['T-NONE'], ARRAY['main'],
                                             ARRAY[60], ARRAY[now()]) $$,
                'a unit that is gone stops nobody');
SELECT larwm.path_set('T-HUB-01', 'main');
SELECT is(pg_temp.path_row('T-HUB-01', 'main'),
          '0 ' || (SELECT heartbeat_interval_s FROM larwm.unit_model WHERE code = 't-hub')
          || ' 0 100', 'a person makes the daemon learn anew: forgotten as of that record');
SELECT larwm.learned_many(1, ARRAY[100], ARRAY['T-HUB-01'], ARRAY['main'], ARRAY[60], ARRAY[now()]);
SELECT is(split_part(pg_temp.path_row('T-HUB-01', 'main'), ' ', 3), '0',
          'and the forgotten one does not come back');

-- Accounts.
SELECT is((SELECT path || backup_network || clock_behind_s || clock_ahead_s
             FROM larwm.directory_dc09 WHERE account = 'FACE1'), 'main200',
          'an account is the main path; [J2] is the back-up');
SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE2');
SELECT larwm.account_set('T-HUB-01', 'FACE2', 'backup', NULL, 300, 60);
SELECT is((SELECT path || backup_network || clock_behind_s || ' ' || clock_ahead_s
             FROM larwm.directory_dc09 WHERE account = 'FACE2'), 'backup2300 60',
          'an account may be the back-up path, with limits for its clock');
SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE2', decode(repeat('07', 16), 'hex'));
SELECT is((SELECT path::text FROM larwm.directory_dc09 WHERE account = 'FACE2'), 'backup',
          'a new key leaves it so');
SELECT larwm.account_set('T-HUB-01', 'FACE2', p_clock_behind_s => 0);
SELECT is((SELECT path || clock_behind_s || ' ' || clock_ahead_s
             FROM larwm.directory_dc09 WHERE account = 'FACE2'), 'backup0 60',
          'one setting changes alone; 0 goes back to the listener''s');
SELECT throws_ok($$ SELECT larwm.account_set('T-SKY-01', 'FACE2', 'main') $$, 'LW001', NULL,
                 'an account of another unit is refused');
SELECT throws_ok($$ SELECT larwm.account_set('T-HUB-01', 'FACE2', 'none') $$, 'LW003', NULL,
                 'a path is main or backup');
SELECT larwm.path_drop('T-HUB-01', 'backup');
SELECT is(pg_temp.path_row('T-HUB-01', 'backup'), NULL, 'a path can be taken away');
SELECT throws_ok($$ SELECT larwm.path_drop('T-HUB-01', 'backup') $$, 'LW001', NULL, 'once');
SELECT is((SELECT count(*) FROM larwm.audit WHERE chain = 'admin'
            AND action IN ('path_set', 'path_drop', 'account_set')), 7::bigint,
          'every change is audited');

SELECT * FROM finish();
ROLLBACK;
