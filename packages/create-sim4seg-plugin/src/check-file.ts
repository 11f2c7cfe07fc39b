import type { TemplateKind } from './kinds.js';

/** Only a new package depends on it, this one does not. */
const TESTING = '@sim4seg/testing';

const plain = (kind: TemplateKind): string => `import test from 'node:test';
import { expectConform } from '${TESTING}';
import { plugin } from './index.js';

test('keeps the contract of its kind', () => expectConform('${kind}', plugin));
`;

/** Kinds that read files get a folder with a picture. */
const withFolder = (
  kind: TemplateKind,
  settings: string,
): string => `import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { expectConform } from '${TESTING}';
import { plugin } from './index.js';

test('keeps the contract of its kind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  try {
    await writeFile(join(folder, 'a.png'), 'the bytes of a picture');
    await expectConform('${kind}', plugin, ${settings});
  } finally {
    await rm(folder, { recursive: true });
  }
});
`;

/** The test of a new plugin: the conformance suite of its kind. */
export function checkFile(kind: TemplateKind): string {
  if (kind === 'dataset') return withFolder(kind, '{ options: { path: folder } }');
  if (kind === 'importer') return withFolder(kind, '{ source: folder }');
  return plain(kind);
}
