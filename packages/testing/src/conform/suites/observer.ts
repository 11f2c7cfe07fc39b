import { services } from '@sim4seg/core';
import type { Observer, PipelineEvent } from '@sim4seg/core';
import { demand } from '../breach.js';
import type { Suite, Variety } from '../suite.js';

function eventsOf(seed: number): PipelineEvent[] {
  return [
    { type: 'started', imageSha256: seed.toString(16).padStart(64, '0') },
    { type: 'encoded', ms: seed, cached: false },
    { type: 'prefilled', ms: 1 },
    { type: 'token', path: 0, text: 'Yes' },
    { type: 'path', path: 0, text: 'Yes, it is [SEG].', segCount: 1 },
    { type: 'prior', path: 0, variant: 0 },
    { type: 'masks', count: 1, ms: 1 },
    { type: 'selected', finding: 0, candidate: 0 },
    { type: 'done', ms: 3 },
  ];
}

const EVENTS: Readonly<Record<Variety, (seed: number) => PipelineEvent[] | null>> = {
  ordinary: eventsOf,
  constant: () => Array.from({ length: 5 }, () => ({ type: 'token', path: 0, text: 'a' })),
  empty: () => [{ type: 'token', path: 0, text: '' }],
  notANumber: () => [{ type: 'done', ms: Number.NaN }],
};

/** What came back from `observe`, which should be nothing: its type, so that answers are plain data. */
const kindOf = (returned: unknown): string => typeof returned;

/** An observer sees events and changes nothing. Its answer here is the type of what it returned for each. */
export const observerSuite: Suite<Observer, PipelineEvent[], string[]> = {
  kind: 'observer',
  service: services.observer,
  abortable: false,
  tolerance: 0,
  inspect: ({ observe }) => demand(typeof observe === 'function', 'it has no observe(event)'),
  input: (variety, seed) => EVENTS[variety](seed),
  call: (observer, events) => events.map((event) => kindOf(observer.observe(event))),
  expectShapes: (returned) =>
    demand(
      returned.every((value) => value === 'undefined'),
      'observe returned something: nobody waits for a promise, and its error would end the process',
    ),
  expectRanges: () => undefined,
  checks: [
    {
      name: 'any order',
      must: 'Events in another order are observed, too: answers run side by side',
      fix: 'keep no state that expects one answer at a time',
      run: ({ part }) => {
        const [first, second] = [eventsOf(1), eventsOf(2)];
        for (let i = 0; i < first.length; i++)
          for (const events of [second, first]) part.observe(events[i] as PipelineEvent);
        for (const event of first.reverse()) part.observe(event);
      },
    },
    {
      name: 'unknown events',
      must: 'An event of a type that came later is passed over',
      fix: 'ignore types that you do not know',
      run: ({ part }) => part.observe({ type: 'no-such-event' } as unknown as PipelineEvent),
    },
  ],
};
