import { Sim4SegError } from '../errors.js';
import { isForbiddenKey, isPlainObject } from './plain-value.js';
import type { ConfigTree } from './schema.js';

/**
 * Applies one assignment such as `regionPrior.topN=24` or `scorers.0.use=predicted-iou` and returns the new tree. The
 * value is read as JSON where it is JSON, else as text. Choosing another plugin (`part.use=...`) drops the options of
 * the former one. Check the result with parseConfig.
 * @throws CONFIG_INVALID when the assignment cannot be read or its path runs through a plain value
 */
export function applySet(tree: ConfigTree, assignment: string): ConfigTree {
  const { keys, value } = readAssignment(assignment);
  return place(tree, keys, value, assignment) as ConfigTree;
}

/** Applies assignments; those that choose a plugin come first, so that options may be given in any order. */
export function applySets(tree: ConfigTree, assignments: readonly string[]): ConfigTree {
  const choosesPlugin = (assignment: string): number => (/^[^=]*\.use=/.test(assignment) ? 0 : 1);
  const ordered = [...assignments].sort((a, b) => choosesPlugin(a) - choosesPlugin(b));
  return ordered.reduce(applySet, tree);
}

function readAssignment(assignment: string): { keys: string[]; value: unknown } {
  const at = assignment.indexOf('=');
  const keys = assignment.slice(0, at).trim().split('.');
  if (at < 1 || keys.some((key) => key === '' || isForbiddenKey(key)))
    throw unreadable(assignment, 'no usable path before =');
  const text = assignment.slice(at + 1);
  try {
    return { keys, value: JSON.parse(text) };
  } catch {
    return { keys, value: text };
  }
}

function place(node: unknown, keys: readonly string[], value: unknown, assignment: string): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(node)) return placeInList(node, keys, value, assignment);
  if (node !== undefined && !isPlainObject(node))
    throw unreadable(assignment, `${JSON.stringify(node)} before '${key}'`);
  const isOtherPlugin = key === 'use' && rest.length === 0 && node?.['use'] !== value;
  if (isOtherPlugin) return { use: value };
  return { ...node, [key]: place(node?.[key], rest, value, assignment) };
}

function placeInList(list: readonly unknown[], keys: readonly string[], value: unknown, assignment: string): unknown[] {
  const [key = '', ...rest] = keys;
  const index = /^\d{1,4}$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > list.length) throw unreadable(assignment, `'${key}' where a list of ${list.length} is`);
  const copy = [...list];
  copy[index] = place(list[index], rest, value, assignment);
  return copy;
}

function unreadable(assignment: string, got: string): Sim4SegError {
  return new Sim4SegError('CONFIG_INVALID', {
    must: 'An assignment has the form path=value with a path of the config tree',
    got: `'${assignment}': ${got}`,
    fix: 'write for example regionPrior.topN=24 or regionPrior.use=none',
  });
}
