-- Verify larwm:pathway
BEGIN;
SELECT * FROM larwm.measure_kind WHERE false;
SELECT * FROM larwm.scheme_interim WHERE false;
SELECT * FROM larwm.referral WHERE false;
SELECT * FROM larwm.referral_step WHERE false;
SELECT * FROM larwm.assessment WHERE false;
SELECT * FROM larwm.fitter WHERE false;
SELECT * FROM larwm.job WHERE false;
SELECT * FROM larwm.job_measure WHERE false;
SELECT * FROM larwm.appointment WHERE false;
SELECT * FROM larwm.permission WHERE false;
SELECT * FROM larwm.support_offer WHERE false;
SELECT * FROM larwm.follow_up WHERE false;
ROLLBACK;
