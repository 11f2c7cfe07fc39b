import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { versionPlaces, writeVersion } from '../release.mjs';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
let folder = '';
let packages: readonly string[] = [];
const git = (...args: string[]) =>
  run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.invalid', ...args], { cwd: folder });

/** A repository that has the manifests and one change. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-release-'));
  packages = await readdir(join(root, 'packages'));
  const places = versionPlaces(root);
  const manifests = packages.map((name) => `packages/${name}/package.json`);
  const files = [
    'nx.json',
    'package.json',
    'package-lock.json',
    '.gitignore',
    ...manifests,
    ...places.map(([path]) => path),
  ];
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  await git('init', '-q');
  await git('add', ...files);
  await git('commit', '-q', '-m', 'a change in plain words');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a dry run without network gives all packages one version and the changelog its changes, and writes nothing', async () => {
  const cut = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : [];
  const script = join(root, 'tools/release.mjs');
  const [command = '', ...args] = [...cut, process.execPath, script, '0.2.0', '--first-release', '--dry-run'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1', FORCE_COLOR: '0' };
  const { stdout } = await run(command, args, { cwd: folder, env, maxBuffer: 1 << 24 });
  expect(stdout.match(/New version 0\.2\.0 written to manifest: \S+/g)).toHaveLength(packages.length);
  expect(stdout).toMatch(/\+ ## 0\.2\.0 /);
  expect(stdout).toContain('a change in plain words');
  expect((await git('status', '--porcelain')).stdout).toBe('?? node_modules\n');
}, 120_000);

it('the version is written wherever it stands outside the manifests', async () => {
  const places = writeVersion(folder, '0.2.0');
  expect(places.length).toBeGreaterThanOrEqual(4);
  for (const place of places) {
    const text = await readFile(join(folder, place), 'utf8');
    expect(text).toContain('0.2.0');
    expect(text).not.toMatch(/@sim4seg[^\n]*0\.1\.0/);
  }
});
