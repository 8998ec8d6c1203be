/** How many times as long anything may take: on an emulated processor, or on a machine that does much else. */
export const PATIENCE = Number(process.env.MP_TEST_PATIENCE ?? 1);
