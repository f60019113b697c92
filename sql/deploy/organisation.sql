-- Deploy larwm:organisation
-- requires: appschema
-- Who takes part: police forces, the 22 authorities, schemes, agencies, users of the console.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.force (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z-]*$'),
    name         text NOT NULL,
    telephone    text NOT NULL,
    cap_endpoint text,
    enabled      boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE larwm.force IS 'Police forces and the control room of each (REQ B20).';
COMMENT ON COLUMN larwm.force.code IS 'Short name in messages and configuration, "gwent".';
COMMENT ON COLUMN larwm.force.telephone IS 'Control room voice number, shown when a message fails.';
COMMENT ON COLUMN larwm.force.cap_endpoint IS 'URL that takes CAP messages; null: telephone only.';
COMMENT ON COLUMN larwm.force.enabled IS 'False: messages are not sent, the operator telephones.';

CREATE TABLE larwm.authority (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z-]*$'),
    name        text NOT NULL UNIQUE,
    name_cy     text,
    case_prefix text NOT NULL UNIQUE CHECK (case_prefix ~ '^[A-Z]{2}$'),
    force_id    bigint NOT NULL REFERENCES larwm.force
);
CREATE INDEX ON larwm.authority (force_id);
COMMENT ON TABLE larwm.authority IS 'Local authorities; every property and case is in one (REQ E1).';
COMMENT ON COLUMN larwm.authority.name_cy IS 'Name in Welsh.';
COMMENT ON COLUMN larwm.authority.case_prefix IS 'Begins case references: "GW" in GW-2026-0001.';

CREATE TABLE larwm.scheme (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code               text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]*$'),
    name               text NOT NULL,
    active             boolean NOT NULL DEFAULT true,
    intake             text NOT NULL DEFAULT '',
    tenures_note       text NOT NULL DEFAULT '',
    fitter_note        text NOT NULL DEFAULT '',
    payer_note         text NOT NULL DEFAULT '',
    clock_note         text NOT NULL DEFAULT '',
    alarm_note         text NOT NULL DEFAULT '',
    self_referral      boolean,
    must_have_support  boolean NOT NULL DEFAULT false,
    police_only        boolean NOT NULL DEFAULT false,
    marac_required     boolean NOT NULL DEFAULT false,
    resident_excluded  boolean NOT NULL DEFAULT false,
    assess_first       boolean NOT NULL DEFAULT false,
    source             text NOT NULL DEFAULT ''
);
COMMENT ON TABLE larwm.scheme IS
    'A target-hardening scheme. Every rule is data of the scheme, never code.';
COMMENT ON COLUMN larwm.scheme.self_referral IS 'Null: the scheme has not said (REQ C5).';
COMMENT ON COLUMN larwm.scheme.must_have_support IS 'Only for people in support (REQ C7).';
COMMENT ON COLUMN larwm.scheme.police_only IS 'Takes victims of crime only (REQ C6).';
COMMENT ON COLUMN larwm.scheme.marac_required IS 'Units need a MARAC authorisation (REQ C9).';
COMMENT ON COLUMN larwm.scheme.resident_excluded IS
    'No fixed works while the perpetrator lives there (REQ C10, X5).';
COMMENT ON COLUMN larwm.scheme.assess_first IS 'No job before an assessment (REQ C14).';
COMMENT ON COLUMN larwm.scheme.source IS 'Where the rule comes from; "(inf)" marks an inference.';

CREATE TABLE larwm.scheme_authority (
    scheme_id    bigint NOT NULL REFERENCES larwm.scheme,
    authority_id bigint NOT NULL REFERENCES larwm.authority,
    PRIMARY KEY (scheme_id, authority_id)
);
CREATE INDEX ON larwm.scheme_authority (authority_id);
COMMENT ON TABLE larwm.scheme_authority IS 'A scheme may serve several authorities (REQ E2).';

CREATE TABLE larwm.scheme_clock (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id   bigint NOT NULL REFERENCES larwm.scheme,
    level       text NOT NULL DEFAULT 'standard',
    amount      int NOT NULL CHECK (amount > 0),
    unit        text NOT NULL CHECK (unit IN ('hours', 'calendar_days', 'working_days')),
    start_event text NOT NULL DEFAULT 'referral'
                CHECK (start_event IN ('referral', 'assessment', 'permission')),
    applies     tstzrange NOT NULL DEFAULT tstzrange(NULL, NULL),
    EXCLUDE USING gist (scheme_id WITH =, level WITH =, start_event WITH =, applies WITH &&)
);
COMMENT ON TABLE larwm.scheme_clock IS 'How fast a scheme promises to fit, by level (REQ C17).';
COMMENT ON COLUMN larwm.scheme_clock.unit IS
    'hours elapse in UTC; days end at 23:59:59 local time; working days use larwm.holiday.';
