-- Verify larwm:directory
BEGIN;
SELECT identifier, model, monitored, mobile, silent, status, interval_s, network, risk,
       fingerprints, lost_after, heightened, test_until FROM larwm.directory_units WHERE false;
SELECT account, line, unit, key, key_bits FROM larwm.directory_dc09 WHERE false;
SELECT username, display_name, password_hash, totp_secret, role, disabled, language
  FROM larwm.directory_users WHERE false;
SELECT code, name, telephone, cap_endpoint FROM larwm.directory_forces WHERE false;
ROLLBACK;
