import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { definePlugin, services } from '@sim4seg/core';
import type { Observer, PipelineEvent } from '@sim4seg/core';
import { z } from 'zod';
import { writing } from './writing.js';

const SCHEMA_VERSION = 1;

/** Keeps how long the steps of all answers took, in a JSON file that is replaced at the end of each answer. */
export const stepTimingsPlugin = definePlugin({
  id: 'step-timings',
  contractVersion: '1',
  needs: {},
  provides: services.observer,
  optionsSchema: z.strictObject({ path: z.string().min(1).default('sim4seg-timings.json') }),
  create: ({ options }) => createStepTimings(resolve(options.path)),
});

/** Times of one step over all answers, ms. */
interface StepTimes {
  readonly count: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

/** Encodings that came from memory say nothing about the encoder. */
const STEPS: Readonly<Partial<Record<PipelineEvent['type'], string>>> = {
  encoded: 'encode',
  prefilled: 'prefill',
  masks: 'masks',
  done: 'answer',
};

function createStepTimings(file: string): Observer {
  const steps: Record<string, StepTimes> = {};
  return {
    observe(event) {
      const step = STEPS[event.type];
      if (step === undefined || !('ms' in event) || !Number.isFinite(event.ms)) return;
      if (event.type === 'encoded' && event.cached) return;
      steps[step] = withTime(steps[step], event.ms);
      if (event.type === 'done') writing(file, () => replaceFile(file, { schemaVersion: SCHEMA_VERSION, steps }));
    },
  };
}

function withTime(times: StepTimes | undefined, ms: number): StepTimes {
  const { count, meanMs, maxMs } = times ?? { count: 0, meanMs: 0, maxMs: 0 };
  return { count: count + 1, meanMs: meanMs + (ms - meanMs) / (count + 1), maxMs: Math.max(maxMs, ms) };
}

function replaceFile(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.partial`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(temporary, file);
}
