import { randomUUID } from 'node:crypto';

/** Keeps the latest few values under ids that nobody can guess. */
export interface Latest<T> {
  add(value: T): string;
  get(id: string): T | undefined;
}

export function createLatest<T>(capacity: number): Latest<T> {
  const kept = new Map<string, T>();
  return {
    add(value) {
      const id = randomUUID();
      kept.set(id, value);
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - capacity))) kept.delete(oldest);
      return id;
    },
    get(id) {
      const value = kept.get(id);
      if (value === undefined) return undefined;
      kept.delete(id);
      kept.set(id, value);
      return value;
    },
  };
}
