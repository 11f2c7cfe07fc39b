import { appendFileSync } from 'node:fs';
import { definePlugin, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  /** A line of JSON a finished answer goes here; nothing is written where it is left out. */
  file: z.string().min(1).optional(),
});

/** What is kept of an event; null for events that are passed over. Answers may run side by side. */
const lineOf = (event) => (event.type === 'done' ? { type: event.type, ms: event.ms } : null);

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.observer,
  optionsSchema,
  create: ({ options: { file } }) => ({
    observe: (event) => {
      const line = lineOf(event);
      if (line !== null && file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
    },
  }),
});
