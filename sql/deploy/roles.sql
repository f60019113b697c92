-- Deploy larwm:roles
-- Group roles without log-in. Login roles are the deployment's business: it grants them one of
-- these. Roles belong to the whole cluster, so each is made only when it is missing.
BEGIN;

DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['larwm_owner', 'larwm_daemon', 'larwm_admin', 'larwm_report'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', r);
        END IF;
    END LOOP;
    -- Whoever deploys must be able to act as the owner; a superuser already can.
    IF NOT pg_has_role(current_user, 'larwm_owner', 'MEMBER') THEN
        EXECUTE format('GRANT larwm_owner TO %I', current_user);
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO larwm_owner', current_database());
END
$$;

COMMENT ON ROLE larwm_owner IS 'Owns every object of the schema larwm. Nobody logs in as it.';
COMMENT ON ROLE larwm_daemon IS 'larwmd: resolves through functions, writes the alarm tables.';
COMMENT ON ROLE larwm_admin IS 'larwmctl: reads, and changes through audited functions only.';
COMMENT ON ROLE larwm_report IS 'Reports: reads figures, no names, addresses or free text.';

COMMIT;
