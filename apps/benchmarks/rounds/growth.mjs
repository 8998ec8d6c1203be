/**
 * Another round again and again, with more of one thing each time: how its figures grow.
 *
 * @param params `of`: the other round; `vary`: the parameter that changes, `over`: its values; `figures`: keys of its metrics
 */
export default async function growth({ of, vary, over, figures, ...params }) {
  const { default: round } = await import(`./${of}.mjs`);
  const metrics = {};
  for (const value of over) {
    // Processes of the step before may still have open what has its name.
    const address = `bench-${process.pid}-${value}`;
    const measure = await round({ ...params, address, [vary]: value });
    for (const key of figures) metrics[`${key}${value}`] = measure.metrics[key];
  }
  return { metrics };
}
