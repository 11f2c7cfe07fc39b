/** A small tokenizer.json of LLaMA's form: pieces with `▁`, byte fallback, a blank put in front of every run of text. */
export interface LlamaTokenizerOptions {
  readonly texts: readonly string[];
  readonly added?: readonly string[];
  /** Whether added tokens swallow the blanks beside them, as slow tokenizers do. */
  readonly strips?: boolean;
}

const BYTES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
const BASE = ['<unk>', '<s>', '</s>'];

export function llamaTokenizerJson({
  texts,
  added = ['[SEG]', '<im_start>', '<im_end>'],
  strips = false,
}: LlamaTokenizerOptions): string {
  const words = texts.flatMap((text) => text.split(' ').map((word) => `▁${word}`));
  const characters = new Set(['▁', ...words.join('')]);
  const { pieces, merges } = mergesOf(words);
  const vocabulary = [...new Set([...BASE, ...BYTES, ...characters, ...pieces])];
  const tokens = [
    ...BASE.map((content, id) => ({ id, content, lstrip: false, rstrip: false })),
    ...added.map((content, i) => ({ id: vocabulary.length + i, content, lstrip: strips, rstrip: strips })),
  ];
  return JSON.stringify({
    version: '1.0',
    added_tokens: tokens.map((token) => ({ ...token, single_word: false, normalized: false, special: true })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
      merges,
    },
  });
}

/** Every word becomes one piece, letter by letter from the left. */
function mergesOf(words: readonly string[]): { readonly pieces: string[]; readonly merges: string[] } {
  const [pieces, merges] = [new Set<string>(), new Set<string>()];
  for (const word of words) {
    const letters = [...word];
    for (let end = 2; end <= letters.length; end++) {
      const left = letters.slice(0, end - 1).join('');
      pieces.add(left + letters[end - 1]);
      merges.add(`${left} ${letters[end - 1]}`);
    }
  }
  return { pieces: [...pieces], merges: [...merges] };
}
