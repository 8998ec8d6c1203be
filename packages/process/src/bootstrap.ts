/*
 * The script of every child. What it needs comes in only now, so that it is compiled with the cache.
 */
import { useCompileCache } from './compile-cache.ts';

const args = process.argv.splice(2);
useCompileCache();
import('./child-entry.ts').then(({ begin }) => begin(args));
