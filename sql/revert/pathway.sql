-- Revert larwm:pathway
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TABLE larwm.follow_up;
DROP TABLE larwm.support_offer;
DROP TABLE larwm.permission;
DROP TABLE larwm.appointment;
DROP TABLE larwm.job_measure;
DROP TABLE larwm.job;
DROP TABLE larwm.fitter;
DROP TABLE larwm.assessment;
DROP TABLE larwm.referral_step;
DROP TABLE larwm.referral;
DROP TABLE larwm.scheme_interim;
DROP TABLE larwm.measure_kind;
COMMIT;
