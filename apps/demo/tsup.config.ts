import { readdirSync } from 'node:fs';
import { library } from '../../tsup.base.ts';

const SCENES = 'src/tour/scenes';

/** A file of its own for every scene: it is a program, and its children import it. */
const scenes = readdirSync(SCENES).map((file) => {
  return [`tour/scenes/${file.replace(/\.ts$/, '')}`, `${SCENES}/${file}`];
});

export default library({ main: 'src/main.ts', ...Object.fromEntries(scenes) }, { dts: false, plugins: [] });
