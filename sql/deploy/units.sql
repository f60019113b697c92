-- Deploy larwm:units
-- requires: people
-- Alarm units, the keys they authenticate with, and who held them when.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.unit_model (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code                 text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]*$'),
    name                 text NOT NULL UNIQUE,
    kind                 text NOT NULL CHECK (kind IN
                         ('personal', 'handset', 'hub', 'panel', 'sensor', 'sounder', 'camera',
                          'phone')),
    monitored            boolean NOT NULL,
    mobile               boolean NOT NULL,
    capabilities         text[] NOT NULL DEFAULT '{}',
    heartbeat_interval_s int NOT NULL DEFAULT 0 CHECK (heartbeat_interval_s >= 0),
    lost_after           numeric(4, 2) NOT NULL DEFAULT 2.5 CHECK (lost_after > 1),
    leaves_damage        boolean NOT NULL DEFAULT false,
    cost_pence           bigint CHECK (cost_pence >= 0),
    CONSTRAINT unit_model_passive_has_no_heartbeat
        CHECK (monitored OR heartbeat_interval_s = 0)
);
COMMENT ON TABLE larwm.unit_model IS 'Catalogue of alarm models (REQ D1).';
COMMENT ON COLUMN larwm.unit_model.monitored IS
    'False: a local sounder, never expected to report (REQ A9, A31).';
COMMENT ON COLUMN larwm.unit_model.mobile IS 'Follows the person; else it stays (REQ D23).';
COMMENT ON COLUMN larwm.unit_model.capabilities IS 'gnss, voice, panic, tamper, fall, zones ...';
COMMENT ON COLUMN larwm.unit_model.heartbeat_interval_s IS 'Seconds; 0: not supervised.';
COMMENT ON COLUMN larwm.unit_model.lost_after IS 'Lost after so many intervals of silence (REQ A28).';

CREATE TABLE larwm.contract (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference   text NOT NULL UNIQUE,
    supplier_id bigint REFERENCES larwm.agency,
    units       int NOT NULL CHECK (units > 0),
    price_pence bigint NOT NULL CHECK (price_pence >= 0),
    during      tstzrange NOT NULL CHECK (NOT isempty(during)),
    covers      text NOT NULL DEFAULT ''
);
COMMENT ON TABLE larwm.contract IS
    'Monitoring paid in advance (REQ D6). After its end units keep working (rule R0).';
COMMENT ON COLUMN larwm.contract.price_pence IS 'Whole price, integer pence.';

CREATE TABLE larwm.pool (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]*$'),
    name         text NOT NULL,
    scheme_id    bigint REFERENCES larwm.scheme,
    agency_id    bigint REFERENCES larwm.agency,
    parent_id    bigint REFERENCES larwm.pool,
    quota        int CHECK (quota >= 0)
);
COMMENT ON TABLE larwm.pool IS 'Units lent from one place; a sub-pool belongs to a partner (REQ D8).';

CREATE TABLE larwm.unit (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identifier      text NOT NULL UNIQUE CHECK (identifier ~ '^[A-Z0-9][A-Z0-9._-]{0,31}$'),
    model_id        bigint NOT NULL REFERENCES larwm.unit_model,
    status          larwm.unit_state NOT NULL DEFAULT 'in_store',
    status_since    timestamptz NOT NULL DEFAULT now(),
    owner_agency_id bigint REFERENCES larwm.agency,
    pool_id         bigint REFERENCES larwm.pool,
    contract_id     bigint REFERENCES larwm.contract,
    network         text NOT NULL DEFAULT '',
    iccid           text NOT NULL DEFAULT '' CHECK (iccid ~ '^[0-9]{0,24}$'),
    silent_receipt  boolean NOT NULL DEFAULT true,
    fitted_property_id bigint REFERENCES larwm.property,
    note            text NOT NULL DEFAULT ''
);
CREATE INDEX ON larwm.unit (pool_id, status);
CREATE INDEX ON larwm.unit (fitted_property_id);
CREATE INDEX ON larwm.unit (owner_agency_id);
COMMENT ON TABLE larwm.unit IS 'One deployed or stored alarm.';
COMMENT ON COLUMN larwm.unit.identifier IS 'Printed on the unit, "SKY-101".';
COMMENT ON COLUMN larwm.unit.status IS 'Never suppresses a press (rule R0): it changes labels.';
COMMENT ON COLUMN larwm.unit.status_since IS 'Since when the status holds.';
COMMENT ON COLUMN larwm.unit.network IS 'SIM network or bearer; a mass loss is one incident (REQ A29).';
COMMENT ON COLUMN larwm.unit.iccid IS 'SIM card number, digits.';
COMMENT ON COLUMN larwm.unit.silent_receipt IS 'The receipt shows nothing on the unit (REQ G18).';
COMMENT ON COLUMN larwm.unit.fitted_property_id IS 'Where a fixed unit is fitted.';

