-- Verify larwm:admin_leases
BEGIN;
SELECT 'larwm.allocation_lease'::regproc, 'larwm.allocation_lease_from_pool'::regproc,
       'larwm.allocation_return'::regproc, 'larwm.allocation_swap'::regproc,
       'larwm.pool_counts'::regproc;
ROLLBACK;
