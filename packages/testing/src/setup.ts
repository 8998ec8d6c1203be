// The setup of every test file, see vitest.config.ts.
import './certificates.ts';
import { watchdog } from './watchdog.ts';

await watchdog();
