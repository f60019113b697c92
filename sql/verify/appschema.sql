-- Verify larwm:appschema
BEGIN;
SELECT 1 / has_schema_privilege('larwm_owner', 'larwm', 'CREATE')::int;
SELECT 1 / (count(*) = 1)::int FROM pg_extension WHERE extname = 'btree_gist';
SELECT 'unknown'::larwm.risk, 'p1'::larwm.priority, 'panic'::larwm.signal_kind;
SELECT 1 / (larwm.setting_int('test_window_max_minutes') > 0)::int;
SELECT 1 / (larwm.risk_rank('unknown') = larwm.risk_rank('high'))::int;
ROLLBACK;
