/**
 * A counter-based random source: value n is a hash of (seed, label path, n), so that a source forked for one more path
 * does not shift the others and forking never depends on how much was drawn.
 */
export interface RandomSource {
  /** An independent source for `label`; the same label gives the same source. */
  fork(label: string | number): RandomSource;
  /** An unsigned 32-bit integer. */
  uint32(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, two draws a value). */
  normal(): number;
  /** Uniform integer in [low, high). */
  int(low: number, high: number): number;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** One item. */
  pick<T>(items: readonly T[]): T;
}

/** A random source of a seed (any integer below 2^53). */
export function createRandom(seed: number): RandomSource {
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  return sourceOf(mix(low, high), mix(high ^ 0x9e3779b9, low));
}

/** The two key words stand for the path of labels from the seed. */
function sourceOf(keyA: number, keyB: number): RandomSource {
  let counter = 0;
  const uint32 = (): number => mix(mix(keyA, counter), keyB ^ counter++);
  const uniform = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
  const int = (low: number, high: number): number => low + Math.floor(uniform() * (high - low));
  return {
    fork: (label) =>
      sourceOf(mix(keyA, hashText(String(label), 0x811c9dc5)), mix(hashText(String(label), 0x2b3e6c15), keyB)),
    uint32,
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    int,
    shuffle: (items) => shuffled(items, int),
    pick: <T>(items: readonly T[]): T => items[int(0, items.length)] as T,
  };
}

function shuffled<T>(items: readonly T[], int: (low: number, high: number) => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = int(0, i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** Finaliser of MurmurHash3 over two words: every input bit flips every output bit with about half the chance. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x85ebca6b, 0xcc9e2d51) ^ Math.imul(b ^ (b >>> 15), 0x1b873593);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = Math.imul((h ^ (h >>> 16)) + a, 0x27d4eb2f);
  return (h ^ (h >>> 15)) >>> 0;
}

/** FNV-1a over UTF-16 code units. */
function hashText(text: string, start: number): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
