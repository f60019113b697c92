-- Deploy larwm:paths
-- requires: recorder
-- Supervision per account and path (REQ A28): a unit's main and back-up path, the interval of each,
-- configured or learned from its link tests, and what is told apart by DC-09 account.
BEGIN;
SET LOCAL ROLE larwm_owner;

ALTER DOMAIN larwm.signal_kind DROP CONSTRAINT signal_kind_check;
ALTER DOMAIN larwm.signal_kind ADD CONSTRAINT signal_kind_check
    CHECK (VALUE IN ('unknown', 'panic', 'duress', 'holdup', 'medical', 'fire', 'intrusion',
                     'tamper', 'fall', 'no_activity', 'gas', 'jam', 'comms_trouble',
                     'low_battery', 'power_loss', 'fault', 'cancel', 'test', 'open_close',
                     'bypass', 'wrong_code', 'position', 'unreadable', 'unit_late', 'unit_lost',
                     'unit_restored', 'credential_fault', 'path_late', 'path_lost',
                     'path_restored'));
CREATE DOMAIN larwm.path AS text CHECK (VALUE IN ('none', 'main', 'backup'));

ALTER TABLE larwm.signal ADD COLUMN path larwm.path NOT NULL DEFAULT 'none';
COMMENT ON COLUMN larwm.signal.path IS
    'That it came by, or that it is about; none: it proves nothing about a path.';

CREATE TABLE larwm.unit_path (
    unit_id    bigint NOT NULL REFERENCES larwm.unit,
    path       larwm.path NOT NULL CHECK (path <> 'none'),
    interval_s int CHECK (interval_s BETWEEN 10 AND 2592000),
    PRIMARY KEY (unit_id, path)
);
COMMENT ON TABLE larwm.unit_path IS
    'How often a path of a unit is heard. No row: a main path that is learned, no back-up path.';
COMMENT ON COLUMN larwm.unit_path.interval_s IS
    'Seconds between link tests, 10 s to 30 days; null: learned from them.';

-- Apart from unit_path, because the daemon writes it and must not cause the directory to be read
-- again each time.
CREATE TABLE larwm.unit_path_learned (
    unit_id    bigint NOT NULL REFERENCES larwm.unit,
    path       larwm.path NOT NULL CHECK (path <> 'none'),
    interval_s int CHECK (interval_s > 0),
    at         timestamptz NOT NULL,
    node       int NOT NULL,
    pos        bigint NOT NULL,
    PRIMARY KEY (unit_id, path)
);
COMMENT ON TABLE larwm.unit_path_learned IS 'Intervals the daemon learned from link tests.';
COMMENT ON COLUMN larwm.unit_path_learned.interval_s IS
    'Seconds; null: forgotten on request, what comes after pos counts.';
COMMENT ON COLUMN larwm.unit_path_learned.pos IS 'Journal position of the record that said so.';

CREATE TABLE larwm.dc09_account (
    unit_id         bigint NOT NULL REFERENCES larwm.unit,
    account         text NOT NULL CHECK (account ~ '^[0-9A-F]{3,16}$'),
    line            text NOT NULL DEFAULT '' CHECK (line ~ '^[0-9A-F]{0,6}$'),
    path            larwm.path NOT NULL DEFAULT 'main' CHECK (path <> 'none'),
    backup_network  text NOT NULL DEFAULT '2' CHECK (backup_network ~ '^[0-9A-Za-z]$'),
    clock_behind_s  int CHECK (clock_behind_s BETWEEN 1 AND 86400),
    clock_ahead_s   int CHECK (clock_ahead_s BETWEEN 1 AND 86400),
    PRIMARY KEY (unit_id, account, line)
);
COMMENT ON TABLE larwm.dc09_account IS
    'What is set for a DC-09 account; it outlives a change of its key. No row: all defaults.';
COMMENT ON COLUMN larwm.dc09_account.path IS 'Frames of this account come by this path.';
COMMENT ON COLUMN larwm.dc09_account.backup_network IS
    'Of a main account: the network path [J..] that is the back-up path; every other is main.';
COMMENT ON COLUMN larwm.dc09_account.clock_behind_s IS
    'How old a timestamp may be, seconds; null: as the listener says.';
COMMENT ON COLUMN larwm.dc09_account.clock_ahead_s IS
    'How far ahead a timestamp may be, seconds; null: as the listener says.';

