-- Deploy larwm:pathway
-- requires: units
-- From referral to follow-up (groups C and G of the requirements). The alarm side never waits for
-- and never reads these tables (REQ A30); they share its persons, properties, cases and units.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.measure_kind (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
    name          text NOT NULL,
    fixed         boolean NOT NULL DEFAULT true,
    leaves_damage boolean NOT NULL DEFAULT false,
    interim       boolean NOT NULL DEFAULT false,
    materials     text[] NOT NULL DEFAULT '{}',
    contents      text[] NOT NULL DEFAULT '{}',
    model_id      bigint REFERENCES larwm.unit_model,
    cost_pence    bigint CHECK (cost_pence >= 0)
);
COMMENT ON TABLE larwm.measure_kind IS 'What can be fitted or handed out (REQ D1, D2, C44).';
COMMENT ON COLUMN larwm.measure_kind.leaves_damage IS
    'Needs the landlord''s permission; others go ahead while it is pending (REQ C26).';
COMMENT ON COLUMN larwm.measure_kind.interim IS 'Offered while somebody waits for a unit (REQ C20).';
COMMENT ON COLUMN larwm.measure_kind.materials IS 'Doors or windows it fits; empty: any (REQ D3).';
COMMENT ON COLUMN larwm.measure_kind.contents IS 'Contents of a pack.';
COMMENT ON COLUMN larwm.measure_kind.model_id IS 'Set when the measure is an alarm unit.';

CREATE TABLE larwm.scheme_interim (
    scheme_id       bigint NOT NULL REFERENCES larwm.scheme,
    measure_kind_id bigint NOT NULL REFERENCES larwm.measure_kind,
    PRIMARY KEY (scheme_id, measure_kind_id)
);
COMMENT ON TABLE larwm.scheme_interim IS
    'Substitution list of a scheme (REQ C20); without rows every interim measure is offered.';

CREATE TABLE larwm.referral (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference            text NOT NULL UNIQUE,
    scheme_id            bigint NOT NULL REFERENCES larwm.scheme,
    person_id            bigint NOT NULL REFERENCES larwm.person,
    property_id          bigint REFERENCES larwm.property,
    case_id              bigint REFERENCES larwm.case_record,
    referrer_id          bigint REFERENCES larwm.agency,
    self_referral        boolean NOT NULL DEFAULT false,
    received_at          timestamptz NOT NULL DEFAULT now(),
    level                text NOT NULL DEFAULT 'standard',
    tenure               larwm.tenure NOT NULL DEFAULT 'unknown',
    risk                 larwm.risk NOT NULL DEFAULT 'unknown',
    perpetrator_resident larwm.residence NOT NULL DEFAULT 'unknown',
    consent              larwm.consent NOT NULL DEFAULT 'not_recorded',
    reasonable_step      text NOT NULL DEFAULT 'not_applicable'
                         CHECK (reasonable_step IN ('yes', 'no', 'not_applicable')),
    status               text NOT NULL DEFAULT 'received'
                         CHECK (status IN ('received', 'incomplete', 'accepted', 'refused',
                                'forwarded', 'assessed', 'fitted', 'declined', 'closed')),
    status_reason        text NOT NULL DEFAULT '',
    forwarded_to         bigint REFERENCES larwm.agency,
    duplicate_of         bigint REFERENCES larwm.referral,
    rule_version         timestamptz,
    due_at               timestamptz,
    CHECK (self_referral OR referrer_id IS NOT NULL)
);
CREATE INDEX ON larwm.referral (scheme_id, status);
CREATE INDEX ON larwm.referral (person_id);
CREATE INDEX ON larwm.referral (case_id);
COMMENT ON TABLE larwm.referral IS
    'One intake per scheme (REQ C1). Never creates a crime record (REQ G3).';
