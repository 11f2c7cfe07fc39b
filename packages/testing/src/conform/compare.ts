type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const keysOf = (value: object): string[] => Object.keys(value).sort();

/**
 * Where two plain values differ, such as `paths.0.text`, or null where they are the same. Floats may differ by
 * `tolerance` times the larger of 1 and the number.
 */
export function firstDifference(a: unknown, b: unknown, tolerance = 0, path = ''): string | null {
  if (typeof a === 'number' && typeof b === 'number') {
    return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a))
      ? null
      : `${path}: ${a}, then ${b}`;
  }
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) ? null : `${path}: ${String(a)}, then ${String(b)}`;
  const keys = keysOf(a);
  if (keys.join() !== keysOf(b).join()) return `${path}: other fields or another length`;
  for (const key of keys) {
    const found = firstDifference((a as Fields)[key], (b as Fields)[key], tolerance, join(path, key));
    if (found !== null) return found;
  }
  return null;
}

/** Where a plain value holds NaN or an infinite number, or null where it holds none. */
export function firstNotFinite(value: unknown, path = ''): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${path} is ${value}`;
  if (!isObject(value)) return null;
  for (const key of Object.keys(value)) {
    const found = firstNotFinite((value as Fields)[key], join(path, key));
    if (found !== null) return found;
  }
  return null;
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
