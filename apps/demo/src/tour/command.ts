import { type Command, UsageError } from '../command.ts';
import { play } from './play.ts';
import { type Entry, scenesIn } from './scenes.ts';

/** Where the programs of the scenes are, once this is built: beside the demo's main file. */
const SCENES = new URL('./tour/scenes/', import.meta.url);

/** Runs scenes one after the other, or lists them. */
export const tour: Command = {
  usage: `npm run demo -- tour                 runs every sample of the article, and checks each
npm run demo -- tour S33 S41         runs these
npm run demo -- tour --list          lists them with the lines of the article that they port
`,
  async run(args) {
    const all = await scenesIn(SCENES);
    if (args.length === 1 && args[0] === '--list') {
      const width = Math.max(...all.map(({ seed }) => seed.length));
      for (const { id, seed, title } of all) console.log(`${id}  ${seed.padEnd(width)}  ${title}`);
      return 0;
    }
    const wanted = args.map((id) => all.find((scene) => scene.id === id.toUpperCase()) ?? id);
    const unknown = wanted.filter((scene) => typeof scene === 'string');
    if (unknown.length > 0) throw new UsageError(`There is no scene ${unknown.join(', ')}`);
    return run(wanted.length === 0 ? all : (wanted as Entry[]));
  },
};

async function run(scenes: readonly Entry[]): Promise<number> {
  const failed: string[] = [];
  for (const scene of scenes) {
    const since = performance.now();
    console.log(`${scene.id}  ${scene.title}`);
    const problem = await play(scene, process);
    const seconds = `${((performance.now() - since) / 1000).toFixed(1)} s`;
    if (problem === undefined) {
      console.log(`${scene.id}  as expected, ${seconds}\n`);
    } else {
      failed.push(scene.id);
      console.log(`${scene.id}  failed: ${problem}\n`);
    }
  }
  console.log(
    failed.length === 0
      ? `${scenes.length} of ${scenes.length} as expected`
      : `${failed.length} of ${scenes.length} failed: ${failed.join(', ')}`,
  );
  return failed.length === 0 ? 0 : 1;
}
