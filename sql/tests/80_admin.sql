-- What larwmctl calls: cases, markers, credentials, test windows, users; money rules.
BEGIN;
\ir fixture.sql
SELECT plan(35);

SELECT is(larwm.case_add('{"authority": "t-gwynedd", "risk": "very_high", "alias": "Jay",
    "person": {"name": "New Test", "born": "1999-12-31", "language": "cy"},
    "property": {"address": "9 New Row", "tenure": "council"},
    "lives_there_since": "2016-01-01", "hazards": ["one", "two"],
    "household": [{"description": "boy", "child": true}],
    "orders": [{"kind": "Order", "from": "2016-01-01", "to": "2017-01-01"}],
    "safe_contact": "text", "may_text": true}'),
    'XG-' || extract(year FROM now() AT TIME ZONE 'Europe/London') || '-0001',
    'a case gets the next reference of its authority');
SELECT is((SELECT person_name || risk || hazards[2] || household[1] || orders || address
             FROM larwm.resolve_case('XG-' || extract(year FROM now()) || '-0001', '',
                                     '2016-06-01')),
          'New Testvery_hightwoboyOrder, until 2017-01-019 New Row', 'all of it is on the card');
SELECT throws_ok($$ SELECT larwm.case_add('{"authority": "t-gwynedd", "hazzards": [],
                    "person": {"name": "x"}}') $$, 'LW003', 'case: unknown key "hazzards"',
                 'a misspelt key is refused');
SELECT throws_ok($$ SELECT larwm.case_add('{"authority": "t-gwynedd"}') $$, 'LW003', NULL,
                 'a name is needed');
SELECT throws_ok($$ SELECT larwm.case_add('{"authority": "x", "person": {"name": "x"}}') $$,
                 'LW001', 'case: no authority x', 'an unknown authority is refused');
SELECT unalike((SELECT detail::text FROM larwm.audit WHERE chain = 'admin' ORDER BY no DESC LIMIT 1),
               '%New Test%', 'the audit holds no name');
SELECT larwm.case_set_status('XG-2016-0001', 'closed', 'moved on');
SELECT throws_ok($$ SELECT larwm.allocation_lease('T-SKY-03', 'XG-2016-0001', 'x') $$, 'LW002',
                 'case XG-2016-0001 is closed: reopen it first', 'a closed case gets no unit');
SELECT lives_ok($$ SELECT larwm.case_set_status('XG-2016-0001', 'open', 'came back') $$,
                'B17: cases reopen');
SELECT larwm.case_risk_add('XG-2016-0001', 'high', 'new facts');
SELECT is((SELECT risk FROM larwm.resolve_case('XG-2016-0001', '', now())), 'high',
          'a new assessment counts');

-- Markers.
SELECT larwm.marker_add('XS-2016-0002', 'MX');
SELECT is((SELECT p.reference || f.code || (m.valid_to = m.valid_from + interval '6 months')
             FROM larwm.marker m JOIN larwm.property p ON p.id = m.property_id
             JOIN larwm.force f ON f.id = m.force_id WHERE m.reference = 'MX'),
          'T-P-NEWt-southtrue', 'a marker goes where she lives now, with the default term');
SELECT larwm.marker_add('XS-2016-0001', 'MY', p_valid_to => 'infinity');
SELECT is((SELECT valid_to FROM larwm.marker WHERE reference = 'MY'), NULL, 'infinity: open-ended');
SELECT larwm.marker_withdraw('MX', 'no longer needed');
SELECT is(larwm.marker_status_at(pg_temp.prop('T-P-NEW'), clock_timestamp()), 'withdrawn',
          'withdrawn from now on');
SELECT throws_ok($$ SELECT larwm.marker_withdraw('MX', 'again') $$, 'LW001', NULL,
                 'not twice');
SELECT throws_ok($$ SELECT larwm.marker_withdraw('MY', '') $$, 'LW003', NULL, 'a reason is needed');

-- Credentials.
SELECT is(larwm.credential_add('T-SKY-01', 'tls_key', sha256('k')),
          larwm.credential_add('T-SKY-01', 'tls_key', sha256('k')), 'the same key again: the same row');
SELECT throws_ok($$ SELECT larwm.credential_add('T-SKY-03', 'tls_key', sha256('k')) $$, 'LW002',
                 NULL, 'one key is not two units');
SELECT throws_ok($$ SELECT larwm.credential_add('T-SKY-01', 'tls_key', '\x01') $$, '23514', NULL,
                 'a fingerprint has 32 bytes');
SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE1', decode(repeat('01', 16), 'hex'));
SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE1', decode(repeat('02', 32), 'hex'));
SELECT is((SELECT array_agg(key_bits) FROM larwm.directory_dc09 WHERE account = 'FACE1'),
          ARRAY[256], 'a new key ends the old one of the account');
SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE2');
SELECT is((SELECT key_bits FROM larwm.directory_dc09 WHERE account = 'FACE2'), 0, 'no key: clear');
SELECT throws_ok($$ SELECT larwm.credential_add('T-SKY-03', 'dc09', NULL, 'FACE2') $$, 'LW002', NULL,
                 'an account is one unit');
SELECT throws_ok($$ SELECT larwm.credential_add('T-HUB-01', 'dc09', NULL, 'FACE3', '\x0102') $$,
                 '23514', NULL, 'a key has 16, 24 or 32 bytes');
SELECT is(larwm.credential_revoke('T-SKY-01', 'stolen'), 1, 'one credential ended');
SELECT is((SELECT fingerprints FROM larwm.directory_units WHERE identifier = 'T-SKY-01'),
          '{}'::bytea[], 'it is gone from the directory');
SELECT is((SELECT count(*) FROM larwm.directory_revoked WHERE fingerprint = sha256('k')),
          CASE WHEN (SELECT upper(valid) <= now() FROM larwm.unit_credential
                      WHERE fingerprint = sha256('k')) THEN 1 ELSE 0 END::bigint,
          'and known as revoked once the transaction is over');

-- REQ A23 A25 TEST: test windows end by themselves; heightened watch halves the limit.
SELECT throws_ok($$ SELECT larwm.test_window_open('T-SKY-01', 16) $$, 'LW003', NULL,
                 'longer than 15 minutes is refused');
SELECT larwm.test_window_open('T-SKY-01', 5);
SELECT is((SELECT test_until > now() FROM larwm.directory_units WHERE identifier = 'T-SKY-01'),
          true, 'the directory carries the window');
SELECT larwm.test_window_close('T-SKY-01');
SELECT is((SELECT test_until FROM larwm.directory_units WHERE identifier = 'T-SKY-01'), NULL,
          'until it is closed');
INSERT INTO larwm.heightened_watch (case_id, during, reason)
VALUES (pg_temp.case_id('XS-2016-0001'), tstzrange(now() - interval '1 day', NULL), 'release');
SELECT is((SELECT interval_s FROM larwm.directory_units WHERE identifier = 'T-SKY-01'), 450,
          'A25: the interval halves');
SELECT is((SELECT interval_s FROM larwm.directory_units WHERE identifier = 'T-SKY-07'), 900,
          'for nobody else');

-- Users.
SELECT throws_ok($$ SELECT larwm.user_add('t.user', 'T', 'plain', 'operator') $$, '23514', NULL,
                 'a password is never stored');
SELECT lives_ok($$ SELECT larwm.user_add('t.user', 'T', '$argon2id$v=19$test', 'operator') $$,
                'a user');
SELECT throws_ok($$ SELECT larwm.user_add('t.user', 'T', '$argon2id$v=19$x', 'tool') $$, 'LW002', NULL,
                 'not twice');

-- REQ G7 F9 TEST: the victim never pays; an unknown figure is not zero.
SELECT throws_ok($$
    INSERT INTO larwm.cost_line (period, nature, payer_kind, amount_pence)
    VALUES ('[2016-01-01,2017-01-01)', 'revenue', 'victim', 100)
$$, '23514', 'new row for relation "cost_line" violates check constraint "cost_line_payer_never_victim"',
    'G7: a line that names the victim as payer is refused');
SELECT throws_ok($$
    INSERT INTO larwm.cost_line (period, nature, payer_kind, amount_pence, quality)
    VALUES ('[2016-01-01,2017-01-01)', 'revenue', 'pcc', 0, 'unknown')
$$, '23514', NULL, 'F9: an unknown figure is not zero');
INSERT INTO larwm.cost_line (period, nature, payer_kind, amount_pence, note)
VALUES ('[2016-01-01,2017-01-01)', 'revenue', 'pcc', 466683, 'F6'),
       ('[2016-01-01,2017-01-01)', 'revenue', 'pcc', 238850, 'F6');
SELECT is((SELECT sum(amount_pence) FROM larwm.cost_line WHERE note = 'F6'), 705533::numeric,
          'F6: 4,666.83 and 2,388.50 make 7,055.33 exactly');

SELECT * FROM finish();
ROLLBACK;
