-- REQ E4 E6 TEST: the audit can only grow, and tampering shows.
BEGIN;
SET client_min_messages = warning;
SELECT plan(20);

SELECT is(larwm.audit_append('node-77', '2016-11-12 02:13Z', 'a', 'view', 'case', 'XS-2016-0001'),
          1::bigint, 'the first row of a chain is number 1');
SELECT is(larwm.audit_append('node-77', '2016-11-12 02:14Z', 'b', 'claim', 'incident', '1-1',
                             '{"epoch": 2}'), 2::bigint, 'the next is number 2');
SELECT larwm.audit_append('node-77', '2016-11-12 02:15Z', NULL, 'close', NULL, NULL, NULL);
SELECT larwm.audit_append('node-78', '2016-11-12 02:15Z', 'c', 'close', 'incident', '2-1');
SELECT is(larwm.audit_verify('node-77'), NULL, 'an untouched chain is whole');
SELECT is(larwm.audit_verify('node-78'), NULL, 'chains do not mix');
SET LOCAL timezone = 'Asia/Tokyo';
SET LOCAL datestyle = 'German';
SELECT is(larwm.audit_verify('node-77'), NULL, 'the reader''s time zone does not matter');
RESET timezone;
RESET datestyle;

-- Not even the owner, not even with nothing to change.
SET LOCAL ROLE larwm_owner;
SELECT throws_ok($$ UPDATE larwm.audit SET actor = 'x' $$, '42501', NULL,
                 'the owner cannot change a row');
SELECT throws_ok($$ DELETE FROM larwm.audit WHERE false $$, '42501', NULL,
                 'the owner cannot delete a row');
SELECT throws_ok($$ TRUNCATE larwm.audit $$, '42501', NULL, 'the owner cannot empty it');
RESET ROLE;
SELECT throws_ok($$ DELETE FROM larwm.audit $$, '42501', NULL, 'a superuser is refused too');
SET LOCAL ROLE larwm_daemon;
SELECT throws_ok($$ UPDATE larwm.audit SET actor = 'x' $$, '42501', NULL,
                 'the daemon cannot change a row');
SELECT throws_ok($$ DELETE FROM larwm.audit $$, '42501', NULL, 'the daemon cannot delete a row');
SELECT throws_ok($$ INSERT INTO larwm.audit VALUES ('node-77', 9, now(), '', '', '', '', '{}',
                    sha256(''), sha256('')) $$, '42501', NULL,
                 'the daemon cannot write a row without the chain');
SELECT throws_ok($$ ALTER TABLE larwm.audit DISABLE TRIGGER ALL $$, '42501', NULL,
                 'the daemon cannot switch the guard off');
RESET ROLE;

-- Only somebody who owns the server can tamper: with triggers off. It still shows.
SAVEPOINT before;
SET LOCAL session_replication_role = replica;
UPDATE larwm.audit SET actor = 'z' WHERE chain = 'node-77' AND no = 2;
SELECT is(larwm.audit_verify('node-77'), 2::bigint, 'a changed actor is found');
ROLLBACK TO before;
SET LOCAL session_replication_role = replica;
UPDATE larwm.audit SET at = at + interval '1 microsecond' WHERE chain = 'node-77' AND no = 1;
SELECT is(larwm.audit_verify('node-77'), 1::bigint, 'a time moved by a microsecond is found');
ROLLBACK TO before;
SET LOCAL session_replication_role = replica;
DELETE FROM larwm.audit WHERE chain = 'node-77' AND no = 2;
SELECT is(larwm.audit_verify('node-77'), 3::bigint, 'a removed row is found at the next');
ROLLBACK TO before;
SET LOCAL session_replication_role = replica;
UPDATE larwm.audit a SET detail = '{"epoch": 3}',
       hash = larwm.audit_hash(prev_hash, chain, no, at, actor, action, subject_kind, subject,
                               '{"epoch": 3}')
 WHERE chain = 'node-77' AND no = 2;
SELECT is(larwm.audit_verify('node-77'), 3::bigint,
          'a change with a fresh hash breaks the next row');
ROLLBACK TO before;

-- Sets from the recorder continue the same chain.
SELECT larwm.audit_append_many('node-77', ARRAY[now(), now()], ARRAY['a', 'b'],
    ARRAY['view', 'view'], ARRAY['case', 'case'], ARRAY['x', 'y'], ARRAY['{}', '{"a": 1}']);
SELECT is((SELECT no FROM larwm.audit_head('node-77')), 5::bigint, 'a set is appended in order');
SELECT is(larwm.audit_verify('node-77'), NULL, 'and the chain is whole');
SELECT throws_ok($$ SELECT larwm.audit_append('other', now(), '', 'x', '', '') $$, '23514', NULL,
                 'an unknown chain is refused');

SELECT * FROM finish();
ROLLBACK;
