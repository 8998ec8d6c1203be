import { fileURLToPath } from 'node:url';

/** The clone that this program is part of: it stands there in `apps/demo/dist`. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
