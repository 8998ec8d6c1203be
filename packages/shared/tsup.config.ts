import { library } from '../../tsup.base.ts';

// Two files that each have all they need: what both have keeps no state, and a program that imports one loads one file.
export default library({ index: 'src/index.ts', internal: 'src/internal.ts' }, { splitting: false });
