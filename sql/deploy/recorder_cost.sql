-- Deploy larwm:recorder_cost
-- requires: task_triggers
-- What a press costs: an index less on its history and on what belongs to an incident, and room in
-- the pages in which rows are written again and again.
BEGIN;
SET LOCAL ROLE larwm_owner;

-- Each press writes its incident again. With room beside it the new row needs no index entries.
ALTER TABLE larwm.incident SET (fillfactor = 50);
-- Some signals are written again soon (whose it is, retransmissions): 5 to 35 of 100, more on a busy machine.
ALTER TABLE larwm.signal SET (fillfactor = 90);

-- A line belongs to one incident: the key by incident is as unique, and is what a reader asks by.
ALTER TABLE larwm.incident_history DROP CONSTRAINT incident_history_pkey;
ALTER TABLE larwm.incident_history ADD PRIMARY KEY (node, no, pos, idx);
DROP INDEX larwm.incident_history_node_no_pos_idx;

-- Which incident a signal belongs to is asked by none; which signals an incident has, by the key.
DROP INDEX larwm.incident_signal_node_pos_idx;

-- A further press of a person with a home looks for a marker that lapsed since: once a statement, for
-- all its incidents, not once each.
CREATE FUNCTION larwm.raise_marker_tasks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
BEGIN
    INSERT INTO task (kind, agency_id, marker_id, property_id, case_id, due_at)
    SELECT 'marker_renewal', dau_of_force(l.force_id), l.marker_id, n.property_id,
           (SELECT c.id FROM case_record c WHERE c.id = n.case_id),
           coalesce(n.last_signal_at, n.opened_at)
               + make_interval(days => coalesce(setting_int('marker_renewal_days'), 1))
      FROM (SELECT i.* FROM newer i
             WHERE i.property_id IS NOT NULL AND i.priority::text = 'p1' AND NOT i.test
               AND EXISTS (SELECT FROM marker m
                            WHERE m.property_id = i.property_id
                              AND m.valid_to <= coalesce(i.last_signal_at, i.opened_at))) n
      CROSS JOIN LATERAL marker_at(n.property_id, coalesce(n.last_signal_at, n.opened_at)) l
      JOIN older o ON o.node = n.node AND o.no = n.no
     WHERE l.status = 'lapsed'
       AND (n.property_id, n.last_signal_at, n.priority::text, n.test)
           IS DISTINCT FROM (o.property_id, o.last_signal_at, o.priority::text, o.test)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION larwm.raise_marker_tasks IS
    'Raises the renewal of markers that had lapsed when presses came, once while each is open.';
REVOKE ALL ON FUNCTION larwm.raise_marker_tasks FROM PUBLIC;

DROP TRIGGER incident_marker_changed ON larwm.incident;
CREATE TRIGGER incident_marker_changed AFTER UPDATE ON larwm.incident
    REFERENCING OLD TABLE AS older NEW TABLE AS newer
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.raise_marker_tasks();

COMMIT;
