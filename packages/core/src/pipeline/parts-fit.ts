import { Sim4SegError } from '../errors.js';
import type { PipelineParts } from './parts.js';

/** What follows from the chosen parts for every answer. */
export interface PartsFit {
  /** False where the wiring can give no mask at all. */
  readonly givesMasks: boolean;
  /** Sentences for people, such as why no mask will come. */
  readonly notes: readonly string[];
}

/**
 * Checks that neighbours agree on sizes and capabilities.
 * @throws WIRING with every disagreement
 */
export function expectPartsFit(parts: PipelineParts): PartsFit {
  const problems = [...sizeProblems(parts), ...featureProblems(parts)];
  if (problems.length > 0) {
    throw new Sim4SegError('WIRING', {
      must: 'The parts agree on the sizes of what they hand over',
      got: problems.join('; '),
      fix: 'choose parts that were made or trained together',
    });
  }
  const givesMasks = parts.lvlm.capabilities.segEmbeddings || !parts.regionPrior.capabilities.needsSegEmbeddings;
  const why = 'the LVLM gives no seg embeddings and the region prior needs them: answers have text and no mask';
  return { givesMasks, notes: givesMasks ? [] : [why] };
}

function sizeProblems({ lvlm, imageEncoder, promptEncoder, maskDecoder }: PipelineParts): string[] {
  const image = imageEncoder.sizes;
  const prompt = promptEncoder.sizes;
  const decoder = maskDecoder.sizes;
  const pairs: [string, number, string, number][] = [
    ['image encoder channels', image.embeddingChannels, 'mask decoder channels', decoder.embeddingChannels],
    ['prompt encoder channels', prompt.embeddingChannels, 'mask decoder channels', decoder.embeddingChannels],
    ['image encoder side', image.embeddingSide, 'mask decoder side', decoder.embeddingSide],
    ['prompt encoder side', prompt.embeddingSide, 'mask decoder side', decoder.embeddingSide],
    ['image encoder input side', image.inputSidePx, 'prompt encoder input side', prompt.inputSidePx],
  ];
  if (lvlm.capabilities.segEmbeddings) {
    pairs.push(['LVLM projected width', lvlm.sizes.projectedDim, 'prompt encoder channels', prompt.embeddingChannels]);
  }
  return pairs.filter(([, a, , b]) => a !== b).map(([left, a, right, b]) => `${left} ${a}, ${right} ${b}`);
}

function featureProblems({ lvlm, imageEncoder, maskDecoder }: PipelineParts): string[] {
  const there = Object.keys(imageEncoder.sizes.named);
  const asked = maskDecoder.sizes.features.map((name): [string, string] => ['mask decoder', name]);
  const { imageFeatures } = lvlm.capabilities;
  if (imageFeatures !== null) asked.push(['LVLM', imageFeatures]);
  return asked
    .filter(([, name]) => !there.includes(name))
    .map(([who, name]) => `the ${who} needs the image features '${name}'; there is: ${there.join(', ') || 'none'}`);
}
