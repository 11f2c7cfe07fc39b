/** Keeps the latest values by key; a value that fails to come is forgotten, so that it is tried again. */
export interface Cache<T> {
  get(key: string, make: () => Promise<T>): Promise<T>;
  values(): readonly Promise<T>[];
}

export function createCache<T>(capacity: number, onDrop: (value: T) => void = () => undefined): Cache<T> {
  const kept = new Map<string, Promise<T>>();
  return {
    get(key, make) {
      const value = kept.get(key) ?? make();
      kept.delete(key);
      kept.set(key, value);
      value.catch(() => kept.get(key) === value && kept.delete(key));
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - capacity))) {
        kept.get(oldest)?.then(onDrop, () => undefined);
        kept.delete(oldest);
      }
      return value;
    },
    values: () => [...kept.values()],
  };
}