CREATE OR REPLACE VIEW larwm.directory_dc09 AS
SELECT c.account, c.line, u.identifier AS unit, c.dc09_key AS key,
       octet_length(c.dc09_key) * 8 AS key_bits,
       coalesce(d.path, 'main') AS path,
       coalesce(d.backup_network, '2') AS backup_network,
       coalesce(d.clock_behind_s, 0) AS clock_behind_s,
       coalesce(d.clock_ahead_s, 0) AS clock_ahead_s
  FROM larwm.unit_credential c
  JOIN larwm.unit u ON u.id = c.unit_id
  LEFT JOIN larwm.dc09_account d
         ON d.unit_id = c.unit_id AND d.account = c.account AND d.line = c.line
 WHERE c.kind = 'dc09' AND c.valid @> statement_timestamp();

-- A panel is not told how often to call: its model's interval stands only until something is
-- learned, and heightened watch does not halve it.
CREATE VIEW larwm.directory_paths AS
SELECT u.identifier AS unit,
       k.path,
       coalesce(p.interval_s, 0) AS interval_s,
       CASE k.path WHEN 'main' THEN m.heartbeat_interval_s ELSE 0 END AS fallback_s,
       coalesce(l.interval_s, 0) AS learned_s,
       coalesce(l.pos, 0) AS learned_pos
  FROM (SELECT x.unit_id, x.path::text AS path FROM larwm.unit_path x
         UNION
        SELECT c.unit_id, 'main' FROM larwm.unit_credential c
         WHERE c.kind = 'dc09' AND c.valid @> statement_timestamp()
         UNION
        SELECT c.unit_id, d.path::text
          FROM larwm.unit_credential c
          JOIN larwm.dc09_account d
            ON d.unit_id = c.unit_id AND d.account = c.account AND d.line = c.line
         WHERE c.kind = 'dc09' AND c.valid @> statement_timestamp()) k
  JOIN larwm.unit u ON u.id = k.unit_id
  JOIN larwm.unit_model m ON m.id = u.model_id AND m.monitored
  LEFT JOIN larwm.unit_path p ON p.unit_id = k.unit_id AND p.path = k.path
  LEFT JOIN larwm.unit_path_learned l ON l.unit_id = k.unit_id AND l.path = k.path;
COMMENT ON VIEW larwm.directory_paths IS
    'Paths of units that have more than the interval of their model: panels, and what was set.';
COMMENT ON COLUMN larwm.directory_paths.interval_s IS 'Configured; 0: learned.';
COMMENT ON COLUMN larwm.directory_paths.fallback_s IS 'Until learned; 0: not supervised until then.';
COMMENT ON COLUMN larwm.directory_paths.learned_pos IS
    'The newest record counts: what the daemon learned after it, it keeps.';

