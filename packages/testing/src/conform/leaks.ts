import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Timers, handles and open files of the process by kind. */
export type Resources = Readonly<Record<string, number>>;

const SETTLE_ROUNDS = 20;
const SETTLE_MS = 10;

export function resourcesNow(): Resources {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  try {
    counts['open file'] = readdirSync('/proc/self/fd').length;
  } catch {
    // Only Linux lists open files; elsewhere the other kinds have to do.
  }
  return counts;
}

/** Which kind of resource grew by `limit` or more and stays so, or null. Waits for what is about to be freed. */
export async function grownResource(before: Resources, limit: number): Promise<string | null> {
  let grown: string | null = null;
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    const now = resourcesNow();
    const kind = Object.keys(now).find((name) => (now[name] ?? 0) - (before[name] ?? 0) >= limit);
    if (kind === undefined) return null;
    grown = `${(now[kind] ?? 0) - (before[kind] ?? 0)} x ${kind}`;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  return grown;
}

/** How many of the objects outlive garbage collections, where more than `limit` do; null where none can be asked for. */
export async function aliveOf(references: readonly WeakRef<object>[], limit: number): Promise<number | null> {
  const collect = garbageCollector();
  if (!collect) return null;
  let alive = references.length;
  for (let round = 0; round < 3 && alive > limit; round++) {
    // A weak reference holds its object until the current turn of the event loop ends.
    await new Promise((resolve) => setTimeout(resolve, 0));
    collect();
    alive = references.filter((reference) => reference.deref() !== undefined).length;
  }
  return alive;
}

function garbageCollector(): (() => void) | null {
  try {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc') as () => void;
  } catch {
    return null;
  }
}
