import { PHANTOM_KINDS, canonicalQuestion, encodePng, makePhantom } from 'sim4seg';
import type { PhantomChoice } from './api-types.js';

const EACH_KIND = 3;
const SEED = 20;

interface ShownPhantom {
  readonly choice: PhantomChoice;
  png(): Promise<Uint8Array>;
}

/** A few phantoms of the validation split, which the model was not trained on; drawn once, when first looked at. */
export function createPhantomGallery(): ReadonlyMap<string, ShownPhantom> {
  const shown = PHANTOM_KINDS.flatMap((kind) =>
    Array.from({ length: EACH_KIND }, (_, index) => {
      const phantom = makePhantom(kind, SEED, { split: 'val', index });
      const [asked] = phantom.targets;
      const question = asked ? canonicalQuestion(asked) : '';
      const choice = { id: `${kind}-${index}`, title: `${kind.replaceAll('-', ' ')} ${index + 1}`, question };
      let encoded: Promise<Uint8Array> | null = null;
      return { choice, png: () => (encoded ??= encodePng(phantom.picture)) };
    }),
  );
  return new Map(shown.map((phantom) => [phantom.choice.id, phantom]));
}
