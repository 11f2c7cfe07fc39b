import { readFileSync } from 'node:fs';
import { checkFile } from './check-file.js';
import type { TemplateKind } from './kinds.js';
import { readmeFile } from './readme-file.js';

/** The template is a working plugin whose id is `plugin-id`. */
const source = (kind: TemplateKind, id: string): string =>
  readFileSync(new URL(`../templates/${kind}.js`, import.meta.url), 'utf8').replace("'plugin-id'", `'${id}'`);

const manifest = (kind: TemplateKind, name: string): string =>
  `${JSON.stringify(
    {
      name,
      version: '0.1.0',
      description: `A ${kind} for sim4seg`,
      license: 'UNLICENSED',
      type: 'module',
      engines: { node: '>=20.19' },
      exports: './index.js',
      files: ['index.js', 'README.md'],
      keywords: ['sim4seg-plugin'],
      scripts: { build: 'node --check index.js', test: 'node --test', prepublishOnly: 'npm run build && npm test' },
      peerDependencies: { '@sim4seg/core': '^0.1.0' },
      dependencies: { zod: '^4.6.7' },
      devDependencies: { '@sim4seg/core': '^0.1.0', '@sim4seg/testing': '^0.1.0' },
    },
    null,
    2,
  )}\n`;

/** The files of a new plugin package, by path relative to its folder. */
export const pluginFiles = (kind: TemplateKind, name: string): Readonly<Record<string, string>> => ({
  'package.json': manifest(kind, name),
  'index.js': source(kind, name),
  'index.test.js': checkFile(kind),
  'README.md': readmeFile(kind, name),
});
