/**
 * Runs `tasks` calls, `lanes` of them under way at any time.
 *
 * @param call gets the number of the call, from 0
 */
export async function inFlight(tasks, lanes, call) {
  let next = 0;
  const lane = async () => {
    while (next < tasks) await call(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