COMMENT ON COLUMN larwm.scheme_clock.applies IS 'Rule versions never overlap (REQ C45).';

CREATE TABLE larwm.scheme_tenure (
    scheme_id  bigint NOT NULL REFERENCES larwm.scheme,
    tenure     larwm.tenure NOT NULL,
    eligible   boolean NOT NULL,
    supplier   text NOT NULL DEFAULT '',
    fitter     text NOT NULL DEFAULT '',
    payer_kind text NOT NULL DEFAULT 'unknown',
    note       text NOT NULL DEFAULT '',
    PRIMARY KEY (scheme_id, tenure),
    CONSTRAINT scheme_tenure_payer_never_victim CHECK (payer_kind <> 'victim')
);
COMMENT ON TABLE larwm.scheme_tenure IS
    'Who supplies, fits and pays by tenure (REQ C12, C27). Never read by the alarm side (REQ G8).';

CREATE TABLE larwm.holiday (
    day  date PRIMARY KEY,
    name text NOT NULL
);
COMMENT ON TABLE larwm.holiday IS 'Bank holidays of Wales, for working-day clocks.';

CREATE TABLE larwm.agency (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]*$'),
    name         text NOT NULL,
    kind         text NOT NULL CHECK (kind IN
                 ('police_dau', 'police', 'local_authority', 'womens_aid', 'idva', 'support',
                  'housing_association', 'care_repair', 'contractor', 'fire', 'health',
                  'community_alarm', 'supplier', 'other')),
    authority_id bigint REFERENCES larwm.authority,
    force_id     bigint REFERENCES larwm.force,
    telephone    text NOT NULL DEFAULT '',
    out_of_hours text NOT NULL DEFAULT '',
    active       boolean NOT NULL DEFAULT true
);
CREATE INDEX ON larwm.agency (authority_id);
CREATE INDEX ON larwm.agency (force_id, kind);
COMMENT ON TABLE larwm.agency IS 'Every body that refers, leads, supplies, fits or answers.';
COMMENT ON COLUMN larwm.agency.kind IS 'police_dau: the unit that decides markers and reviews risk.';
COMMENT ON COLUMN larwm.agency.out_of_hours IS 'Number when the office is closed (REQ E9).';

CREATE TABLE larwm.agency_alias (
    alias     text PRIMARY KEY,
    agency_id bigint NOT NULL REFERENCES larwm.agency
);
CREATE INDEX ON larwm.agency_alias (agency_id);
COMMENT ON TABLE larwm.agency_alias IS 'Old and misspelt names that still resolve (REQ B21, X17).';

CREATE TABLE larwm.scheme_referrer (
    scheme_id bigint NOT NULL REFERENCES larwm.scheme,
    agency_id bigint NOT NULL REFERENCES larwm.agency,
    PRIMARY KEY (scheme_id, agency_id)
);
CREATE INDEX ON larwm.scheme_referrer (agency_id);
COMMENT ON TABLE larwm.scheme_referrer IS
    'Who may refer; a scheme without rows takes any agency (REQ C4, C8).';

CREATE TABLE larwm.app_user (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username      text NOT NULL UNIQUE CHECK (username ~ '^[a-z][a-z0-9._-]{0,31}$'),
    display_name  text NOT NULL,
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    totp_secret   bytea CHECK (octet_length(totp_secret) BETWEEN 16 AND 64),
    role          larwm.client_role NOT NULL
                  CHECK (role IN ('operator', 'supervisor', 'administrator')),
    disabled      boolean NOT NULL DEFAULT false,
    language      text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'cy')),
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE larwm.app_user IS 'People who log in to the console.';
COMMENT ON COLUMN larwm.app_user.password_hash IS 'argon2id in libsodium''s string form.';
COMMENT ON COLUMN larwm.app_user.totp_secret IS 'Raw secret; null: second factor not enrolled.';
COMMENT ON COLUMN larwm.app_user.language IS 'Language of the page for this user.';

CREATE TABLE larwm.agreement (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint REFERENCES larwm.scheme,
    agency_id bigint NOT NULL REFERENCES larwm.agency,
    scope     text NOT NULL,
    during    tstzrange NOT NULL CHECK (NOT isempty(during))
);
CREATE INDEX ON larwm.agreement (agency_id);
COMMENT ON TABLE larwm.agreement IS 'Service agreements with dates and scope (REQ E10).';

COMMIT;
