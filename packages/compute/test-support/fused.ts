import { expect } from 'vitest';
import { compile } from '../src/program/compile.js';
import type { TensorValues } from '../src/program/compile.js';
import { runEager } from '../src/program/run-eager.js';
import type { Program } from '../src/program.js';
import { gradientProgram, worstError } from './compare.js';
import type { Build } from './compare.js';

async function compiled(program: Program, inputs: TensorValues): ReturnType<typeof runEager> {
  await using session = await compile(program, {});
  return await session.run(inputs);
}

const ENGINES: Readonly<Record<string, (program: Program, inputs: TensorValues) => ReturnType<typeof runEager>>> = {
  cpu: (program, inputs) => runEager(program, {}, inputs),
  wasm: (program, inputs) => runEager(program, {}, inputs, { backend: 'wasm' }),
  compiled,
};

/** Values and gradients of the fused form on each engine equal those of the plain form on eager cpu. */
export async function expectFusedEqualsPlain(
  fused: Build,
  plain: Build,
  inputs: TensorValues,
  tolerance = 3e-5,
): Promise<void> {
  const expected = await runEager(await gradientProgram(plain, inputs), {}, inputs);
  for (const [engine, run] of Object.entries(ENGINES)) {
    const actual = await run(await gradientProgram(fused, inputs), inputs);
    for (const [name, value] of Object.entries(expected))
      expect(worstError(actual[name]!, value), `${name} on ${engine}`).toBeLessThan(tolerance);
  }
}
