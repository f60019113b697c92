-- Revert larwm:paths
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE OR REPLACE FUNCTION larwm.schema_version() RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;

DROP FUNCTION larwm.account_set;
DROP FUNCTION larwm.path_drop;
DROP FUNCTION larwm.path_set;
DROP FUNCTION larwm.learned_many;
DROP VIEW larwm.directory_paths;
-- A view cannot lose columns by being replaced.
DROP VIEW larwm.directory_dc09;
CREATE VIEW larwm.directory_dc09 AS
SELECT c.account, c.line, u.identifier AS unit, c.dc09_key AS key,
       octet_length(c.dc09_key) * 8 AS key_bits
  FROM larwm.unit_credential c
  JOIN larwm.unit u ON u.id = c.unit_id
 WHERE c.kind = 'dc09' AND c.valid @> statement_timestamp();
COMMENT ON VIEW larwm.directory_dc09 IS
    'DC-09 accounts valid now; key_bits 0 is clear text. Secret: the daemon only.';
GRANT SELECT ON larwm.directory_dc09 TO larwm_daemon;
DROP TABLE larwm.dc09_account;
DROP TABLE larwm.unit_path_learned;
DROP TABLE larwm.unit_path;
ALTER TABLE larwm.signal DROP COLUMN path;
DROP DOMAIN larwm.path;
-- Rows with the newer words may stay: the older programs show them as they are.
ALTER DOMAIN larwm.signal_kind DROP CONSTRAINT signal_kind_check;
ALTER DOMAIN larwm.signal_kind ADD CONSTRAINT signal_kind_check
    CHECK (VALUE IN ('unknown', 'panic', 'duress', 'holdup', 'medical', 'fire', 'intrusion',
                     'tamper', 'fall', 'no_activity', 'gas', 'jam', 'comms_trouble',
                     'low_battery', 'power_loss', 'fault', 'cancel', 'test', 'open_close',
                     'bypass', 'wrong_code', 'position', 'unreadable', 'unit_late', 'unit_lost',
                     'unit_restored', 'credential_fault')) NOT VALID;

COMMIT;
