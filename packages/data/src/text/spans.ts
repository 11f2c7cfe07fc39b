/** What a stretch of training text says; the trainer weighs its tokens by it. */
export type SpanKind = 'presence' | 'diagnosis' | 'place' | 'size' | 'shape' | 'seg' | 'rest';

/** A stretch of text of one kind. */
export interface Piece {
  readonly text: string;
  readonly kind: SpanKind;
}

/** Character range `start` <= i < `end` (UTF-16 units). */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: SpanKind;
}

/** A text whose spans cover it without gap or overlap, in order. */
export interface AnnotatedText {
  readonly text: string;
  readonly spans: readonly TextSpan[];
}

/** Joins sentences by blanks and notes what each stretch says; bare strings are `rest`. */
export function annotate(sentences: readonly (readonly (string | Piece)[])[]): AnnotatedText {
  const spans: TextSpan[] = [];
  let text = '';
  const append = ({ text: added, kind }: Piece): void => {
    const last = spans.at(-1);
    const start = text.length;
    text += added;
    if (last?.kind === 'rest' && kind === 'rest') spans[spans.length - 1] = { ...last, end: text.length };
    else spans.push({ start, end: text.length, kind });
  };
  sentences.forEach((sentence, i) => {
    if (i > 0) append({ text: ' ', kind: 'rest' });
    for (const piece of sentence) append(typeof piece === 'string' ? { text: piece, kind: 'rest' } : piece);
  });
  return { text, spans };
}
