-- Deploy larwm:mass_loss
-- requires: paths
-- Many units of one network lost at once are one incident (REQ A29): incidents of single units that
-- went into it are closed as gathered, and it says which they were.
BEGIN;
SET LOCAL ROLE larwm_owner;

ALTER DOMAIN larwm.outcome DROP CONSTRAINT outcome_check;
ALTER DOMAIN larwm.outcome ADD CONSTRAINT outcome_check
    CHECK (VALUE IN ('none', 'police_attended', 'person_safe', 'precautionary', 'false',
                     'planned_test', 'stock_handling', 'technical_resolved', 'restored',
                     'no_contact', 'gathered'));
ALTER DOMAIN larwm.history_kind DROP CONSTRAINT history_kind_check;
ALTER DOMAIN larwm.history_kind ADD CONSTRAINT history_kind_check
    CHECK (VALUE IN ('none', 'opened', 'signal', 'repeat', 'raised', 'resolved', 'rechecked',
                     'claimed', 'released', 'note', 'viewed', 'alert', 'police_queued',
                     'police_sent', 'police_accepted', 'police_rejected', 'police_no_answer',
                     'police_update', 'police_cancel', 'closed', 'cancel_code', 'attached',
                     'revealed', 'console_lost', 'stalled', 'police_failed',
                     'gathered'));

CREATE OR REPLACE FUNCTION larwm.schema_version() RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT 3 $$;

COMMIT;
