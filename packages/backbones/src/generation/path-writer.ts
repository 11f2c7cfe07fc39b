import type { FinishReason, RandomSource, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { chooseToken } from '../sampling/choose-token.js';
import type { Tokenizer } from '../text/tokenizer.js';
import type { StepRow } from './decode-session.js';

/** What is sampled from beside temperature and nucleus. */
export interface SamplingFilters {
  /** Samples among this many likeliest tokens; Infinity for all. */
  readonly topK: number;
  /** Above 1 makes tokens that the path holds already less likely. */
  readonly repetitionPenalty: number;
}

export interface PathWriterOptions {
  readonly index: number;
  readonly decoder: {
    readonly tokenizer: Pick<Tokenizer, 'segId' | 'vocabularySize' | 'createTextStream'>;
    readonly stopIds: ReadonlySet<number>;
  };
  readonly sampling: SamplingFilters & Pick<SampleOptions, 'temperature' | 'topP' | 'maxTokens' | 'onToken'>;
  /** Of this path alone; each token draws from a fork by its number, whatever other paths do. */
  readonly random: RandomSource;
}

/** One reasoning path while it is written. */
export interface PathWriter {
  readonly finished: boolean;
  /** The token that the next step reads. */
  readonly lastId: number;
  /** Chooses the next token from what a step said; a finished path ignores it. */
  take(row: StepRow): void;
  toPath(presentProb: number | null): ReasoningPath;
}

export function createPathWriter(
  { index, decoder, sampling, random }: PathWriterOptions,
  promptEnd: number,
): PathWriter {
  const { tokenizer, stopIds } = decoder;
  const ids: number[] = [];
  const logProbs: number[] = [];
  const segEmbeddings: Float32Array[] = [];
  const text = createTextOut(tokenizer, (piece) => sampling.onToken?.({ path: index, text: piece }));
  let finish: FinishReason | null = null;
  let width = 0;
  const end = (reason: FinishReason): void => {
    finish = reason;
    text.end();
  };
  return {
    get finished() {
      return finish !== null;
    },
    get lastId() {
      return ids.at(-1) ?? promptEnd;
    },
    take({ logits, segEmbedding }) {
      if (finish !== null) return;
      width = segEmbedding.length;
      const uniform = random.fork(ids.length).uniform();
      // Embeddings may be padded with rows that no token stands for.
      const known = logits.subarray(0, tokenizer.vocabularySize);
      const { id, logProb } = chooseToken(known, { ...sampling, previous: ids, uniform });
      if (stopIds.has(id)) return end('stop');
      ids.push(id);
      logProbs.push(logProb);
      if (id === tokenizer.segId) segEmbeddings.push(segEmbedding);
      text.push(id);
      if (ids.length >= sampling.maxTokens) end('length');
    },
    toPath: (presentProb) => ({
      index,
      text: text.written(),
      tokenIds: ids,
      tokenLogProbs: Float32Array.from(logProbs),
      segEmbeddings: joinRows(segEmbeddings, width),
      presentProb,
      finish: finish ?? 'length',
    }),
  };
}

/** Text as it grows; the blank with which every answer begins is not part of it. */
function createTextOut(tokenizer: Pick<Tokenizer, 'createTextStream'>, emit: (piece: string) => void) {
  const stream = tokenizer.createTextStream();
  let all = '';
  const add = (piece: string): void => {
    const text = all === '' ? piece.trimStart() : piece;
    if (text === '') return;
    all += text;
    emit(text);
  };
  return {
    push: (id: number): void => add(stream.push(id)),
    end: (): void => add(stream.end()),
    written: (): string => all,
  };
}

/** float32[K,D]; D also where no row came. */
function joinRows(rows: readonly Float32Array[], width: number): { data: Float32Array; shape: readonly number[] } {
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => data.set(row, i * width));
  return { data, shape: [rows.length, width] };
}
