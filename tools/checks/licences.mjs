// Licences of all dependencies against the committed list: `node tools/checks/licences.mjs [root]`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const here = dirname(fileURLToPath(import.meta.url));

/** `(MIT OR CC0-1.0)` is one choice of several, `A AND B` needs both. */
export const choicesOf = (expression) =>
  expression
    .replace(/[()]/g, '')
    .split(/ OR /i)
    .map((choice) => choice.split(/ AND /i).map((licence) => licence.trim()));

/** The licences of an expression that nobody allowed; none when one of its choices is allowed as a whole. */
export const refusedIn = (expression, allowed) => {
  const refused = choicesOf(expression).map((choice) => choice.filter((licence) => !allowed.has(licence)));
  return refused.sort((a, b) => a.length - b.length)[0] ?? [expression];
};

const matches = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

const allowedFor = (name, development, list) =>
  new Set([
    ...Object.keys(list.shipped),
    ...(development ? Object.keys(list.development) : []),
    ...Object.entries(list.packages).flatMap(([pattern, { licence }]) => (matches(pattern, name) ? [licence] : [])),
  ]);

/** The lock file's word, or the package's own where the lock file has none. */
const licenceOf = (root, path, entry) => {
  const manifest = join(root, path, 'package.json');
  const named = entry.license ?? (existsSync(manifest) ? json(manifest).license : undefined);
  return typeof named === 'object' ? named.type : named;
};

export const checkLicences = (root, list = json(join(here, 'licences.json'))) => {
  const { packages } = json(join(root, 'package-lock.json'));
  const entries = Object.entries(packages).filter(([path, entry]) => path.includes('node_modules/') && !entry.link);
  const problems = entries.flatMap(([path, entry]) => {
    const name = path.replace(/.*node_modules\//, '');
    const licence = licenceOf(root, path, entry);
    if (licence === undefined) return [`${name}: names no licence`];
    return refusedIn(licence, allowedFor(name, entry.dev === true, list)).map((refused) => `${name}: ${refused}`);
  });
  return { problems, count: entries.length };
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { problems, count } = checkLicences(process.argv[2] ?? join(here, '../..'));
  for (const problem of problems) console.log(`${problem} is not in tools/checks/licences.json`);
  console.log(`${count} dependencies, ${problems.length} with a licence that nobody allowed`);
  process.exit(problems.length === 0 ? 0 : 1);
}
