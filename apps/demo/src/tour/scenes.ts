import { readdirSync } from 'node:fs';
import type { Scene } from './scene.ts';

/** A scene and where its program is. */
export interface Entry extends Scene {
  /** Like `S33`. */
  id: string;
  program: URL;
}

/** The scenes whose files lie in a folder, by their numbers. Their modules are imported, which starts nothing. */
export async function scenesIn(folder: URL): Promise<Entry[]> {
  const files = readdirSync(folder).filter((file) => /^s\d\d-.*\.m?js$/.test(file));
  const entries = files.sort().map(async (file) => {
    const program = new URL(file, folder);
    const { scene } = (await import(program.href)) as { scene: Scene };
    return { ...scene, id: file.slice(0, 3).toUpperCase(), program };
  });
  return Promise.all(entries);
}
