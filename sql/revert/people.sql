-- Revert larwm:people
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TABLE larwm.coordinator_assignment;
DROP TABLE larwm.case_exclusion;
DROP TABLE larwm.heightened_watch;
DROP TABLE larwm.court_order;
DROP TABLE larwm.case_property;
DROP TABLE larwm.household_member;
DROP TABLE larwm.case_hazard;
DROP TABLE larwm.case_factor;
DROP TABLE larwm.case_risk;
DROP TABLE larwm.case_record;
DROP TABLE larwm.property_interest;
DROP TABLE larwm.property;
DROP TABLE larwm.person;
DROP SEQUENCE larwm.reference_no;
COMMIT;
