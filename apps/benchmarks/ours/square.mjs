import { task } from '@mp/process';

export const square = task(import.meta, (number) => number * number, { name: 'square' });
