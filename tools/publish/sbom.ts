// `npm run sbom -- [file]`: the bill of materials of sim4seg as it would be installed, for a release. Needs no network.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { billOf } from './bill.js';
import { openLoopbackRegistry } from './loopback-registry.js';
import { openStranger } from './stranger.js';

const root = join(import.meta.dirname, '../..');
const file = process.argv[2] ?? 'sbom.cdx.json';
await using registry = await openLoopbackRegistry(root);
await using stranger = await openStranger(registry.url);
await stranger.npm(['publish', '--workspaces', '--registry', registry.url], { cwd: root });
await stranger.npm(['install', 'sim4seg', '--package-lock-only']);
const bill = await billOf(stranger);
await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`);
console.log(`${bill.components.length} components in ${file}`);
