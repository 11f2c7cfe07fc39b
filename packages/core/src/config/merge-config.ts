import { isPlainObject } from './plain-value.js';
import type { ConfigTree } from './schema.js';

/**
 * Lays one tree over another. Objects merge key by key, lists and scalars are replaced. A part whose `use` changes is
 * replaced whole: options belong to their plugin.
 */
export function mergeConfig(base: ConfigTree, over: ConfigTree): ConfigTree {
  return mergeObjects(base, over);
}

function mergeObjects(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const use = over['use'];
  if (use !== undefined && base['use'] !== undefined && use !== base['use']) return { ...over };
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    merged[key] = isPlainObject(below) && isPlainObject(value) ? mergeObjects(below, value) : value;
  }
  return merged;
}
