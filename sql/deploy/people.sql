-- Deploy larwm:people
-- requires: organisation
-- Persons, properties and cases. Personal data of people at risk: the daemon reaches it through
-- larwm.resolve() only, reports never do.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE SEQUENCE larwm.reference_no;
COMMENT ON SEQUENCE larwm.reference_no IS 'Numbers in the references of persons and properties.';

CREATE TABLE larwm.person (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE DEFAULT 'PER-' || nextval('larwm.reference_no'),
    name      text NOT NULL CHECK (name <> ''),
    born      date,
    telephone text NOT NULL DEFAULT '',
    language  text NOT NULL DEFAULT 'en',
    needs     text NOT NULL DEFAULT ''
);
COMMENT ON TABLE larwm.person IS 'A person; gender-neutral (REQ B4, E18).';
COMMENT ON COLUMN larwm.person.reference IS 'Human reference, "PER-12"; never a name.';
COMMENT ON COLUMN larwm.person.language IS 'ISO 639-1, "cy" for Welsh.';
COMMENT ON COLUMN larwm.person.needs IS 'Hearing, speech, mobility: how to speak to them (REQ B24).';

CREATE TABLE larwm.property (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference    text NOT NULL UNIQUE DEFAULT 'PRO-' || nextval('larwm.reference_no'),
    address      text NOT NULL CHECK (address <> ''),
    town         text NOT NULL DEFAULT '',
    postcode     text NOT NULL DEFAULT '',
    latitude     double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude    double precision CHECK (longitude BETWEEN -180 AND 180),
    confidential boolean NOT NULL DEFAULT false,
    authority_id bigint NOT NULL REFERENCES larwm.authority,
    tenure       larwm.tenure NOT NULL DEFAULT 'unknown',
    access_notes text NOT NULL DEFAULT '',
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);
CREATE INDEX ON larwm.property (authority_id);
COMMENT ON TABLE larwm.property IS
    'A dwelling. Flats of one building are separate properties and never merge (REQ A21).';
COMMENT ON COLUMN larwm.property.latitude IS 'Degrees, WGS 84; null: not known.';
COMMENT ON COLUMN larwm.property.confidential IS
    'The address is shown to operators on demand only, never to partners (REQ B18, G17).';
COMMENT ON COLUMN larwm.property.tenure IS
    'For schemes and reports; never affects priority or route (REQ G8).';
COMMENT ON COLUMN larwm.property.access_notes IS 'Entrances, gates, room layout (REQ A16, B23).';

CREATE TABLE larwm.property_interest (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    property_id bigint NOT NULL REFERENCES larwm.property,
    person_id   bigint REFERENCES larwm.person,
    agency_id   bigint REFERENCES larwm.agency,
    kind        text NOT NULL
                CHECK (kind IN ('tenant', 'joint_tenant', 'owner', 'joint_owner', 'landlord')),
    perpetrator boolean NOT NULL DEFAULT false,
    CHECK (person_id IS NOT NULL OR agency_id IS NOT NULL)
);
CREATE INDEX ON larwm.property_interest (property_id);
COMMENT ON TABLE larwm.property_interest IS
    'Tenants, owners, landlords (REQ B13, B14). Never contacted from an alarm screen.';
COMMENT ON COLUMN larwm.property_interest.perpetrator IS
    'No request for permission goes to this holder (REQ G15).';

