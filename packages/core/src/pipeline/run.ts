import type { TtsConfig } from '../config/config.js';
import type { PipelineEvent } from '../contracts/observer.js';
import { expectNotAborted } from '../errors.js';
import type { AnswerRequest } from './answer.js';
import { createBreath } from '../breath.js';
import type { Breathe } from '../breath.js';
import type { FeatureCache } from './feature-cache.js';
import type { PartsFit } from './parts-fit.js';
import type { PipelineParts } from './parts.js';

/** Settings of a pipeline, resolved at its edge. */
export interface PipelineSettings {
  readonly tts: TtsConfig;
  /** Most decoder rows (path x [SEG] x prior variant) in one batch; bounds memory. */
  readonly decodeBatch: number;
  /** Images whose features are kept. */
  readonly cachedImages: number;
  /** Mask logit above which a pixel is foreground, for a question; trained per target and stored in a bundle. */
  readonly maskThreshold: (question: string) => number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** What all answers of a pipeline share. */
export interface PipelineContext {
  readonly parts: PipelineParts;
  readonly fit: PartsFit;
  readonly settings: PipelineSettings;
  readonly features: FeatureCache;
}

/** One answer in the making. */
export interface Run extends PipelineContext {
  readonly request: AnswerRequest;
  readonly tts: TtsConfig;
  readonly signal: AbortSignal | undefined;
  readonly emit: (event: PipelineEvent) => void;
  /** Called often by long work in this thread. */
  readonly breathe: Breathe;
  /** Runs a step: checks for an abort before it and measures it. */
  readonly timed: <T>(step: () => T | Promise<T>) => Promise<{ value: T; ms: number }>;
}

export function startRun(request: AnswerRequest, context: PipelineContext): Run {
  const { parts, settings } = context;
  const observers = request.observer ? [...parts.observers, request.observer] : parts.observers;
  return {
    ...context,
    request,
    tts: request.tts ?? settings.tts,
    signal: request.signal,
    breathe: createBreath(settings.now, request.signal),
    emit: (event) => observers.forEach((observer) => observer.observe(event)),
    timed: async (step) => {
      expectNotAborted(request.signal);
      const start = settings.now();
      const value = await step();
      return { value, ms: settings.now() - start };
    },
  };
}
