// `npm run bench -- <name> [--json F] [--rounds n]`; without a name it lists the benches.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './prepare.mjs';

const folder = join(root, 'bench');
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((f) => f.endsWith('.bench.ts'))
      .map((f) => f.slice(0, -9))
  : [];
const [name, ...rest] = process.argv.slice(2);
if (!name || !names.includes(name)) {
  console.log(`benches: ${names.join(', ')}`);
  process.exit(name ? 2 : 0);
}
process.exit(
  run(process.execPath, ['--conditions=sim4seg-source', '--import', 'tsx', join(folder, `${name}.bench.ts`), ...rest]),
);
