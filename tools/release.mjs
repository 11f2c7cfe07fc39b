// `npm run release -- <version> [--first-release] [--dry-run]`: one version for all packages, changelog, commit and tag.
// Publish afterwards with `npx nx release publish`; docs/release.md has the steps.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from './prepare.mjs';

/** Where the version stands outside of the packages' manifests, which nx writes itself. */
export const versionPlaces = (root) => [
  ['packages/sim4seg/src/version.ts', /(VERSION = ')[^']+/g],
  ['packages/create-sim4seg-plugin/src/plugin-files.ts', /('@sim4seg\/[a-z]+': '\^)[^']+/g],
  ...readdirSync(join(root, 'examples'))
    .filter((name) => existsSync(join(root, 'examples', name, 'package.json')))
    .map((name) => [`examples/${name}/package.json`, /("@sim4seg\/[a-z]+": "\^)[^"]+/g]),
];

/** Writes the version into every place; returns the files. */
export const writeVersion = (root, version) =>
  versionPlaces(root).map(([path, pattern]) => {
    const file = join(root, path);
    const text = readFileSync(file, 'utf8');
    if (text.search(pattern) < 0) throw new Error(`${path} names no version any more`);
    writeFileSync(
      file,
      text.replace(pattern, (_, before) => `${before}${version}`),
    );
    return path;
  });

const release = (root, [version, ...flags]) => {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? '')) {
    console.error('name a version: npm run release -- 0.2.0 [--first-release] [--dry-run]');
    return 2;
  }
  const here = { cwd: root };
  if (!flags.includes('--dry-run')) {
    const files = writeVersion(root, version);
    const built = run('npm', ['run', 'build'], here) || run('git', ['add', ...files], here);
    if (built !== 0) return built;
  }
  return run(join(root, 'node_modules/.bin/nx'), ['release', version, ...flags, '--skip-publish'], here);
};

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exit(release(process.cwd(), process.argv.slice(2)));