CREATE TABLE larwm.case_record (
    id                        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference                 text NOT NULL UNIQUE CHECK (reference ~ '^[A-Z]{2}-[0-9]{4}-[0-9]{4,}$'),
    person_id                 bigint NOT NULL REFERENCES larwm.person,
    authority_id              bigint NOT NULL REFERENCES larwm.authority,
    category                  text NOT NULL DEFAULT 'domestic_abuse'
                              CHECK (category IN ('domestic_abuse', 'stalking', 'sexual_violence',
                                     'anti_social_behaviour', 'burglary', 'hate_crime',
                                     'older_person', 'lone_worker', 'other')),
    lead_agency_id            bigint REFERENCES larwm.agency,
    coordinator               text NOT NULL DEFAULT '',
    status                    text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    opened_at                 timestamptz NOT NULL DEFAULT now(),
    closed_at                 timestamptz,
    alias                     text NOT NULL DEFAULT '',
    police_consent            larwm.consent NOT NULL DEFAULT 'not_recorded',
    wishes                    text NOT NULL DEFAULT '',
    wishes_at                 timestamptz,
    safe_contact              text NOT NULL DEFAULT '',
    may_call                  boolean NOT NULL DEFAULT false,
    may_text                  boolean NOT NULL DEFAULT false,
    may_speak                 boolean NOT NULL DEFAULT false,
    code_word                 text NOT NULL DEFAULT '',
    cover_story               text NOT NULL DEFAULT '',
    safe_contact_reviewed_at  timestamptz,
    safety_plan               text NOT NULL DEFAULT '',
    perpetrator_resident      larwm.residence NOT NULL DEFAULT 'unknown',
    perpetrator_resident_since  timestamptz,
    perpetrator_resident_source text NOT NULL DEFAULT '',
    perpetrator               text NOT NULL DEFAULT '',
    marac_at                  timestamptz,
    CHECK ((status = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX ON larwm.case_record (person_id);
CREATE INDEX ON larwm.case_record (authority_id);
COMMENT ON TABLE larwm.case_record IS
    'The case: whom an alarm concerns and how to help. Closing never deletes (REQ B17).';
COMMENT ON COLUMN larwm.case_record.reference IS 'Prefix of the authority, year, number.';
COMMENT ON COLUMN larwm.case_record.alias IS 'What queue rows show in place of the name.';
COMMENT ON COLUMN larwm.case_record.police_consent IS
    'Consent to police attendance, asked when a unit is issued (REQ G3).';
COMMENT ON COLUMN larwm.case_record.wishes IS 'What the person wants, in words (REQ G1).';
COMMENT ON COLUMN larwm.case_record.safe_contact IS
    'Rules for any contact, first on the card (REQ G10): channels, hours, never-do list.';
COMMENT ON COLUMN larwm.case_record.may_speak IS 'Speak-back through the unit allowed (REQ G18).';
COMMENT ON COLUMN larwm.case_record.cover_story IS 'What to say when somebody else answers.';
COMMENT ON COLUMN larwm.case_record.perpetrator_resident IS
    'yes or unknown: silent handling (REQ B8).';
COMMENT ON COLUMN larwm.case_record.perpetrator IS 'Description, vehicle, aliases (REQ B9).';
COMMENT ON COLUMN larwm.case_record.marac_at IS 'Last MARAC meeting (REQ B22).';

CREATE TABLE larwm.case_risk (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     bigint NOT NULL REFERENCES larwm.case_record,
    risk        larwm.risk NOT NULL,
    assessed_at timestamptz NOT NULL DEFAULT now(),
    assessed_by text NOT NULL DEFAULT '',
    basis       text NOT NULL DEFAULT ''
);
CREATE INDEX case_risk_latest ON larwm.case_risk (case_id, assessed_at DESC, id DESC);
COMMENT ON TABLE larwm.case_risk IS
    'Dated risk history; the newest row counts (REQ B6). No row means unknown.';

CREATE TABLE larwm.case_factor (
    case_id bigint NOT NULL REFERENCES larwm.case_record,
    factor  text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, factor)
);
COMMENT ON TABLE larwm.case_factor IS 'Coded factors, such as coercive control (REQ B11).';

CREATE TABLE larwm.case_hazard (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id  bigint NOT NULL REFERENCES larwm.case_record,
    text     text NOT NULL CHECK (text <> ''),
    audience text NOT NULL DEFAULT 'everyone'
             CHECK (audience IN ('person', 'others', 'everyone')),
    rank     int NOT NULL DEFAULT 100,
    noted_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
CREATE INDEX ON larwm.case_hazard (case_id);
COMMENT ON TABLE larwm.case_hazard IS
    'What may endanger the person or those who come: first line of the card (REQ B5, G12).';
COMMENT ON COLUMN larwm.case_hazard.audience IS 'Who is endangered.';
COMMENT ON COLUMN larwm.case_hazard.rank IS 'Smaller is shown first.';

CREATE TABLE larwm.household_member (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     bigint NOT NULL REFERENCES larwm.case_record,
    description text NOT NULL CHECK (description <> ''),
    born        date,
    child       boolean NOT NULL DEFAULT false
);
CREATE INDEX ON larwm.household_member (case_id);
COMMENT ON TABLE larwm.household_member IS 'Who else is there, children first (REQ B12, G19).';
COMMENT ON COLUMN larwm.household_member.description IS '"girl", "mother, bed-bound"; no names.';

CREATE TABLE larwm.case_property (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id      bigint NOT NULL REFERENCES larwm.case_record,
    property_id  bigint NOT NULL REFERENCES larwm.property,
    kind         text NOT NULL DEFAULT 'home' CHECK (kind IN ('home', 'temporary')),
    during       tstzrange NOT NULL DEFAULT tstzrange(now(), NULL) CHECK (NOT isempty(during)),
    confidential boolean NOT NULL DEFAULT false,
    CONSTRAINT case_property_half_open CHECK (lower_inc(during) OR lower_inf(during)),
    CONSTRAINT case_property_half_open_end CHECK (NOT upper_inc(during)),
    CONSTRAINT case_property_one_at_a_time
        EXCLUDE USING gist (case_id WITH =, kind WITH =, during WITH &&)
);
CREATE INDEX ON larwm.case_property (property_id);
COMMENT ON TABLE larwm.case_property IS
    'Where the person lives and lived. A temporary residence goes before the home (REQ B16, B18).';
COMMENT ON COLUMN larwm.case_property.during IS 'Half-open [from, to).';

CREATE TABLE larwm.court_order (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES larwm.case_record,
    kind    text NOT NULL CHECK (kind <> ''),
    court   text NOT NULL DEFAULT '',
    during  tstzrange NOT NULL CHECK (NOT isempty(during)),
    terms   text NOT NULL DEFAULT ''
);
CREATE INDEX ON larwm.court_order (case_id);
COMMENT ON TABLE larwm.court_order IS 'Orders in force; kinds are data, laws change (REQ B10).';

CREATE TABLE larwm.heightened_watch (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES larwm.case_record,
    during  tstzrange NOT NULL CHECK (NOT isempty(during)),
    reason  text NOT NULL
);
CREATE INDEX ON larwm.heightened_watch USING gist (case_id, during);
COMMENT ON TABLE larwm.heightened_watch IS
    'A time of more danger: the heartbeat limit halves, rank rises inside the class (REQ A25).';

CREATE TABLE larwm.case_exclusion (
    case_id bigint NOT NULL REFERENCES larwm.case_record,
    user_id bigint NOT NULL REFERENCES larwm.app_user,
    reason  text NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
COMMENT ON TABLE larwm.case_exclusion IS 'Users who must not see a case: they know someone (REQ E20).';

CREATE TABLE larwm.coordinator_assignment (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id   bigint NOT NULL REFERENCES larwm.case_record,
    agency_id bigint NOT NULL REFERENCES larwm.agency,
    name      text NOT NULL DEFAULT '',
    during    tstzrange NOT NULL DEFAULT tstzrange(now(), NULL) CHECK (NOT isempty(during)),
    EXCLUDE USING gist (case_id WITH =, during WITH &&)
);
COMMENT ON TABLE larwm.coordinator_assignment IS 'Who coordinated a case and when (REQ E11).';

COMMIT;
