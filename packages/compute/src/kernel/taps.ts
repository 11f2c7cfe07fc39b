import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';

/** Name under which a tapped value is returned beside a program's outputs. */
export const TAP_PREFIX = 'tap/';

type Collect = (name: string, x: Tensor) => void;

let collect: Collect | null = null;
let scopes: readonly string[] = [];

/**
 * Names an intermediate value, so that `taps` of `compile` and `runEager` can ask for it. Costs nothing where nobody
 * asks. A name that comes again gets `#2`, `#3`, ...
 * @returns x itself
 */
export function tap(name: string, x: Tensor): Tensor {
  collect?.([...scopes, name].join('/'), x);
  return x;
}

/** Puts `name/` before the names of all taps inside; scopes nest. */
export function scope<T>(name: string, run: () => T): T {
  const before = scopes;
  scopes = [...before, name];
  try {
    return run();
  } finally {
    scopes = before;
  }
}

/** Runs while every tap is handed to `take`, under a name that is its own. */
export function withTaps<T>(take: Collect, run: () => T): T {
  const [before, outer] = [collect, scopes];
  const seen = new Map<string, number>();
  collect = (name, x) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    take(count === 1 ? name : `${name}#${count}`, x);
  };
  scopes = [];
  try {
    return run();
  } finally {
    [collect, scopes] = [before, outer];
  }
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The names most like `wanted`, best first. */
export function nearestNames(wanted: string, names: readonly string[], count = 5): string[] {
  const scored = names.map((name) => [name, editDistance(wanted, name)] as const);
  return scored.sort((a, b) => a[1] - b[1]).slice(0, count).map(([name]) => name); // prettier-ignore
}

/** A test for one asked name; `*` stands for any characters. */
export function tapMatcher(pattern: string): (name: string) => boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${escaped.join('.*')}$`);
  return (name) => expression.test(name);
}

/** @throws PROGRAM_INVALID for an asked name that no tap has, with the nearest ones */
export function expectTaps(program: string, asked: readonly string[], known: readonly string[]): void {
  const missing = asked.find((pattern) => !known.some(tapMatcher(pattern)));
  if (missing === undefined) return;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `program ${program} has a tap named '${missing}'`,
    got: known.length > 0 ? `the nearest names are ${nearestNames(missing, known).join(', ')}` : 'no taps at all',
    fix: "ask for a name that it has, use * for any characters, or name the value with ops.tap('name', x)",
  });
}
