/*
 * The script of every child. What a child needs is imported only here, so that it is compiled with the cache.
 */
import { useCompileCache } from './compile-cache.ts';

const args = process.argv.splice(2);
useCompileCache();
import('./child-entry.ts').then(({ begin }) => begin(args));
