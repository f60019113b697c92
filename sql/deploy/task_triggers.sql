-- Deploy larwm:task_triggers
-- requires: tasks
-- requires: paths
-- A further press in the same incident changes nothing but its time: it need not look for a review or a
-- notice that are there, only whether the marker has lapsed since. These triggers run for each incident
-- of each of the recorder's transactions; they were two thirds of its time.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE OR REPLACE FUNCTION larwm.raise_incident_tasks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
BEGIN
    -- Risk is looked at again after each P1 (REQ B26, C42, S1).
    IF NEW.case_id IS NOT NULL THEN
        INSERT INTO task (kind, agency_id, case_id, node, incident_no, due_at)
        SELECT 'risk_review', coalesce(dau_of_force(au.force_id), c.lead_agency_id), c.id,
               NEW.node, NEW.no,
               NEW.opened_at + make_interval(days => coalesce(setting_int('risk_review_days'), 7))
          FROM case_record c JOIN authority au ON au.id = c.authority_id
         WHERE c.id = NEW.case_id
        ON CONFLICT DO NOTHING;
    END IF;
    -- A lost or stolen unit was pressed: whoever leads the case must know (S4, REQ D24).
    IF NEW.linked_case <> '' THEN
        INSERT INTO task (kind, agency_id, case_id, node, incident_no, due_at)
        SELECT 'lost_unit_notice', c.lead_agency_id, c.id, NEW.node, NEW.no, NEW.opened_at
          FROM case_record c
         WHERE c.reference = NEW.linked_case
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION larwm.raise_incident_tasks IS 'Raises what a P1 gives rise to, each once.';

-- A marker found lapsed is to be renewed or not: the police unit decides (S2).
CREATE FUNCTION larwm.raise_marker_task() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    event_at timestamptz := coalesce(NEW.last_signal_at, NEW.opened_at);
    lapsed   record;
BEGIN
    SELECT m.marker_id, m.force_id INTO lapsed
      FROM marker_at(NEW.property_id, event_at) m WHERE m.status = 'lapsed';
    IF FOUND THEN
        INSERT INTO task (kind, agency_id, marker_id, property_id, case_id, due_at)
        VALUES ('marker_renewal', dau_of_force(lapsed.force_id), lapsed.marker_id, NEW.property_id,
                (SELECT c.id FROM case_record c WHERE c.id = NEW.case_id),
                event_at + make_interval(days => coalesce(setting_int('marker_renewal_days'), 1)))
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION larwm.raise_marker_task IS
    'Raises the renewal of a marker that had lapsed when a P1 came in, once while it is open.';
REVOKE ALL ON FUNCTION larwm.raise_marker_task FROM PUBLIC;

DROP TRIGGER incident_tasks_changed ON larwm.incident;
CREATE TRIGGER incident_tasks_changed AFTER UPDATE ON larwm.incident FOR EACH ROW
    WHEN (NEW.priority::text = 'p1' AND NOT NEW.test
          AND (NEW.case_id, NEW.linked_case, NEW.priority::text, NEW.test)
              IS DISTINCT FROM (OLD.case_id, OLD.linked_case, OLD.priority::text, OLD.test))
    EXECUTE FUNCTION larwm.raise_incident_tasks();
CREATE TRIGGER incident_marker_new AFTER INSERT ON larwm.incident FOR EACH ROW
    WHEN (NEW.property_id IS NOT NULL AND NEW.priority::text = 'p1' AND NOT NEW.test)
    EXECUTE FUNCTION larwm.raise_marker_task();
CREATE TRIGGER incident_marker_changed AFTER UPDATE ON larwm.incident FOR EACH ROW
    WHEN (NEW.property_id IS NOT NULL AND NEW.priority::text = 'p1' AND NOT NEW.test
          AND (NEW.property_id, NEW.last_signal_at, NEW.priority::text, NEW.test)
              IS DISTINCT FROM
              (OLD.property_id, OLD.last_signal_at, OLD.priority::text, OLD.test))
    EXECUTE FUNCTION larwm.raise_marker_task();
COMMIT;
