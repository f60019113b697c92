-- Revert larwm:directory_linear
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
  LEFT JOIN LATERAL (
        SELECT cr.risk FROM larwm.case_risk cr WHERE cr.case_id = c.id
         ORDER BY cr.assessed_at DESC, cr.id DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (
        SELECT true AS on_watch FROM larwm.heightened_watch w
         WHERE w.case_id = c.id AND w.during @> statement_timestamp() LIMIT 1) hw ON true
  LEFT JOIN LATERAL (
        SELECT array_agg(x.fingerprint ORDER BY x.id) AS fingerprints
          FROM larwm.unit_credential x
         WHERE x.unit_id = u.id AND x.kind = 'tls_key' AND x.valid @> statement_timestamp()) k ON true
  LEFT JOIN LATERAL (
        SELECT max(upper(t.during)) AS test_until FROM larwm.test_window t
         WHERE t.unit_id = u.id AND t.during @> statement_timestamp()) tw ON true;

COMMIT;
