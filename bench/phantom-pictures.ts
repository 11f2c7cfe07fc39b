import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The installed command; npx alone would cost a second. */
export const command = join(root, 'node_modules/.bin/sim4seg');
export const question = 'Is there a breast lesion in this ultrasound? Outline it.';

/** Files of `n` different breast-ultrasound phantoms in a temporary folder. */
export const phantomPictures = (n: number): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'sim4seg-bench-'));
  const args = ['data', 'phantoms', '--kind', 'breast-ultrasound', '--n', String(n), '--seed', '5', '--split', 'val'];
  const made = spawnSync(command, [...args, '--out', folder], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`phantoms could not be made: ${made.stderr}`);
  const found = spawnSync('find', [folder, '-name', 'cases.jsonl'], { encoding: 'utf8' }).stdout.trim().split('\n')[0]!;
  const lines = readFileSync(found, 'utf8').trim().split('\n');
  return [...new Set(lines.map((line) => join(dirname(found), (JSON.parse(line) as { image: string }).image)))];
};
