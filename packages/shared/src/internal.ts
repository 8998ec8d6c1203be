// For other packages of `@mp`: the types of numbers, without the memory that is shared.
export type { Operations } from './shared-type.ts';
export { typeNamed } from './types.ts';