CREATE FUNCTION larwm.learned_many(p_node int, p_pos bigint[], p_unit text[], p_path text[],
                                   p_interval_s int[], p_at timestamptz[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
    INSERT INTO unit_path_learned AS l (unit_id, path, interval_s, at, node, pos)
    SELECT DISTINCT ON (u.id, x.path) u.id, x.path, x.interval_s, x.at, p_node, x.pos
      FROM unnest(p_pos, p_unit, p_path, p_interval_s, p_at) AS x (pos, unit, path, interval_s, at)
      JOIN unit u ON u.identifier = x.unit
     ORDER BY u.id, x.path, x.pos DESC
        ON CONFLICT (unit_id, path) DO UPDATE
       SET interval_s = excluded.interval_s, at = excluded.at, node = excluded.node,
           pos = excluded.pos
     WHERE l.node <> excluded.node OR l.pos < excluded.pos
$$;
COMMENT ON FUNCTION larwm.learned_many IS
    'Learned intervals, arrays of equal length; an older position changes nothing.';

CREATE FUNCTION larwm.path_set(p_unit text, p_path text, p_interval_s int DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
BEGIN
    IF p_path NOT IN ('main', 'backup') THEN
        RAISE EXCEPTION 'no path %: main or backup', p_path USING ERRCODE = 'LW003';
    ELSIF p_interval_s NOT BETWEEN 10 AND 2592000 THEN
        RAISE EXCEPTION 'an interval is 10 seconds to 30 days' USING ERRCODE = 'LW003';
    END IF;
    -- What was learned is forgotten either way: a person has spoken.
    UPDATE unit_path_learned SET interval_s = NULL, at = clock_timestamp()
     WHERE unit_id = v_unit.id AND path = p_path;
    INSERT INTO unit_path (unit_id, path, interval_s) VALUES (v_unit.id, p_path, p_interval_s)
        ON CONFLICT (unit_id, path) DO UPDATE SET interval_s = excluded.interval_s;
    PERFORM admin_audit('path_set', 'unit', p_unit,
                        jsonb_build_object('path', p_path, 'interval_s', p_interval_s));
END
$$;
COMMENT ON FUNCTION larwm.path_set IS
    'Gives a unit a path and its interval; null: learned anew from its link tests.';

CREATE FUNCTION larwm.path_drop(p_unit text, p_path text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
BEGIN
    UPDATE unit_path_learned SET interval_s = NULL, at = clock_timestamp()
     WHERE unit_id = v_unit.id AND path = p_path;
    UPDATE dc09_account SET path = 'main' WHERE unit_id = v_unit.id AND path = p_path;
    DELETE FROM unit_path WHERE unit_id = v_unit.id AND path = p_path;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unit % has no path % of its own', p_unit, p_path USING ERRCODE = 'LW001';
    END IF;
    PERFORM admin_audit('path_drop', 'unit', p_unit, jsonb_build_object('path', p_path));
END
$$;
COMMENT ON FUNCTION larwm.path_drop IS
    'Takes a path away; a main path is then as its model says, or learned.';

-- A parameter that is null leaves what is there; 0 for a clock limit: as the listener says.
CREATE FUNCTION larwm.account_set(p_unit text, p_account text, p_path text DEFAULT NULL,
                                  p_backup_network text DEFAULT NULL,
                                  p_clock_behind_s int DEFAULT NULL,
                                  p_clock_ahead_s int DEFAULT NULL, p_line text DEFAULT '')
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
BEGIN
    IF p_path NOT IN ('main', 'backup') THEN
        RAISE EXCEPTION 'no path %: main or backup', p_path USING ERRCODE = 'LW003';
    ELSIF NOT EXISTS (SELECT FROM unit_credential c
                       WHERE c.unit_id = v_unit.id AND c.account = p_account AND c.line = p_line
                         AND c.valid @> clock_timestamp()) THEN
        RAISE EXCEPTION 'unit % has no account %', p_unit, p_account USING ERRCODE = 'LW001';
    END IF;
    INSERT INTO dc09_account (unit_id, account, line) VALUES (v_unit.id, p_account, p_line)
        ON CONFLICT DO NOTHING;
    UPDATE dc09_account d
       SET path = coalesce(p_path, d.path),
           backup_network = coalesce(p_backup_network, d.backup_network),
           clock_behind_s = nullif(coalesce(p_clock_behind_s, d.clock_behind_s), 0),
           clock_ahead_s = nullif(coalesce(p_clock_ahead_s, d.clock_ahead_s), 0)
     WHERE d.unit_id = v_unit.id AND d.account = p_account AND d.line = p_line;
    IF p_path = 'backup' THEN
        INSERT INTO unit_path (unit_id, path) VALUES (v_unit.id, 'backup') ON CONFLICT DO NOTHING;
    END IF;
    PERFORM admin_audit('account_set', 'unit', p_unit,
                        jsonb_build_object('account', p_account, 'path', p_path,
                                           'backup_network', p_backup_network,
                                           'clock_behind_s', p_clock_behind_s,
                                           'clock_ahead_s', p_clock_ahead_s));
END
$$;
COMMENT ON FUNCTION larwm.account_set IS
    'Which path a DC-09 account is, how its back-up frames are told, how wrong its clock may be.';

CREATE TRIGGER unit_path_changed AFTER INSERT OR UPDATE OR DELETE ON larwm.unit_path
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.notify_changed('directory');
CREATE TRIGGER dc09_account_changed AFTER INSERT OR UPDATE OR DELETE ON larwm.dc09_account
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.notify_changed('directory');

REVOKE ALL ON FUNCTION larwm.learned_many, larwm.path_set, larwm.path_drop, larwm.account_set
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION larwm.learned_many TO larwm_daemon;
GRANT SELECT ON larwm.directory_paths TO larwm_daemon, larwm_admin;
GRANT EXECUTE ON FUNCTION larwm.path_set, larwm.path_drop, larwm.account_set TO larwm_admin;
GRANT SELECT ON larwm.unit_path, larwm.unit_path_learned, larwm.dc09_account TO larwm_admin;
GRANT SELECT ON larwm.unit_path, larwm.unit_path_learned TO larwm_report;
GRANT SELECT (path) ON larwm.signal TO larwm_report;

CREATE OR REPLACE FUNCTION larwm.schema_version() RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT 2 $$;

COMMIT;
