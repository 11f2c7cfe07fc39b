// The table of error codes against docs/errors.md and the sources, both ways: `node tools/checks/error-docs.mjs [root]`.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const read = (root, path) => readFileSync(join(root, path), 'utf8');

/** `CODE -> [exit code, meaning]` as the source of core has it. */
export const codesInSource = (text) =>
  new Map(
    [...text.matchAll(/^ {2}([A-Z_]+): \[(\d+), '(.*)'\],$/gm)].map(([, code, exit, text]) => [
      code,
      `${exit} ${text}`,
    ]),
  );

/** The same of the rows of the page. */
export const codesInPage = (text) =>
  new Map(
    [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.*?) \|/gm)].map(([, code, exit, text]) => [
      code,
      `${exit} ${text}`,
    ]),
  );

const sourceFiles = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'gen'].includes(entry.name) ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !/\.test/.test(entry.name) ? [path] : [];
  });

/** Codes that doc comments promise: capitals after `@throws`. */
const promised = (text) =>
  [...text.matchAll(/@throws ([^\n]*)/g)].flatMap(
    ([, line]) => line.replace(/{@link[^}]*}/g, '').match(/\b[A-Z]+(_[A-Z]+)+\b(?!_?\*)/g) ?? [],
  );

export const checkErrorDocs = (root) => {
  const source = codesInSource(read(root, 'packages/core/src/errors.ts'));
  const page = codesInPage(read(root, 'docs/errors.md'));
  const files = ['packages', 'apps'].flatMap((folder) => sourceFiles(join(root, folder)));
  const texts = files.map((file) => ({ file: relative(root, file), text: readFileSync(file, 'utf8') }));
  const thrown = texts.filter(({ file }) => !file.endsWith('core/src/errors.ts'));
  const isThrown = (code) => code === 'INTERNAL' || thrown.some(({ text }) => text.includes(`'${code}'`));
  return [
    ...[...source].filter(([code, row]) => page.get(code) !== row).map(([code]) => `${code}: not so in docs/errors.md`),
    ...[...page.keys()].filter((code) => !source.has(code)).map((code) => `${code}: only in docs/errors.md`),
    ...[...source.keys()].filter((code) => !isThrown(code)).map((code) => `${code}: nobody throws it`),
    ...texts.flatMap(({ file, text }) =>
      promised(text)
        .filter((code) => !source.has(code))
        .map((code) => `${code}: promised in ${file}, not in the table`),
    ),
  ];
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = checkErrorDocs(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../..'));
  for (const problem of problems) console.log(problem);
  console.log(
    problems.length ? `${problems.length} error codes differ from their page` : 'error codes and their page agree',
  );
  process.exit(problems.length ? 1 : 0);
}
