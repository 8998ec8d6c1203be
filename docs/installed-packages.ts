import { sampled } from '@mp/testing';
import { publishedPackages } from '../tools/release/tree.mjs';

/** `npm run pack:check`: everything that can be checked of an installed package. */
export const checksAll = process.env.MP_INSTALL === 'each';

/** Every package that users can install, by its name. */
export const PACKAGES = publishedPackages().map(({ name }) => name);

/**
 * Packages that `installed.test.ts` installs alone and whose READMEs it runs; `examples.test.ts` runs those of the
 * others, out of the workspace.
 */
export const INSTALLED = checksAll ? PACKAGES : sampled(PACKAGES, (name) => `installed ${name}`);
