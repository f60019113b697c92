-- Deploy larwm:directory_linear
-- requires: resolve_fast
-- The directory of a large fleet in one pass. Asked for unit by unit, its keys were found through an
-- index of all that are valid now where PostgreSQL had not counted the tables yet (after an import,
-- say): 4,000 units took 1.2 s, and four times the units sixteen times that. Until the directory is
-- loaded, every unit counts as unregistered.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE OR REPLACE VIEW larwm.directory_units AS
SELECT u.identifier,
       m.name AS model,
       m.monitored,
       m.mobile,
       u.silent_receipt OR coalesce(c.perpetrator_resident <> 'no', false) AS silent,
       u.status::text AS status,
       -- Heightened watch halves the limit (REQ A25).
       CASE WHEN hw.on_watch THEN greatest(m.heartbeat_interval_s / 2, 1)
            ELSE m.heartbeat_interval_s END
           * m.monitored::int AS interval_s,
       u.network,
       CASE WHEN a.id IS NOT NULL THEN coalesce(r.risk::text, 'unknown') END AS risk,
       coalesce(k.fingerprints, '{}') AS fingerprints,
       m.lost_after,
       coalesce(hw.on_watch, false) AS heightened,
       tw.test_until,
       u.iccid
  FROM larwm.unit u
  JOIN larwm.unit_model m ON m.id = u.model_id
  LEFT JOIN larwm.allocation a ON a.unit_id = u.id AND a.during @> statement_timestamp()
  LEFT JOIN larwm.case_record c ON c.id = a.case_id
  LEFT JOIN (
        SELECT DISTINCT ON (cr.case_id) cr.case_id, cr.risk FROM larwm.case_risk cr
         ORDER BY cr.case_id, cr.assessed_at DESC, cr.id DESC) r ON r.case_id = c.id
  LEFT JOIN (
        SELECT DISTINCT w.case_id, true AS on_watch FROM larwm.heightened_watch w
         WHERE w.during @> statement_timestamp()) hw ON hw.case_id = c.id
  LEFT JOIN (
        SELECT x.unit_id, array_agg(x.fingerprint ORDER BY x.id) AS fingerprints
          FROM larwm.unit_credential x
         WHERE x.kind = 'tls_key' AND x.valid @> statement_timestamp()
         GROUP BY x.unit_id) k ON k.unit_id = u.id
  LEFT JOIN (
        SELECT t.unit_id, max(upper(t.during)) AS test_until FROM larwm.test_window t
         WHERE t.during @> statement_timestamp()
         GROUP BY t.unit_id) tw ON tw.unit_id = u.id;

COMMIT;
