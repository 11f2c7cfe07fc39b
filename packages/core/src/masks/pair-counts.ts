/** Numbers of bits that are 1 in both of two lists of words, and in at least one of them. */
export interface PairCounts {
  readonly both: number;
  readonly either: number;
}

/**
 * Counts the bits of two lists of equal length in one pass. Long lists are counted by the processor's own instruction,
 * which JavaScript reaches through WebAssembly alone; where that is forbidden, or for short lists, by arithmetic.
 */
export function pairCounts(a: Uint32Array, b: Uint32Array): PairCounts {
  if (a.length < WORTH_COPYING_WORDS) return countByArithmetic(a, b);
  counter ??= openCounter();
  return counter(a, b);
}

type Counter = (a: Uint32Array, b: Uint32Array) => PairCounts;

const WORTH_COPYING_WORDS = 64;
const PAGE_BYTES = 2 ** 16;
const PAGE_WORDS = PAGE_BYTES / 4;

let counter: Counter | undefined;

/**
 * A module with three pages of memory `m` (the words of a, those of b, the two counts) and the function `c`:
 * `(func (param $bytes i32) (local $at i32) (local $x i64) (local $y i64) (local $both i64) (local $either i64)`
 * `  (loop (local.set $x (i64.load (local.get $at))) (local.set $y (i64.load offset=65536 (local.get $at)))`
 * `    (local.set $both (i64.add (local.get $both) (i64.popcnt (i64.and (local.get $x) (local.get $y)))))`
 * `    (local.set $either (i64.add (local.get $either) (i64.popcnt (i64.or (local.get $x) (local.get $y)))))`
 * `    (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $bytes))))`
 * `  (i64.store offset=131072 (i32.const 0) (local.get $both)) (i64.store offset=131072 (i32.const 8) (local.get $either)))`
 */
const MODULE =
  'AGFzbQEAAAABBQFgAX8AAwIBAAUDAQADBwkCAW0CAAFjAAAKSwFJAgF/BH4DQCABKQMAIgIgASkDgIAEIgODeyAEfCEEIAIgA4R7IAV8IQUgAUEIaiIBIABJDQALQQAgBDcDgIAIQQggBTcDgIAICw==';

function openCounter(): Counter {
  try {
    const bytes = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    return countByModule(exports as unknown as CountingModule);
  } catch {
    // A page may forbid WebAssembly; the result is the same.
    return countByArithmetic;
  }
}

interface CountingModule {
  readonly m: { readonly buffer: ArrayBuffer };
  readonly c: (bytes: number) => void;
}

function countByModule({ m, c }: CountingModule): Counter {
  const [first, second] = [0, 1].map((page) => new Uint32Array(m.buffer, page * PAGE_BYTES, PAGE_WORDS));
  const counts = new Uint32Array(m.buffer, 2 * PAGE_BYTES, 4);
  return (a, b) => {
    let [both, either] = [0, 0];
    for (let from = 0; from < a.length; from += PAGE_WORDS) {
      const words = Math.min(PAGE_WORDS, a.length - from);
      // The module reads two words at a time.
      if (words % 2 === 1) (first as Uint32Array)[words] = (second as Uint32Array)[words] = 0;
      (first as Uint32Array).set(a.subarray(from, from + words));
      (second as Uint32Array).set(b.subarray(from, from + words));
      c(4 * words);
      both += counts[0] as number;
      either += counts[2] as number;
    }
    return { both, either };
  };
}

/** The same without WebAssembly. */
export function countByArithmetic(a: Uint32Array, b: Uint32Array): PairCounts {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += popcount((a[i] as number) & (b[i] as number));
    either += popcount((a[i] as number) | (b[i] as number));
  }
  return { both, either };
}

function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
