import { Sim4SegError } from '../errors.js';

/** Keys that could reach the prototype of an object that a config is copied into. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const DEPTH_LIMIT = 32;

/** Whether a key may stand in a config tree. */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

/**
 * Checks that a value holds plain values only: null, booleans, finite numbers, strings, lists, and objects without
 * foreign prototypes or keys that reach a prototype.
 * @throws CONFIG_INVALID with the path
 */
export function expectPlain(value: unknown, path: readonly string[] = []): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (path.length > DEPTH_LIMIT) throw notPlain(path, `more than ${DEPTH_LIMIT} levels`);
  if (Array.isArray(value)) return value.forEach((item, i) => expectPlain(item, [...path, String(i)]));
  if (!isPlainObject(value)) throw notPlain(path, describe(value));
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) throw notPlain([...path, key], `the key '${key}'`);
    expectPlain(value[key], [...path, key]);
  }
}

/** Whether a value is an object made of its own keys alone. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === undefined
    ? 'undefined'
    : typeof value === 'object'
      ? 'an object that is not plain'
      : `a ${typeof value}`;
}

function notPlain(path: readonly string[], got: string): Sim4SegError {
  return new Sim4SegError('CONFIG_INVALID', {
    must: `A config holds null, booleans, finite numbers, strings, lists and objects of these (at ${path.join('.') || 'the top'})`,
    got,
    fix: 'remove the key or write a plain value',
  });
}
