-- Deploy larwm:audit
-- requires: appschema
-- The audit trail: append-only, one hash chain for each writer. A row's hash covers the hash of
-- the row before it, so a changed, removed or inserted row shows from there on.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.audit_chain (
    chain text PRIMARY KEY CHECK (chain = 'admin' OR chain ~ '^node-[0-9]+$')
);
COMMENT ON TABLE larwm.audit_chain IS 'One row per writer; locked while it appends.';

CREATE TABLE larwm.audit (
    chain        text NOT NULL REFERENCES larwm.audit_chain,
    no           bigint NOT NULL,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    action       text NOT NULL,
    subject_kind text NOT NULL,
    subject      text NOT NULL,
    detail       jsonb NOT NULL,
    prev_hash    bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
    hash         bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (chain, no)
);
CREATE INDEX ON larwm.audit (subject_kind, subject);
COMMENT ON TABLE larwm.audit IS 'Who did what to whom and when (REQ E4, E6). Append-only.';
COMMENT ON COLUMN larwm.audit.no IS 'From 1 without gaps inside a chain.';
COMMENT ON COLUMN larwm.audit.subject IS 'Reference of the subject, never a name.';
COMMENT ON COLUMN larwm.audit.prev_hash IS 'Hash of the row before; 32 zero bytes for the first.';
COMMENT ON COLUMN larwm.audit.hash IS 'SHA-256 over prev_hash and the canonical content.';

-- The canonical content: a JSON array, so that no two different rows have the same text. Times go
-- in as microseconds since 1970 UTC, whatever the session's time zone.
CREATE FUNCTION larwm.audit_hash(p_prev bytea, p_chain text, p_no bigint, p_at timestamptz,
                                 p_actor text, p_action text, p_subject_kind text,
                                 p_subject text, p_detail jsonb) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(p_prev || convert_to(json_build_array(
               p_chain, p_no, (extract(epoch FROM p_at) * 1000000)::bigint, p_actor, p_action,
               p_subject_kind, p_subject, p_detail::text)::text, 'UTF8'))
$$;
COMMENT ON FUNCTION larwm.audit_hash IS 'The hash a row must have.';

CREATE FUNCTION larwm.audit_append(p_chain text, p_at timestamptz, p_actor text, p_action text,
                                   p_subject_kind text, p_subject text,
                                   p_detail jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    last_no   bigint := 0;
    last_hash bytea  := decode(repeat('00', 32), 'hex');
    needed    name   := CASE WHEN p_chain LIKE 'node-%' THEN 'larwm_daemon' ELSE 'larwm_admin' END;
BEGIN
    -- Nobody writes another writer's chain. session_user: this function runs as its owner.
    IF NOT pg_has_role(session_user, needed, 'MEMBER')
       AND NOT pg_has_role(session_user, 'larwm_owner', 'MEMBER') THEN
        RAISE EXCEPTION 'role % may not write audit chain %', session_user, p_chain
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    INSERT INTO audit_chain (chain) VALUES (p_chain) ON CONFLICT DO NOTHING;
    PERFORM FROM audit_chain c WHERE c.chain = p_chain FOR UPDATE;
    SELECT a.no, a.hash INTO last_no, last_hash
      FROM audit a WHERE a.chain = p_chain ORDER BY a.no DESC LIMIT 1;
    IF NOT FOUND THEN
        last_no := 0;
        last_hash := decode(repeat('00', 32), 'hex');
    END IF;

    INSERT INTO audit (chain, no, at, actor, action, subject_kind, subject, detail, prev_hash, hash)
    VALUES (p_chain, last_no + 1, p_at, coalesce(p_actor, ''), p_action,
            coalesce(p_subject_kind, ''), coalesce(p_subject, ''), coalesce(p_detail, '{}'),
            last_hash,
            audit_hash(last_hash, p_chain, last_no + 1, p_at, coalesce(p_actor, ''), p_action,
                       coalesce(p_subject_kind, ''), coalesce(p_subject, ''),
                       coalesce(p_detail, '{}')));
    RETURN last_no + 1;
END
$$;
COMMENT ON FUNCTION larwm.audit_append IS
    'Appends one row to a chain and returns its number. The only way to write the audit.';

CREATE FUNCTION larwm.audit_verify(p_chain text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
    SELECT min(x.no)
      FROM (SELECT a.no,
                   a.no <> row_number() OVER w
                   OR a.prev_hash <> coalesce(lag(a.hash) OVER w, decode(repeat('00', 32), 'hex'))
                   OR a.hash <> larwm.audit_hash(a.prev_hash, a.chain, a.no, a.at, a.actor,
                                                 a.action, a.subject_kind, a.subject, a.detail)
                   AS broken
              FROM larwm.audit a
             WHERE a.chain = p_chain
            WINDOW w AS (ORDER BY a.no)) x
     WHERE x.broken
$$;
COMMENT ON FUNCTION larwm.audit_verify IS
    'Number of the first row that does not follow from the one before; null: the chain is whole.';

CREATE FUNCTION larwm.audit_head(p_chain text, OUT no bigint, OUT hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
    SELECT a.no, a.hash FROM larwm.audit a WHERE a.chain = p_chain ORDER BY a.no DESC LIMIT 1
$$;
COMMENT ON FUNCTION larwm.audit_head IS
    'Newest number and hash. Noted elsewhere it also shows rows cut off the end.';

CREATE FUNCTION larwm.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: rows are only ever added',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION larwm.refuse_change IS 'Trigger: append-only, for the owner too.';

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON larwm.audit
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.refuse_change();

COMMIT;
