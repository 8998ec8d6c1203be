export { type Exploration, Explorer } from './explore.ts';
export { type Mutant, Sources } from './loader.ts';
export type { Bounds, Model, Scenario, Shared } from './scenario.ts';