COMMENT ON COLUMN larwm.referral.reasonable_step IS 'Offered by housing as a reasonable step (REQ C32).';
COMMENT ON COLUMN larwm.referral.rule_version IS 'Instant of the rules that were applied (REQ C45).';
COMMENT ON COLUMN larwm.referral.due_at IS 'By the clock of the scheme (REQ C17).';

CREATE TABLE larwm.referral_step (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    referral_id     bigint NOT NULL REFERENCES larwm.referral,
    step            text NOT NULL,
    agency_id       bigint REFERENCES larwm.agency,
    at              timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    note            text NOT NULL DEFAULT ''
);
CREATE INDEX ON larwm.referral_step (referral_id, at);
COMMENT ON TABLE larwm.referral_step IS 'Each hand-over and its acknowledgement (REQ C46, C11).';

CREATE TABLE larwm.assessment (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    referral_id bigint REFERENCES larwm.referral,
    case_id     bigint REFERENCES larwm.case_record,
    property_id bigint NOT NULL REFERENCES larwm.property,
    assessor_id bigint REFERENCES larwm.agency,
    assessor    text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL,
    template    text NOT NULL DEFAULT 'default-1',
    materials   text[] NOT NULL DEFAULT '{}',
    findings    jsonb NOT NULL DEFAULT '{}',
    CHECK (referral_id IS NOT NULL OR case_id IS NOT NULL)
);
CREATE INDEX ON larwm.assessment (property_id);
CREATE INDEX ON larwm.assessment (referral_id);
COMMENT ON TABLE larwm.assessment IS 'Security survey of a property (REQ B23, C14, C43).';
COMMENT ON COLUMN larwm.assessment.template IS 'Name and version of the form.';

CREATE TABLE larwm.fitter (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id     bigint NOT NULL REFERENCES larwm.agency,
    name          text NOT NULL,
    check_kind    text NOT NULL DEFAULT '',
    checked_on    date,
    check_expires date,
    trained_on    date
);
COMMENT ON TABLE larwm.fitter IS 'Fitters; no assignment without a valid check (REQ C35, G13).';

CREATE TABLE larwm.job (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference    text NOT NULL UNIQUE,
    kind         text NOT NULL DEFAULT 'fit'
                 CHECK (kind IN ('fit', 'remove', 'replace', 'inspect')),
    referral_id  bigint REFERENCES larwm.referral,
    case_id      bigint REFERENCES larwm.case_record,
    property_id  bigint REFERENCES larwm.property,
    unit_id      bigint REFERENCES larwm.unit,
    provider_id  bigint REFERENCES larwm.agency,
    fitter_id    bigint REFERENCES larwm.fitter,
    level        text NOT NULL DEFAULT 'standard',
    out_of_hours boolean NOT NULL DEFAULT false,
    opened_at    timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz,
    status       text NOT NULL DEFAULT 'open'
                 CHECK (status IN ('open', 'scheduled', 'blocked', 'done', 'closed')),
    outcome      text NOT NULL DEFAULT ''
                 CHECK (outcome IN ('', 'complete', 'partial', 'landlord_refused', 'declined',
                        'not_eligible', 'self_funded', 'fled_no_service', 'cancelled')),
    closed_at    timestamptz,
    CHECK ((status IN ('done', 'closed')) = (closed_at IS NOT NULL))
);
CREATE INDEX ON larwm.job (provider_id, status);
CREATE INDEX ON larwm.job (unit_id) WHERE closed_at IS NULL;
CREATE INDEX ON larwm.job (case_id);
COMMENT ON TABLE larwm.job IS 'Work at a property; never in an alarm queue (REQ A30, C13, E13).';
COMMENT ON COLUMN larwm.job.unit_id IS
    'A connected unit: done only after a received test signal (REQ C37).';

