-- Verify larwm:paths
BEGIN;

SELECT unit_id, path, interval_s FROM larwm.unit_path WHERE false;
SELECT unit_id, path, interval_s, at, node, pos FROM larwm.unit_path_learned WHERE false;
SELECT unit_id, account, line, path, backup_network, clock_behind_s, clock_ahead_s
  FROM larwm.dc09_account WHERE false;
SELECT unit, path, interval_s, fallback_s, learned_s, learned_pos
  FROM larwm.directory_paths WHERE false;
SELECT path, backup_network, clock_behind_s, clock_ahead_s FROM larwm.directory_dc09 WHERE false;
SELECT path FROM larwm.signal WHERE false;
SELECT 'path_lost'::larwm.signal_kind;
SELECT has_function_privilege('larwm_admin', 'larwm.path_set(text, text, int)', 'execute');
SELECT 1 / (larwm.schema_version() >= 2)::int;

ROLLBACK;