CREATE TABLE larwm.unit_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id     bigint NOT NULL REFERENCES larwm.unit,
    at          timestamptz NOT NULL,
    from_status larwm.unit_state,
    to_status   larwm.unit_state NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL DEFAULT ''
);
CREATE INDEX ON larwm.unit_event (unit_id, at);
COMMENT ON TABLE larwm.unit_event IS 'History of the status of each unit (REQ D15).';

CREATE TABLE larwm.unit_credential (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id     bigint NOT NULL REFERENCES larwm.unit,
    kind        text NOT NULL CHECK (kind IN ('tls_key', 'dc09')),
    fingerprint bytea UNIQUE CHECK (octet_length(fingerprint) = 32),
    account     text CHECK (account ~ '^[0-9A-F]{3,16}$'),
    line        text NOT NULL DEFAULT '' CHECK (line ~ '^[0-9A-F]{0,6}$'),
    dc09_key    bytea CHECK (octet_length(dc09_key) IN (0, 16, 24, 32)),
    valid       tstzrange NOT NULL DEFAULT tstzrange(now(), NULL) CHECK (NOT isempty(valid)),
    reason      text NOT NULL DEFAULT '',
    CONSTRAINT unit_credential_shape CHECK (
        (kind = 'tls_key' AND fingerprint IS NOT NULL AND account IS NULL AND dc09_key IS NULL)
        OR (kind = 'dc09' AND fingerprint IS NULL AND account IS NOT NULL
            AND dc09_key IS NOT NULL)),
    CONSTRAINT unit_credential_half_open CHECK (NOT upper_inc(valid)),
    CONSTRAINT unit_credential_one_account
        EXCLUDE USING gist (account WITH =, line WITH =, valid WITH &&)
);
CREATE INDEX ON larwm.unit_credential (unit_id);
COMMENT ON TABLE larwm.unit_credential IS
    'What a unit authenticates with; identity is the key, never an address (REQ A4, E17).';
COMMENT ON COLUMN larwm.unit_credential.fingerprint IS
    'SHA-256 of the public key, DER SubjectPublicKeyInfo. A key is never used for two units.';
COMMENT ON COLUMN larwm.unit_credential.account IS 'DC-09 account number, upper-case hexadecimal.';
COMMENT ON COLUMN larwm.unit_credential.line IS 'DC-09 account prefix (L), or empty.';
COMMENT ON COLUMN larwm.unit_credential.dc09_key IS 'AES key of 16, 24 or 32 bytes; empty: clear text.';
COMMENT ON COLUMN larwm.unit_credential.valid IS 'Half-open [from, to).';

CREATE TABLE larwm.allocation (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id         bigint NOT NULL REFERENCES larwm.unit,
    case_id         bigint NOT NULL REFERENCES larwm.case_record,
    holder_id       bigint REFERENCES larwm.person,
    during          tstzrange NOT NULL CHECK (NOT isempty(during)),
    lessor          text NOT NULL DEFAULT '',
    authorisation   text,
    expected_return timestamptz,
    risk_at_lease   larwm.risk NOT NULL DEFAULT 'unknown',
    end_reason      text,
    CONSTRAINT allocation_half_open
        CHECK (lower_inc(during) AND NOT upper_inc(during) AND NOT lower_inf(during)),
    CONSTRAINT allocation_no_overlap EXCLUDE USING gist (unit_id WITH =, during WITH &&)
);
CREATE INDEX ON larwm.allocation (case_id);
COMMENT ON TABLE larwm.allocation IS
    'Who held a unit when: decides whose life an alarm concerns (REQ D7).';
COMMENT ON COLUMN larwm.allocation.holder_id IS 'Who carries it, when not the person of the case.';
COMMENT ON COLUMN larwm.allocation.during IS 'Half-open [from, to); two never overlap for a unit.';
COMMENT ON COLUMN larwm.allocation.authorisation IS 'MARAC or other authorisation (REQ C9).';
COMMENT ON COLUMN larwm.allocation.risk_at_lease IS 'Basis of the decision (REQ B7).';

CREATE TABLE larwm.test_window (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id   bigint NOT NULL REFERENCES larwm.unit,
    during    tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT upper_inf(during)),
    opened_by text NOT NULL,
    CONSTRAINT test_window_one EXCLUDE USING gist (unit_id WITH =, during WITH &&)
);
COMMENT ON TABLE larwm.test_window IS
    'Presses inside are labelled TEST and still shown; it ends by itself (REQ A23).';

COMMIT;
