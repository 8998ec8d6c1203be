// One round of one contender, in a process of its own: node round-entry.mjs <round> <adapter> <params as JSON>
const [round, adapter, json] = process.argv.slice(2);
const { default: run } = await import(`../rounds/${round}.mjs`);
const measure = await run({ ...JSON.parse(json), adapter });
process.stdout.write(`${JSON.stringify(measure)}\n`, () => process.exit(0));
