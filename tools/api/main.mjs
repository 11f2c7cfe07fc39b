// `npm run api` writes what each package offers to api/<package>.api.md; with --check it compares and writes nothing.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiReports } from './report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'api');
const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
const reports = Object.entries(apiReports(packages)).map(([name, text]) => ({
  file: `${name.replace(/^@[^/]+\//, '')}.api.md`,
  text,
}));

const isCheck = process.argv.includes('--check');
const stored = (file) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '');
const firstDifference = (a, b) => {
  const [before, after] = [a.split('\n'), b.split('\n')];
  const at = after.findIndex((line, i) => line !== before[i]);
  return at < 0 ? `line ${after.length} ends it` : `line ${at + 1}: ${after[at]}`;
};

/**
 * A full build and one of what has changed write the same types with other quotes, and members and unions in another
 * order: what counts are the words of each declaration, in any order.
 */
const wordsOf = (text) =>
  text.split('\n\n').map((declaration) =>
    declaration
      .match(/[\w$@/.#-]+/g)
      ?.sort()
      .join(' '),
  );
const isSame = (a, b) => JSON.stringify(wordsOf(a)) === JSON.stringify(wordsOf(b));

mkdirSync(folder, { recursive: true });
const changed = reports.filter(({ file, text }) => !isSame(stored(file), text));
const gone = readdirSync(folder).filter((file) => file.endsWith('.api.md') && !reports.some((r) => r.file === file));
for (const { file, text } of changed) {
  console.log(`${isCheck ? 'differs' : 'written'}: api/${file}, ${firstDifference(stored(file), text)}`);
  if (!isCheck) writeFileSync(join(folder, file), text);
}
for (const file of gone) console.log(`no package has this report any more: api/${file}`);
if (isCheck && changed.length + gone.length > 0) {
  console.log('What packages offer has changed. If that is meant, run "npm run api" and commit the folder api.');
  process.exit(1);
}
console.log(`${reports.length} API reports, ${isCheck ? 'as they are stored' : `${changed.length} written`}`);
