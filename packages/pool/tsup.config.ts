import { library } from '../../tsup.base.ts';

const main = { index: 'src/index.ts', worker: 'src/worker.ts' };
const internal = { internal: 'src/internal.ts' };

export default [
  library(main, { clean: ['!internal.js'], dts: { entry: { ...main, ...internal } } }),
  // By itself, so that a worker has no file more to load.
  library(internal, { clean: false, dts: false, splitting: false }),
];
