-- Verify larwm:admin_units
BEGIN;
SELECT * FROM larwm.unit_move WHERE false;
SELECT 'larwm.unit_add'::regproc, 'larwm.unit_retire'::regproc, 'larwm.unit_set_status'::regproc,
       'larwm.credential_add'::regproc, 'larwm.credential_revoke'::regproc,
       'larwm.unit_rekey'::regproc, 'larwm.unit_tested'::regproc,
       'larwm.test_window_open'::regproc, 'larwm.test_window_close'::regproc;
ROLLBACK;
