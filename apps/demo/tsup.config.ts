import { readdirSync } from 'node:fs';
import { library } from '../../tsup.base.ts';

const SCENES = 'src/tour/scenes';

/** A file of its own for every scene: it is a program, and its children import it. */
const scenes = readdirSync(SCENES).map((file) => {
  return [`tour/scenes/${file.replace(/\.ts$/, '')}`, `${SCENES}/${file}`];
});

/** Workers import the file of their task: a short one makes the start of a pool short. */
const tasks = { 'analyse/tasks': 'src/analyse/tasks.ts' };
const entries = { main: 'src/main.ts', ...tasks, ...Object.fromEntries(scenes) };

export default library(entries, { dts: false, plugins: [] });
