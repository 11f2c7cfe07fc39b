import { BYTE_CHARACTERS, toByteCharacters } from './byte-level.js';
import { ADDED_TOKENS } from './special-tokens.js';

/** Words of GPT-2: a word takes its blank with it. @source openai/gpt-2 src/encoder.py, as in @huggingface/tokenizers */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

type Merge = readonly [left: string, right: string];
interface CountedWord {
  symbols: string[];
  readonly count: number;
}

export interface TrainTokenizerOptions {
  /** Upper bound of ids, added tokens and the 256 bytes included. */
  readonly vocabularySize: number;
  /** A pair that occurs less often is not merged. */
  readonly minCount?: number;
}

/**
 * Trains a byte-level BPE and returns the text of its tokenizer.json. No text is unknown to it, since every byte is an
 * id. Deterministic: equal counts are decided by the pair itself, so the order of texts does not matter.
 * @source Sennrich et al. 2016, algorithm 1, on bytes
 */
export function trainTokenizer(texts: Iterable<string>, options: TrainTokenizerOptions): string {
  const words = countWords(texts);
  const merges: Merge[] = [];
  const vocabulary = new Set([...ADDED_TOKENS, ...BYTE_CHARACTERS]);
  while (vocabulary.size < options.vocabularySize) {
    const pair = mostFrequentPair(words, options.minCount ?? 2);
    if (pair === null) break;
    merges.push(pair);
    vocabulary.add(pair[0] + pair[1]);
    for (const word of words) word.symbols = mergeSymbols(word.symbols, pair);
  }
  return tokenizerJson([...vocabulary], merges);
}

function countWords(texts: Iterable<string>): CountedWord[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const section of ADDED_TOKENS.reduce<string[]>(
      (parts, token) => parts.flatMap((p) => p.split(token)),
      [text],
    )) {
      for (const word of section.match(WORDS) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts].map(([word, count]) => ({ symbols: Array.from(toByteCharacters(word)), count }));
}

function mostFrequentPair(words: readonly CountedWord[], minCount: number): Merge | null {
  const counts = new Map<string, number>();
  for (const { symbols, count } of words) {
    for (let i = 1; i < symbols.length; i++) {
      const key = `${symbols[i - 1]} ${symbols[i]}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: string | null = null;
  let most = minCount - 1;
  for (const [key, count] of counts) {
    if (count > most || (count === most && best !== null && key < best)) [best, most] = [key, count];
  }
  return best === null ? null : (best.split(' ') as [string, string]);
}

function mergeSymbols(symbols: string[], [left, right]: Merge): string[] {
  const merged: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const joins = symbols[i] === left && symbols[i + 1] === right;
    merged.push(joins ? left + right : (symbols[i] as string));
    if (joins) i++;
  }
  return merged;
}

function tokenizerJson(vocabulary: readonly string[], merges: readonly Merge[]): string {
  const added = ADDED_TOKENS.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: 'BPE', unk_token: null, vocab, merges },
  });
}
