-- Deploy larwm:tasks
-- requires: pathway
-- requires: markers
-- requires: alarms
-- Tasks for people outside the alarm room, and the triggers on the alarm tables that raise them.
-- They run with the owner's rights: the daemon itself may not write a task, a unit or a job. They
-- must never fail, since a failure would stop the recorder: they look up before they refer.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.task (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN
                ('marker_renewal', 'marker_request', 'risk_review', 'lost_unit_notice',
                 'unit_removal', 'unit_replacement', 'residence_review', 'order_expiry',
                 'other')),
    status      text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'cancelled')),
    agency_id   bigint REFERENCES larwm.agency,
    marker_id   bigint REFERENCES larwm.marker,
    case_id     bigint REFERENCES larwm.case_record,
    unit_id     bigint REFERENCES larwm.unit,
    property_id bigint REFERENCES larwm.property,
    node        int,
    incident_no bigint,
    opened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at      timestamptz,
    closed_at   timestamptz,
    note        text NOT NULL DEFAULT '',
    CHECK ((status = 'open') = (closed_at IS NULL)),
    CHECK ((node IS NULL) = (incident_no IS NULL)),
    CHECK (kind <> 'marker_renewal' OR marker_id IS NOT NULL),
    CHECK (kind NOT IN ('unit_removal', 'unit_replacement') OR unit_id IS NOT NULL),
    CHECK (kind NOT IN ('risk_review', 'lost_unit_notice')
           OR (case_id IS NOT NULL AND node IS NOT NULL))
);
-- One renewal per marker however many presses (S2); one review and one notice per incident.
CREATE UNIQUE INDEX task_one_renewal ON larwm.task (marker_id)
    WHERE kind = 'marker_renewal' AND status = 'open';
CREATE UNIQUE INDEX task_one_per_incident ON larwm.task (node, incident_no, kind, case_id)
    WHERE kind IN ('risk_review', 'lost_unit_notice');
CREATE UNIQUE INDEX task_one_per_unit ON larwm.task (unit_id, kind)
    WHERE kind IN ('unit_removal', 'unit_replacement') AND status = 'open';
CREATE INDEX ON larwm.task (agency_id, due_at) WHERE status = 'open';
CREATE INDEX ON larwm.task (case_id);
COMMENT ON TABLE larwm.task IS 'Work for an agency that an alarm or a date gave rise to.';
COMMENT ON COLUMN larwm.task.agency_id IS 'Who has to do it; null: the coordinator of the case.';
COMMENT ON COLUMN larwm.task.node IS 'With incident_no: the incident that gave rise to it.';

-- The domestic abuse unit of a force, else nothing.
CREATE FUNCTION larwm.dau_of_force(p_force bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT a.id FROM larwm.agency a
     WHERE a.force_id = p_force AND a.kind = 'police_dau' AND a.active
     ORDER BY a.id LIMIT 1
$$;
COMMENT ON FUNCTION larwm.dau_of_force IS 'Agency that decides markers for a force; or null.';

CREATE FUNCTION larwm.raise_incident_tasks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    event_at timestamptz := coalesce(NEW.last_signal_at, NEW.opened_at);
    days     interval := make_interval(days => coalesce(setting_int('risk_review_days'), 7));
BEGIN
    -- Risk is looked at again after each P1 (REQ B26, C42, S1).
    INSERT INTO task (kind, agency_id, case_id, node, incident_no, due_at)
    SELECT 'risk_review', coalesce(dau_of_force(au.force_id), c.lead_agency_id), c.id,
           NEW.node, NEW.no, NEW.opened_at + days
      FROM case_record c JOIN authority au ON au.id = c.authority_id
     WHERE c.id = NEW.case_id
    ON CONFLICT DO NOTHING;

    -- A marker found lapsed is to be renewed or not: the police unit decides (S2).
    INSERT INTO task (kind, agency_id, marker_id, property_id, case_id, due_at)
    SELECT 'marker_renewal', dau_of_force(m.force_id), m.marker_id, NEW.property_id,
           (SELECT c.id FROM case_record c WHERE c.id = NEW.case_id),
           event_at + make_interval(days => coalesce(setting_int('marker_renewal_days'), 1))
      FROM marker_at(NEW.property_id, event_at) m
     WHERE m.status = 'lapsed'
    ON CONFLICT DO NOTHING;

    -- A lost or stolen unit was pressed: whoever leads the case must know (S4, REQ D24).
    INSERT INTO task (kind, agency_id, case_id, node, incident_no, due_at)
    SELECT 'lost_unit_notice', c.lead_agency_id, c.id, NEW.node, NEW.no, NEW.opened_at
      FROM case_record c
     WHERE c.reference = NEW.linked_case
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION larwm.raise_incident_tasks IS 'Raises what a P1 gives rise to, each once.';

CREATE TRIGGER incident_tasks_new AFTER INSERT ON larwm.incident FOR EACH ROW
    WHEN (NEW.priority::text = 'p1' AND NOT NEW.test)
    EXECUTE FUNCTION larwm.raise_incident_tasks();
CREATE TRIGGER incident_tasks_changed AFTER UPDATE ON larwm.incident FOR EACH ROW
    WHEN (NEW.priority::text = 'p1' AND NOT NEW.test
          AND (NEW.case_id, NEW.property_id, NEW.linked_case, NEW.last_signal_at,
               NEW.priority::text, NEW.test)
              IS DISTINCT FROM
              (OLD.case_id, OLD.property_id, OLD.linked_case, OLD.last_signal_at,
               OLD.priority::text, OLD.test))
    EXECUTE FUNCTION larwm.raise_incident_tasks();

-- The first received test signal puts a leased unit into service and completes its job: the joint
-- between installation and alarms (REQ A22, C37).
CREATE FUNCTION larwm.complete_installation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    tested bigint;
BEGIN
    SELECT u.id INTO tested FROM unit u
     WHERE u.identifier = NEW.unit AND u.status = 'leased_untested';
    IF tested IS NOT NULL THEN
        UPDATE unit SET status = 'in_service', status_since = NEW.received_at WHERE id = tested;
        INSERT INTO unit_event (unit_id, at, from_status, to_status, actor, reason)
        VALUES (tested, NEW.received_at, 'leased_untested', 'in_service', 'node-' || NEW.node,
                'test signal received');
        UPDATE job SET status = 'done', outcome = 'complete', closed_at = NEW.received_at
         WHERE unit_id = tested AND kind IN ('fit', 'replace') AND closed_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION larwm.complete_installation IS 'A received test signal ends an installation.';

CREATE TRIGGER signal_test AFTER INSERT ON larwm.signal FOR EACH ROW
    WHEN (NEW.kind::text = 'test' AND NOT NEW.restore AND NEW.unit <> '')
    EXECUTE FUNCTION larwm.complete_installation();

COMMIT;
