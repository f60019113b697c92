-- The schema as such: version, keys, comments, nothing open to everybody.
BEGIN;
SELECT plan(12);

SELECT is(larwm.schema_version(), 3, 'the schema version is 3');
SELECT lives_ok($$ SELECT 'gathered'::larwm.outcome, 'gathered'::larwm.history_kind $$,
                'an incident may be gathered into that of a mass loss (REQ A29 TEST)');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c
     WHERE c.relnamespace = 'larwm'::regnamespace AND c.relkind = 'r'
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
$$, 'every table has a primary key');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c
     WHERE c.relnamespace = 'larwm'::regnamespace AND c.relkind IN ('r', 'v')
       AND obj_description(c.oid, 'pg_class') IS NULL
$$, 'every table and view is explained');
SELECT is_empty($$
    SELECT p.proname FROM pg_proc p
     WHERE p.pronamespace = 'larwm'::regnamespace AND p.proowner = 'larwm_owner'::regrole
       AND obj_description(p.oid, 'pg_proc') IS NULL
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
$$, 'every function is explained');
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'larwm'::regnamespace AND c.relkind = 'r'
       AND a.atttypid IN ('timestamp'::regtype, 'time'::regtype)
$$, 'every time carries its zone');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c
     WHERE c.relnamespace = 'larwm'::regnamespace AND c.relkind IN ('r', 'v', 'S')
       AND c.relowner <> 'larwm_owner'::regrole
$$, 'larwm_owner owns everything');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c, aclexplode(c.relacl) x
     WHERE c.relnamespace = 'larwm'::regnamespace AND x.grantee = 0
$$, 'nothing is granted to everybody on a table');
SELECT is_empty($$
    SELECT p.proname
      FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
     WHERE p.pronamespace = 'larwm'::regnamespace AND x.grantee = 0
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
$$, 'no function of ours may be called by everybody');
SELECT is_empty($$
    SELECT p.proname FROM pg_proc p
     WHERE p.pronamespace = 'larwm'::regnamespace AND p.prosecdef
       AND NOT coalesce(array_to_string(p.proconfig, ','), '') LIKE '%search_path=larwm, pg_temp%'
$$, 'every function with the owner''s rights has a fixed search path');
-- A foreign key without an index makes a delete or an update of the parent scan the child; for
-- the keys resolve() walks that would be felt in an alarm.
SELECT is_empty($$
    SELECT k.conname FROM pg_constraint k
     WHERE k.contype = 'f'
       AND k.conrelid IN ('larwm.allocation'::regclass, 'larwm.case_hazard'::regclass,
                          'larwm.case_risk'::regclass, 'larwm.household_member'::regclass,
                          'larwm.court_order'::regclass)
       AND k.conkey[1] IN (SELECT attnum FROM pg_attribute
                            WHERE attrelid = k.conrelid AND attname IN ('unit_id', 'case_id'))
       AND NOT EXISTS (SELECT FROM pg_index i
                        WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1])
$$, 'the keys an alarm walks are indexed');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
     WHERE k.contype = 'f' AND c.relname IN
           ('applied_position', 'signal', 'incident', 'incident_signal', 'incident_history',
            'escalation', 'delivery', 'watch_log', 'disclosure')
       AND c.relnamespace = 'larwm'::regnamespace
$$, 'no administrative record can stop the recorder');

SELECT * FROM finish();
ROLLBACK;
