import { definePlugin, services } from '@sim4seg/core';
import type { PluginDefinition, PluginKind, ServiceReference } from '@sim4seg/core';
import { z } from 'zod';
import { fakePresenceJudge, fakeScorer, fakeSelector } from './fake-choice.js';
import { fakeDataset, fakeImporter, recordingObserver } from './fake-data.js';
import { fakeLvlm } from './fake-lvlm.js';
import { fakeImageEncoder, fakeMaskDecoder, fakePromptEncoder, fakeRegionPrior } from './fake-segmenter.js';

const ANSWER = { text: 'Yes, the finding is small. It is [SEG].', segCount: 1 } as const;
const CASE = { id: 'a', image: 'a.png', modality: 'none', anatomy: 'none', target: 'lesion', split: 'train' } as const;

const fakeSet = () => fakeDataset('fake', [CASE], { 'a.png': Uint8Array.of(1) });

/** A plugin without options around a function that makes a part. */
export function fakePlugin<T>(service: ServiceReference<T>, create: () => T, id = 'fake'): PluginDefinition<T> {
  return definePlugin({
    id,
    contractVersion: '1',
    needs: {},
    provides: service,
    optionsSchema: z.strictObject({}),
    create: () => create(),
  }) as PluginDefinition<T>;
}

/** A fake of each kind, all with the id `fake`; their sizes fit each other. */
export const FAKE_PLUGINS: Readonly<Record<PluginKind, PluginDefinition>> = {
  lvlm: fakePlugin(services.lvlm, () => fakeLvlm([ANSWER])),
  'region-prior': fakePlugin(services.regionPrior, fakeRegionPrior),
  'image-encoder': fakePlugin(services.imageEncoder, fakeImageEncoder),
  'prompt-encoder': fakePlugin(services.promptEncoder, fakePromptEncoder),
  'mask-decoder': fakePlugin(services.maskDecoder, fakeMaskDecoder),
  'presence-judge': fakePlugin(services.presenceJudge, fakePresenceJudge),
  scorer: fakePlugin(services.scorer, fakeScorer),
  selector: fakePlugin(services.selector, fakeSelector),
  dataset: fakePlugin(services.dataset, fakeSet),
  importer: fakePlugin(services.importer, () => fakeImporter([fakeSet()])),
  observer: fakePlugin(services.observer, recordingObserver),
};
