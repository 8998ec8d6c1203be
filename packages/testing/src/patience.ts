/** How many times as long anything may take: on an emulated processor, or on a machine that does much else. */
export const PATIENCE = Number(process.env.MP_TEST_PATIENCE ?? 1);

/**
 * One limit for all tests and hooks, in ms, and far from what any of them takes, also on a machine with a sixth of its usual speed:
 * it only ends what hangs. Waits inside of a test have limits of their own, which say what did not come.
 */
export const LIMIT_MS = 900_000 * PATIENCE;
