-- Verify larwm:admin_cases
BEGIN;
SELECT 'larwm.case_add'::regproc, 'larwm.case_set_status'::regproc,
       'larwm.case_risk_add'::regproc, 'larwm.marker_add'::regproc,
       'larwm.marker_withdraw'::regproc, 'larwm.user_add'::regproc,
       'larwm.user_set_disabled'::regproc;
ROLLBACK;
