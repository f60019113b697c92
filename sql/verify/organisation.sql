-- Verify larwm:organisation
BEGIN;
SELECT id, code, name, telephone, cap_endpoint, enabled FROM larwm.force WHERE false;
SELECT id, code, name, name_cy, case_prefix, force_id FROM larwm.authority WHERE false;
SELECT id, code, self_referral, resident_excluded FROM larwm.scheme WHERE false;
SELECT scheme_id, authority_id FROM larwm.scheme_authority WHERE false;
SELECT scheme_id, level, amount, unit, start_event, applies FROM larwm.scheme_clock WHERE false;
SELECT scheme_id, tenure, eligible, payer_kind FROM larwm.scheme_tenure WHERE false;
SELECT day, name FROM larwm.holiday WHERE false;
SELECT id, code, kind, authority_id, force_id FROM larwm.agency WHERE false;
SELECT alias, agency_id FROM larwm.agency_alias WHERE false;
SELECT scheme_id, agency_id FROM larwm.scheme_referrer WHERE false;
SELECT username, password_hash, totp_secret, role, disabled FROM larwm.app_user WHERE false;
SELECT agency_id, during FROM larwm.agreement WHERE false;
ROLLBACK;
