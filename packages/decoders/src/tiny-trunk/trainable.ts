import { initParams } from '@sim4seg/compute';
import type { Trainable } from '@sim4seg/compute';
import { TRUNK_GRAPH } from './graph-name.js';
import type { TinyTrunkSizes } from './sizes.js';
import { tinyTrunkProgram, tinyTrunkSpecs } from './tiny-trunk.js';

/** The trunk as a part that can be trained, wholly. */
export function tinyTrunkTrainable(sizes: TinyTrunkSizes): Trainable {
  const program = tinyTrunkProgram(sizes);
  return {
    program,
    sizes,
    trainable: ['.'],
    initialParams: (seed) => initParams(tinyTrunkSpecs(sizes), seed),
    inferenceGraphs: () => [{ graph: TRUNK_GRAPH, program, dims: { images: 1 } }],
  };
}
