// Apart from the rest of the package: it loads a compiler, and few test files explore a model.
export { type Exploration, Explorer } from './explore.ts';
export { type Mutant, Sources } from './loader.ts';
export type { Bounds, Model, Scenario, Shared } from './scenario.ts';
