-- Revert larwm:recorder_cost
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TRIGGER incident_marker_changed ON larwm.incident;
DROP FUNCTION larwm.raise_marker_tasks;
CREATE TRIGGER incident_marker_changed AFTER UPDATE ON larwm.incident FOR EACH ROW
    WHEN (NEW.property_id IS NOT NULL AND NEW.priority::text = 'p1' AND NOT NEW.test
          AND (NEW.property_id, NEW.last_signal_at, NEW.priority::text, NEW.test)
              IS DISTINCT FROM
              (OLD.property_id, OLD.last_signal_at, OLD.priority::text, OLD.test))
    EXECUTE FUNCTION larwm.raise_marker_task();
CREATE INDEX incident_signal_node_pos_idx ON larwm.incident_signal (node, pos);
CREATE INDEX incident_history_node_no_pos_idx ON larwm.incident_history (node, no, pos);
ALTER TABLE larwm.incident_history DROP CONSTRAINT incident_history_pkey;
ALTER TABLE larwm.incident_history ADD PRIMARY KEY (node, pos, idx);
ALTER TABLE larwm.signal RESET (fillfactor);
ALTER TABLE larwm.incident RESET (fillfactor);
COMMIT;
