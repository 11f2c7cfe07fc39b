// Installing sim4seg into an empty folder with a warm cache, from a registry on loopback: wanted under 60 s and 550 MB.
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openLoopbackRegistry } from '../tools/publish/loopback-registry.js';
import { openStranger } from '../tools/publish/stranger.js';
import { benchOptions, compete, report } from './harness.js';

const root = join(import.meta.dirname, '..');
const options = benchOptions({ rounds: 3 });
await using registry = await openLoopbackRegistry(root, { otherPlatforms: true });
await using stranger = await openStranger(registry.url);
await stranger.npm(['publish', '--workspaces', '--registry', registry.url], { cwd: root });

const folderOf = (n: number): string => join(stranger.home, `empty-${n}`);
const megabytes = (folder: string): number => Number.parseInt(String(spawnSync('du', ['-sm', folder]).stdout), 10);
const row = await compete(
  'install/warm-cache',
  {
    name: 'npm install sim4seg',
    round: async (n) => {
      await mkdir(folderOf(n));
      const started = performance.now();
      await stranger.npm(['install', 'sim4seg', '--prefer-offline'], { cwd: folderOf(n) });
      return { value: performance.now() - started };
    },
  },
  { rounds: options.rounds },
);
report([row], options.json);
console.log(`on disk: ${megabytes(join(folderOf(0), 'node_modules'))} MB`);
