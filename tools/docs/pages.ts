import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/(^|\/)(node_modules|site|dist|templates|fixtures)\//.test(path));

const readmesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}/README.md`)
    .filter((path) => readdirSync(join(root, path, '..')).includes('README.md'));

/** Pages that people read, by their path in the repository. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...markdownIn('docs'),
  ...readmesOf('packages'),
  ...readmesOf('apps'),
  'bench/README.md',
  ...markdownIn('examples'),
]
  .filter((path) => readdirSync(join(root, path, '..')).includes(path.split('/').at(-1) as string))
  .sort();

export const readPage = (path: string): string => readFileSync(join(root, path), 'utf8');
