-- Verify larwm:audit
BEGIN;
SELECT chain, no, at, actor, action, subject_kind, subject, detail, prev_hash, hash
  FROM larwm.audit WHERE false;
SELECT 1 / (larwm.audit_verify('admin') IS NULL)::int;
SELECT 1 / (count(*) = 1)::int FROM pg_trigger WHERE tgname = 'audit_append_only';
ROLLBACK;
