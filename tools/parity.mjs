// `npm run parity -- <folder>...`: compares the packages with reference values.
import { join } from 'node:path';
import { root, run } from './prepare.mjs';

const script = join(root, 'tools', 'parity', 'main.ts');
process.exit(
  run(process.execPath, ['--conditions=sim4seg-source', '--import', 'tsx', script, ...process.argv.slice(2)]),
);
