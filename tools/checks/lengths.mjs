// Lengths of functions and files against the house style: `node tools/checks/lengths.mjs`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const limits = { functionP90: 30, functionMax: 60, fileP90: 250 };
const skipped = /^(node_modules|dist|gen|coverage)$/;

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.test(entry.name) ? [] : files(path);
    return /\.tsx?$/.test(entry.name) && !/\.test|\.d\.ts/.test(entry.name) ? [path] : [];
  });

const functionLengths = (file, text) => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lengths = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const last = source.getLineAndCharacterOfPosition(node.end).line;
      if (last > first) lengths.push({ lines: last - first + 1, where: `${relative(root, file)}:${first + 1}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
};

const p90 = (values) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.9)] ?? 0;
const all = ['packages', 'apps']
  .flatMap((folder) => files(join(root, folder)))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
const functions = all.flatMap(({ file, text }) => functionLengths(file, text));
const functionP90 = p90(functions.map((f) => f.lines));
const fileP90 = p90(all.map(({ text }) => text.split('\n').length));
const tooLong = functions.filter((f) => f.lines > limits.functionMax);
for (const f of tooLong) console.log(`${f.where}: ${f.lines} lines`);
console.log(
  `${functions.length} functions, 90% under ${functionP90} lines; ${all.length} files, 90% under ${fileP90} lines`,
);
process.exit(tooLong.length || functionP90 > limits.functionP90 || fileP90 > limits.fileP90 ? 1 : 0);
