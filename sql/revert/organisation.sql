-- Revert larwm:organisation
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TABLE larwm.agreement;
DROP TABLE larwm.app_user;
DROP TABLE larwm.scheme_referrer;
DROP TABLE larwm.agency_alias;
DROP TABLE larwm.agency;
DROP TABLE larwm.holiday;
DROP TABLE larwm.scheme_tenure;
DROP TABLE larwm.scheme_clock;
DROP TABLE larwm.scheme_authority;
DROP TABLE larwm.scheme;
DROP TABLE larwm.authority;
DROP TABLE larwm.force;
COMMIT;
