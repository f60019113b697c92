-- Revert larwm:admin_cases
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.user_set_disabled;
DROP FUNCTION larwm.user_add;
DROP FUNCTION larwm.marker_withdraw;
DROP FUNCTION larwm.marker_add;
DROP FUNCTION larwm.case_risk_add;
DROP FUNCTION larwm.case_set_status;
DROP FUNCTION larwm.case_add;
DROP FUNCTION larwm.case_add_lists;
DROP FUNCTION larwm.case_add_property;
DROP FUNCTION larwm.next_case_reference;
DROP FUNCTION larwm.check_keys;
COMMIT;
