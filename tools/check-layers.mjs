// Fails when a package uses one that the table in layers.mjs does not give it, or has imports that go in a circle.
import { layerProblems } from './layers.mjs';
import { ROOT } from './workspace.mjs';

const problems = layerProblems(ROOT);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
