-- Revert larwm:task_triggers
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TRIGGER incident_marker_changed ON larwm.incident;
DROP TRIGGER incident_marker_new ON larwm.incident;
DROP TRIGGER incident_tasks_changed ON larwm.incident;
DROP FUNCTION larwm.raise_marker_task;
CREATE OR REPLACE FUNCTION larwm.raise_incident_tasks() RETURNS trigger
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
CREATE TRIGGER incident_tasks_changed AFTER UPDATE ON larwm.incident FOR EACH ROW
    WHEN (NEW.priority::text = 'p1' AND NOT NEW.test
          AND (NEW.case_id, NEW.property_id, NEW.linked_case, NEW.last_signal_at,
               NEW.priority::text, NEW.test)
              IS DISTINCT FROM
              (OLD.case_id, OLD.property_id, OLD.linked_case, OLD.last_signal_at,
               OLD.priority::text, OLD.test))
    EXECUTE FUNCTION larwm.raise_incident_tasks();
COMMIT;
