/** Remembers the most recent results by key; a new image shape is rare, a new question about it is not. */
export function createCache<T>(limit: number): (key: string, make: () => T) => T {
  const entries = new Map<string, T>();
  return (key, make) => {
    const known = entries.get(key);
    if (known !== undefined) return known;
    const made = make();
    const oldest = entries.keys().next();
    if (entries.size >= limit && !oldest.done) entries.delete(oldest.value);
    entries.set(key, made);
    return made;
  };
}
