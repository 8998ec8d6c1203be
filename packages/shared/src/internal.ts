// For other packages of `@mp`: the types of numbers, and what an inspector asks, without the memory that is shared.
export { describers } from './describers.ts';
export type { Operations } from './shared-type.ts';
export { typeNamed } from './types.ts';