CREATE TABLE larwm.job_measure (
    job_id          bigint NOT NULL REFERENCES larwm.job,
    measure_kind_id bigint NOT NULL REFERENCES larwm.measure_kind,
    quantity        int NOT NULL DEFAULT 1 CHECK (quantity > 0),
    agreed          boolean NOT NULL DEFAULT false,
    fitted          int NOT NULL DEFAULT 0 CHECK (fitted >= 0 AND fitted <= quantity),
    PRIMARY KEY (job_id, measure_kind_id)
);
COMMENT ON TABLE larwm.job_measure IS 'What a job fits; nothing without agreement (REQ G2).';

CREATE TABLE larwm.appointment (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id        bigint NOT NULL REFERENCES larwm.job,
    during        tstzrange NOT NULL CHECK (NOT isempty(during)),
    safe_time     boolean NOT NULL DEFAULT false,
    status        text NOT NULL DEFAULT 'planned'
                  CHECK (status IN ('planned', 'kept', 'failed', 'moved')),
    reason        text NOT NULL DEFAULT ''
                  CHECK (reason IN ('', 'occupier_absent', 'not_safe', 'victim_chose_later',
                         'fitter_absent', 'other'))
);
CREATE INDEX ON larwm.appointment (job_id);
COMMENT ON TABLE larwm.appointment IS 'Visits at a convenient and safe time (REQ C23, G10).';
COMMENT ON COLUMN larwm.appointment.safe_time IS 'The person confirmed that the time is safe.';

CREATE TABLE larwm.permission (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    property_id     bigint NOT NULL REFERENCES larwm.property,
    measure_kind_id bigint REFERENCES larwm.measure_kind,
    interest_id     bigint REFERENCES larwm.property_interest,
    state           text NOT NULL DEFAULT 'pending'
                    CHECK (state IN ('not_needed', 'pending', 'granted', 'refused',
                           'in_contract')),
    document        text NOT NULL DEFAULT '',
    asked_at        timestamptz,
    answered_at     timestamptz
);
CREATE INDEX ON larwm.permission (property_id);
COMMENT ON TABLE larwm.permission IS 'The landlord''s answer, per measure (REQ C24, C25, X12).';

CREATE TABLE larwm.support_offer (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id    bigint NOT NULL REFERENCES larwm.case_record,
    agency_id  bigint NOT NULL REFERENCES larwm.agency,
    kind       text NOT NULL,
    offered_at timestamptz NOT NULL DEFAULT now(),
    answer     text NOT NULL DEFAULT 'open' CHECK (answer IN ('open', 'accepted', 'declined'))
);
CREATE INDEX ON larwm.support_offer (case_id);
COMMENT ON TABLE larwm.support_offer IS
    'Support and alternatives offered; declining closes nothing (REQ C31, C33, C48, G4, G6).';

CREATE TABLE larwm.follow_up (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id      bigint NOT NULL REFERENCES larwm.case_record,
    job_id       bigint REFERENCES larwm.job,
    kind         text NOT NULL CHECK (kind IN ('interview', 'six_months', 'review')),
    due_on       date NOT NULL,
    done_at      timestamptz,
    safe         boolean NOT NULL DEFAULT true,
    outcome      text NOT NULL DEFAULT ''
                 CHECK (outcome IN ('', 'same_home', 'moved_planned', 'moved_emergency', 'refuge',
                        'temporary_accommodation', 'reconciled', 'not_contactable', 'declined',
                        'died')),
    score_before int CHECK (score_before BETWEEN 0 AND 10),
    score_after  int CHECK (score_after BETWEEN 0 AND 10),
    feedback     text NOT NULL DEFAULT ''
);
CREATE INDEX ON larwm.follow_up (due_on) WHERE done_at IS NULL;
COMMENT ON TABLE larwm.follow_up IS 'What became of it; feeling-safe scores (REQ C39, C40, C41, G14).';
COMMENT ON COLUMN larwm.follow_up.safe IS 'False: not safe to contact, nothing is sent.';
COMMENT ON COLUMN larwm.follow_up.feedback IS 'Free text, kept out of reports.';

COMMIT;
