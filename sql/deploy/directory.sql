-- Deploy larwm:directory
-- requires: units
-- What the daemon loads at start and after every 'directory' notice.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE VIEW larwm.directory_units AS
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
COMMENT ON VIEW larwm.directory_units IS
    'Every unit, retired ones too: a press of any of them is an alarm (rule R0).';
COMMENT ON COLUMN larwm.directory_units.interval_s IS 'Seconds between heartbeats; 0: none expected.';
COMMENT ON COLUMN larwm.directory_units.risk IS 'Of the present holder; null: nobody holds it.';
COMMENT ON COLUMN larwm.directory_units.fingerprints IS 'Valid now: SHA-256 of the public key.';
COMMENT ON COLUMN larwm.directory_units.test_until IS 'End of the open test window, or null.';

CREATE VIEW larwm.directory_dc09 AS
SELECT c.account, c.line, u.identifier AS unit, c.dc09_key AS key,
       octet_length(c.dc09_key) * 8 AS key_bits
  FROM larwm.unit_credential c
  JOIN larwm.unit u ON u.id = c.unit_id
 WHERE c.kind = 'dc09' AND c.valid @> statement_timestamp();
COMMENT ON VIEW larwm.directory_dc09 IS
    'DC-09 accounts valid now; key_bits 0 is clear text. Secret: the daemon only.';

CREATE VIEW larwm.directory_users AS
SELECT username, display_name, password_hash, totp_secret, role::text AS role, disabled, language
  FROM larwm.app_user;
COMMENT ON VIEW larwm.directory_users IS 'For log-in at the gateway. Secret: the daemon only.';

CREATE VIEW larwm.directory_forces AS
SELECT code, name, telephone, CASE WHEN enabled THEN cap_endpoint END AS cap_endpoint
  FROM larwm.force;
COMMENT ON VIEW larwm.directory_forces IS 'Control rooms; no endpoint: telephone only.';

COMMIT;
