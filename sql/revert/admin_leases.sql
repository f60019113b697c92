-- Revert larwm:admin_leases
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.pool_counts;
DROP FUNCTION larwm.allocation_swap;
DROP FUNCTION larwm.allocation_return;
DROP FUNCTION larwm.allocation_lease_from_pool;
DROP FUNCTION larwm.interim_offer;
DROP FUNCTION larwm.allocation_lease;
DROP FUNCTION larwm.begin_allocation;
COMMIT;
