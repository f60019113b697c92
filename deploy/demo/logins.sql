-- Login roles of a private cluster (deploy/pgcluster), where the socket's directory keeps others
-- out. A real deployment makes its own, with peer or certificate authentication.
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM (VALUES ('larwmd', 'larwm_daemon'), ('larwmctl', 'larwm_admin'),
                                   ('larwm_reader', 'larwm_report')) AS x (login, grp)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', r.login);
        END IF;
        EXECUTE format('GRANT %I TO %I', r.grp, r.login);
    END LOOP;
END
$$;
