import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The least that a function of chance needs; core's random sources fit as well. */
export interface Chance {
  /** Next number of the stream, 0 <= x < 1. */
  uniform(): number;
}

/** A seeded stream of numbers that can be forked by label, so that one more draw elsewhere shifts nothing here. */
export interface DataRandom extends Chance {
  /** Uniform in `low` <= x < `high`. */
  between(low: number, high: number): number;
  /** Integer, 0 <= i < `count`. */
  int(count: number): number;
  /** Standard normal. */
  normal(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A stream of its own that depends on this one's seed and the label only. */
  fork(label: string | number): DataRandom;
}

/** FNV-1a over UTF-16 units with a final avalanche; 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** One of the items, each equally likely. `items` must not be empty. */
export function pick<T>(items: readonly T[], random: Chance): T {
  return items[Math.min(items.length - 1, Math.floor(random.uniform() * items.length))] as T;
}

/** A shuffled copy (Fisher-Yates); equal seeds give equal orders. */
export function shuffled<T>(items: readonly T[], random: Chance): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

/** Creates a seeded stream; seed and path of labels alone decide every number. */
export function createDataRandom(seed: number | string): DataRandom {
  const path = String(seed);
  const generator = xoroshiro128plus(hashText(path));
  const uniform = (): number => (generator.next() >>> 0) / 0x1_0000_0000;
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    int: (count) => Math.floor(uniform() * count),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    chance: (probability) => uniform() < probability,
    fork: (label) => createDataRandom(`${path}/${label}`),
  };
}
