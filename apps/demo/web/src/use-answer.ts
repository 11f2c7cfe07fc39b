import { useCallback, useRef, useState } from 'react';
import type { AnswerLine, AnswerRequest, AnswerView } from '../../server/api-types.js';
import { streamAnswer } from './api.js';

export interface AnswerState {
  readonly busy: boolean;
  readonly stage: string;
  /** Text of each reasoning path as it comes. */
  readonly texts: readonly string[];
  readonly answer: AnswerView | null;
  readonly error: string | null;
}

const EMPTY: AnswerState = { busy: false, stage: '', texts: [], answer: null, error: null };

/** Asks the server and keeps what has come so far; asking again stops the earlier answer. */
export function useAnswer(): AnswerState & { ask: (request: AnswerRequest) => void; clear: () => void } {
  const [state, setState] = useState(EMPTY);
  const running = useRef<AbortController | null>(null);
  const clear = useCallback(() => {
    running.current?.abort();
    setState(EMPTY);
  }, []);
  const ask = useCallback((request: AnswerRequest) => {
    running.current?.abort();
    const controller = (running.current = new AbortController());
    const update = (change: (earlier: AnswerState) => AnswerState): void => {
      if (!controller.signal.aborted) setState(change);
    };
    // The earlier mask stays visible until the new one is there.
    update((earlier) => ({ ...EMPTY, busy: true, answer: earlier.answer }));
    streamAnswer(request, { onLine: (line) => update((s) => withLine(s, line)), signal: controller.signal })
      .catch((error: unknown) => update((s) => ({ ...s, error: messageOf(error) })))
      .finally(() => update((s) => ({ ...s, busy: false, stage: '' })));
  }, []);
  return { ...state, ask, clear };
}

function withLine(state: AnswerState, line: AnswerLine): AnswerState {
  if (line.type === 'token') {
    const texts = [...state.texts];
    texts[line.path] = (texts[line.path] ?? '') + line.text;
    return { ...state, texts };
  }
  if (line.type === 'stage') return { ...state, stage: line.text };
  if (line.type === 'answer') return { ...state, answer: line.answer };
  return { ...state, error: line.message, answer: null };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
