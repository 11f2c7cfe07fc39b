import { defineProgram } from '../program.js';
import type { ParamSpec, Program } from '../program.js';
import { adapterOf, loraSpecs } from './adapters.js';
import type { LinearSizes, LoraAdapters } from './adapters.js';
import { loraLinear } from './lora-linear.js';

export interface LinearLoraOptions extends LinearSizes {
  readonly adapters: LoraAdapters;
  /** The adapters that act; their changes add up. */
  readonly active: readonly string[];
  readonly bias?: boolean;
  /** Adds an input `dropoutMask` of the shape of x: 0 or 1 / (1 - rate), drawn by the caller. */
  readonly dropout?: boolean;
}

/**
 * A program of one linear layer with named low-rank adapters: `x` float32[rows, in] to `y` float32[rows, out]. Which
 * adapters act is part of the program; parameters of all of them are declared, so that one set of weights serves every
 * choice. Train with `trainable: [loraPattern(name)]`: the layer itself then has no gradient.
 * @throws PROGRAM_INVALID for an adapter that nobody declared
 */
export function LinearLora(options: LinearLoraOptions): Program {
  const { adapters, active, bias = false, dropout = false } = options;
  for (const name of active) adapterOf(adapters, name);
  const params: Record<string, ParamSpec> = {
    weight: { dims: [options.out, options.in] },
    ...(bias && { bias: { dims: [options.out] } }),
    ...loraSpecs('', options, adapters),
  };
  return defineProgram({
    name: 'linear-lora',
    params,
    inputs: { x: ['rows', options.in], ...(dropout && { dropoutMask: ['rows', options.in] }) } as Record<
      string,
      readonly (string | number)[]
    >,
    outputs: { y: ['rows', options.out] },
    run: (p, inputs) => ({
      y: loraLinear(p, inputs['x']!, { layer: '', adapters, active, dropoutMask: inputs['dropoutMask'] ?? null }),
    }),
  });
}
