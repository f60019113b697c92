-- Deploy larwm:recorder
-- requires: directory
-- requires: audit
-- requires: alarms
-- What the daemon's recorder and directory need beside the alarm tables: moving the applied
-- position, appending to the audit in sets, and a place for rows that PostgreSQL refused.
BEGIN;
SET LOCAL ROLE larwm_owner;

-- Moves the applied position of a node from what its recorder found to what its batch holds. Being
-- the first statement of each batch it locks the row, so two batches of one node (one of them left
-- behind by a lost connection) follow one another; the later finds the position moved and is
-- refused whole. That makes every effect exactly-once, those without a key of their own included.
CREATE FUNCTION larwm.applied_move(p_node int, p_from bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
BEGIN
    UPDATE applied_position SET pos = p_to, updated_at = clock_timestamp()
     WHERE node = p_node AND pos = p_from;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'applied position of node % is not %', p_node, p_from
            USING ERRCODE = 'LW001';
    END IF;
END
$$;
COMMENT ON FUNCTION larwm.applied_move IS 'Compare and set; refused with LW001 when it has moved.';

CREATE FUNCTION larwm.applied_read(p_node int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    found_pos bigint;
BEGIN
    INSERT INTO applied_position (node, pos) VALUES (p_node, 0) ON CONFLICT DO NOTHING;
    SELECT a.pos INTO found_pos FROM applied_position a WHERE a.node = p_node;
    RETURN found_pos;
END
$$;
COMMENT ON FUNCTION larwm.applied_read IS 'Applied position of a node; makes its row at first.';

-- The same chain as audit_append, one row after the other, with one look at the head.
CREATE FUNCTION larwm.audit_append_many(p_chain text, p_at timestamptz[], p_actor text[],
                                        p_action text[], p_subject_kind text[],
                                        p_subject text[], p_detail text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    i         int;
    row_no    bigint;
    row_hash  bytea;
    next_hash bytea;
BEGIN
    IF coalesce(array_length(p_at, 1), 0) = 0 THEN
        RETURN;
    END IF;
    -- The first goes through audit_append: it checks the writer, makes and locks the chain.
    row_no := audit_append(p_chain, p_at[1], p_actor[1], p_action[1], p_subject_kind[1],
                           p_subject[1], p_detail[1]::jsonb);
    SELECT a.hash INTO row_hash FROM audit a WHERE a.chain = p_chain AND a.no = row_no;
    FOR i IN 2 .. array_length(p_at, 1) LOOP
        row_no := row_no + 1;
        next_hash := audit_hash(row_hash, p_chain, row_no, p_at[i], p_actor[i], p_action[i],
                                p_subject_kind[i], p_subject[i], p_detail[i]::jsonb);
        INSERT INTO audit (chain, no, at, actor, action, subject_kind, subject, detail,
                           prev_hash, hash)
        VALUES (p_chain, row_no, p_at[i], p_actor[i], p_action[i], p_subject_kind[i],
                p_subject[i], p_detail[i]::jsonb, row_hash, next_hash);
        row_hash := next_hash;
    END LOOP;
END
$$;
COMMENT ON FUNCTION larwm.audit_append_many IS 'audit_append for arrays of equal length, in order.';

CREATE TABLE larwm.record_refused (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node        int NOT NULL,
    pos         bigint NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    error       text NOT NULL,
    effect      jsonb NOT NULL
);
CREATE INDEX ON larwm.record_refused (node, pos);
COMMENT ON TABLE larwm.record_refused IS
    'Effects of journal records that a constraint refused: parked so that the rest goes on.';
COMMENT ON COLUMN larwm.record_refused.error IS 'SQLSTATE.';
COMMENT ON COLUMN larwm.record_refused.effect IS 'Table and values. May be personal data.';

CREATE VIEW larwm.directory_revoked AS
SELECT DISTINCT c.fingerprint
  FROM larwm.unit_credential c
 WHERE c.kind = 'tls_key' AND upper(c.valid) <= now();
COMMENT ON VIEW larwm.directory_revoked IS 'Keys that were valid once: their sessions are refused (S3).';

CREATE VIEW larwm.directory_holders AS
SELECT u.identifier, a.id AS allocation_id, lower(a.during) AS held_from
  FROM larwm.allocation a
  JOIN larwm.unit u ON u.id = a.unit_id
 WHERE a.during @> now();
COMMENT ON VIEW larwm.directory_holders IS
    'Since when the present holder has each unit: a press dated earlier is not theirs (S3).';

REVOKE ALL ON FUNCTION larwm.applied_move, larwm.applied_read, larwm.audit_append_many FROM PUBLIC;
GRANT EXECUTE ON FUNCTION larwm.applied_move, larwm.applied_read, larwm.audit_append_many
    TO larwm_daemon;
GRANT INSERT ON larwm.record_refused TO larwm_daemon;
GRANT SELECT ON larwm.record_refused TO larwm_admin;
GRANT SELECT ON larwm.directory_revoked, larwm.directory_holders TO larwm_daemon;

COMMIT;
