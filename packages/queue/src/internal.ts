// For other @mp packages: what an inspector asks.
export { describers } from './describers.ts';
