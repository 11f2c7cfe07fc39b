import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { definePlugin, services } from '@sim4seg/core';
import type { Observer, PipelineEvent } from '@sim4seg/core';
import { z } from 'zod';
import { writing } from './writing.js';

const SCHEMA_VERSION = 1;
/** Lines kept back until an answer is done. */
const MOST_LINES = 256;

/** Appends every event as a line of JSON to a file; tokens are left out unless asked for, since they hold the text. */
export const eventLogPlugin = definePlugin({
  id: 'event-log',
  contractVersion: '1',
  needs: {},
  provides: services.observer,
  optionsSchema: z.strictObject({
    path: z.string().min(1).default('sim4seg-events.jsonl'),
    tokens: z.boolean().default(false),
  }),
  create: ({ options }) => createEventLog(options),
});

interface EventLogOptions {
  readonly path: string;
  readonly tokens: boolean;
}

/** Writes when an answer is done or many lines have come: an answer must not wait for the disk at each token. */
function createEventLog({ path, tokens }: EventLogOptions): Observer & { dispose(): void } {
  const file = resolve(path);
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length === 0) return;
    const text = lines.join('');
    lines = [];
    writing(file, () => {
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, text);
    });
  };
  return {
    observe(event: PipelineEvent) {
      const isText = event.type === 'token' || event.type === 'path';
      const { text: _, ...rest } = event as PipelineEvent & { text?: string };
      if (event.type === 'token' && !tokens) return;
      const shown = isText && !tokens ? rest : event;
      lines.push(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, at: new Date().toISOString(), ...shown })}\n`);
      if (event.type === 'done' || lines.length >= MOST_LINES) flush();
    },
    dispose: flush,
  };
}
