import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const WILD = /[*?]/;
/** A pattern over a whole disk ends here instead of running for minutes. */
const MOST_FOLDERS = 10_000;

/** Whether a path is meant as a pattern. */
export const isGlob = (path: string): boolean => WILD.test(path);

/** Files that match a pattern with `*` and `?` (within a name) and `**` (any depth), sorted. Hidden names need a dot. */
export async function expandGlob(pattern: string): Promise<string[]> {
  const segments = pattern.replaceAll('\\', '/').split('/');
  const first = segments.findIndex((segment) => WILD.test(segment));
  const base = segments.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const found: string[] = [];
  await walk(base, segments.slice(first), { found, budget: { left: MOST_FOLDERS } });
  return [...new Set(found)].sort();
}

interface Walk {
  readonly found: string[];
  readonly budget: { left: number };
}

async function walk(folder: string, segments: readonly string[], state: Walk): Promise<void> {
  const [head = '', ...rest] = segments;
  if (state.budget.left-- <= 0) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (head === '**') await walk(folder, rest.length > 0 ? rest : ['*'], state);
  const matches = head === '**' ? () => true : nameMatcher(head);
  for (const entry of entries) {
    if (!matches(entry.name) || (entry.name.startsWith('.') && !head.startsWith('.'))) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && (head === '**' || rest.length > 0))
      await walk(path, head === '**' ? segments : rest, state);
    if (entry.isFile() && rest.length === 0 && head !== '**') state.found.push(path);
  }
}

function nameMatcher(segment: string): (name: string) => boolean {
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]');
  const expression = new RegExp(`^${source}$`, 'u');
  return (name) => expression.test(name);
}
