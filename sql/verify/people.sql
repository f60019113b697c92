-- Verify larwm:people
BEGIN;
SELECT id, reference, name, born, telephone, language, needs FROM larwm.person WHERE false;
SELECT id, reference, address, latitude, longitude, confidential, tenure FROM larwm.property
 WHERE false;
SELECT property_id, kind, perpetrator FROM larwm.property_interest WHERE false;
SELECT id, reference, person_id, status, police_consent, perpetrator_resident, marac_at
  FROM larwm.case_record WHERE false;
SELECT case_id, risk, assessed_at FROM larwm.case_risk WHERE false;
SELECT case_id, factor FROM larwm.case_factor WHERE false;
SELECT case_id, text, audience, ended_at FROM larwm.case_hazard WHERE false;
SELECT case_id, description, born, child FROM larwm.household_member WHERE false;
SELECT case_id, property_id, kind, during, confidential FROM larwm.case_property WHERE false;
SELECT case_id, kind, court, during, terms FROM larwm.court_order WHERE false;
SELECT case_id, during, reason FROM larwm.heightened_watch WHERE false;
SELECT case_id, user_id FROM larwm.case_exclusion WHERE false;
SELECT case_id, agency_id, during FROM larwm.coordinator_assignment WHERE false;
SELECT 1 / (count(*) = 1)::int FROM pg_constraint WHERE conname = 'case_property_one_at_a_time';
ROLLBACK;
