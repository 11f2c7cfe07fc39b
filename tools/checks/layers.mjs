// The layer rule of the design: arrows between packages only go down, siblings never import each other.
// `node tools/checks/layers.mjs [root]` lists what breaks it and exits with 1.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Package -> packages it may import. */
export const mayImport = {
  core: [],
  compute: ['core'],
  backbones: ['core', 'compute'],
  rvls2m: ['core', 'compute'],
  decoders: ['core', 'compute'],
  tts: ['core'],
  data: ['core'],
  trainer: ['core', 'compute', 'data'],
  'bundle-tiny': [],
  testing: ['core', 'compute'],
  'create-sim4seg-plugin': [],
  sim4seg: ['core', 'compute', 'backbones', 'rvls2m', 'decoders', 'tts', 'data', 'trainer', 'bundle-tiny', 'testing'],
};
/** Packages whose main entry must bundle for a browser. */
const browserSafe = ['core', 'compute', 'rvls2m', 'decoders', 'backbones', 'tts'];
const importPattern = /(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g;

const sourceFiles = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'gen'].includes(entry.name) ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !/\.test(-d)?\.tsx?$/.test(entry.name) ? [path] : [];
  });

const importsOf = (file) => [...readFileSync(file, 'utf8').matchAll(importPattern)].map((m) => m[1] ?? m[2]);

const ownPackage = (specifier) =>
  specifier.match(/^@sim4seg\/([a-z0-9-]+)/)?.[1] ?? (/^sim4seg(\/|$)/.test(specifier) ? 'sim4seg' : null);

/** Why this import of this package is forbidden, or null. */
export const forbiddenImport = (from, specifier) => {
  const target = ownPackage(specifier);
  if (target && target !== from && !mayImport[from].includes(target)) return `${from} may not import ${target}`;
  if (/^(\.\.\/)+(packages|[a-z0-9-]+\/src)/.test(specifier)) return 'a package is imported by its name, not by a path';
  if (/^(onnxruntime-|@tensorflow\/)/.test(specifier) && from !== 'compute') return 'engines belong to compute';
  if (/^(tsyringe|reflect-metadata)$/.test(specifier) && from !== 'core') return 'the container belongs to core';
  if (from === 'core' && specifier.startsWith('node:')) return 'core runs in browsers';
  return null;
};

/** Files that the main entry of a package reaches by relative static imports. */
const reachable = (entry, seen = new Set()) => {
  if (seen.has(entry) || !existsSync(entry)) return seen;
  seen.add(entry);
  for (const to of importsOf(entry))
    if (to.startsWith('.')) reachable(join(dirname(entry), to.replace(/\.js$/, '.ts')), seen);
  return seen;
};

export const checkLayers = (root) => {
  const problems = [];
  for (const name of Object.keys(mayImport)) {
    const folder = join(root, 'packages', name, 'src');
    if (!existsSync(folder)) continue;
    for (const file of sourceFiles(folder))
      for (const specifier of importsOf(file)) {
        const why = forbiddenImport(name, specifier);
        if (why) problems.push(`${relative(root, file)} -> ${specifier}: ${why}`);
      }
    if (browserSafe.includes(name))
      for (const file of reachable(join(folder, 'index.ts')))
        for (const specifier of importsOf(file))
          if (specifier.startsWith('node:'))
            problems.push(`${relative(root, file)} -> ${specifier}: reached from a main entry`);
  }
  return problems;
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../..');
  const problems = checkLayers(root);
  for (const problem of problems) console.log(problem);
  console.log(problems.length ? `${problems.length} forbidden imports` : 'layers hold');
  process.exit(problems.length ? 1 : 0);
}
