import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A temporary file of this age belongs to a process that is gone. */
const ABANDONED_MS = 60 * 60 * 1000;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** Removes what was used longest ago until the entries fit, and temporary files of processes that are gone. */
export async function evictOldest(folder: string, limitBytes: number, nowMs = Date.now()): Promise<void> {
  const files = await entriesOf(folder);
  const temporary = files.filter(({ path }) => path.endsWith('.tmp'));
  await removeAll(temporary.filter(({ usedMs }) => nowMs - usedMs > ABANDONED_MS));
  const kept = files.filter(({ path }) => path.endsWith('.onnx')).sort((a, b) => a.usedMs - b.usedMs);
  let bytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
  const leaving: Entry[] = [];
  for (const entry of kept) {
    if (bytes <= limitBytes) break;
    leaving.push(entry);
    bytes -= entry.bytes;
  }
  await removeAll(leaving);
}

/** Another process may remove entries meanwhile. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter((name) => /\.(onnx|tmp)$/.test(name));
  const entries = names.map(async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    return found?.isFile() ? [{ path, bytes: found.size, usedMs: found.mtimeMs }] : [];
  });
  return (await Promise.all(entries)).flat();
}

async function removeAll(entries: readonly Entry[]): Promise<void> {
  await Promise.all(entries.map(({ path }) => rm(path, { force: true }).catch(() => undefined)));
}
