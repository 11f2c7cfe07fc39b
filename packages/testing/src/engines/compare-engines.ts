import { compile, runEager } from '@sim4seg/compute';
import type { Program, TensorValue, TensorValues } from '@sim4seg/compute';
import { isSim4SegError } from '@sim4seg/core';

/** One way to run a program: operation by operation on tfjs, or compiled by ONNX Runtime. */
export const ENGINES = ['tfjs-wasm', 'ort-cpu', 'ort-cpu-free-sizes'] as const;
export type Engine = (typeof ENGINES)[number];

export interface EngineCase {
  readonly params: TensorValues;
  readonly inputs: TensorValues;
  /** Sizes of the symbols. */
  readonly dims: Readonly<Record<string, number>>;
}

/** How far an engine is from tfjs's own cpu back end, or why it did not run. */
export type EngineResult =
  | { readonly engine: Engine; readonly worst: number; readonly output: string }
  | { readonly engine: Engine; readonly skipped: string };

type Outputs = Record<string, TensorValue>;

async function runCompiled(program: Program, { params, inputs, dims }: EngineCase, free: boolean): Promise<Outputs> {
  await using session = await compile(program, { weights: params, dims: free ? {} : dims });
  return await session.run(inputs);
}

const RUNS: Readonly<Record<Engine, (program: Program, example: EngineCase) => Promise<Outputs>>> = {
  'tfjs-wasm': (program, { params, inputs }) => runEager(program, params, inputs, { backend: 'wasm' }),
  'ort-cpu': (program, example) => runCompiled(program, example, false),
  'ort-cpu-free-sizes': (program, example) => runCompiled(program, example, true),
};

/** The largest difference, relative to numbers above 1, and the output that it is in. */
function worstOf(actual: Outputs, expected: Outputs): { worst: number; output: string } {
  const errors = Object.entries(expected).map(([output, { data }]) => {
    const got = actual[output]?.data;
    const worst = Array.from(data as ArrayLike<number>, (e, i) => {
      const difference = Math.abs(Number(got?.[i]) - e) / Math.max(1, Math.abs(e));
      return Number.isNaN(difference) ? Infinity : difference;
    }).reduce((a, b) => Math.max(a, b), 0);
    return { output, worst: got?.length === data.length ? worst : Infinity };
  });
  return errors.reduce((a, b) => (b.worst > a.worst ? b : a));
}

/** An engine that is not installed, or sizes that this program cannot leave free. */
function reasonToSkip(engine: Engine, error: unknown): string | null {
  if (!isSim4SegError(error)) return null;
  if (error.code === 'ENGINE_MISSING') return error.message;
  const boundOnly = error.code === 'TRACE_UNSUPPORTED' || error.code === 'SHAPE_MISMATCH';
  return engine === 'ort-cpu-free-sizes' && boundOnly ? `needs its sizes: ${error.got}` : null;
}

/**
 * Runs a program on every engine and holds the results against tfjs's cpu back end.
 * @returns one entry an engine; one that is not there, or does not apply, says why
 */
export async function compareEngines(program: Program, example: EngineCase): Promise<EngineResult[]> {
  const expected = await runEager(program, example.params, example.inputs);
  const results: EngineResult[] = [];
  for (const engine of ENGINES) {
    try {
      results.push({ engine, ...worstOf(await RUNS[engine](program, example), expected) });
    } catch (error) {
      const skipped = reasonToSkip(engine, error);
      if (skipped === null) throw error;
      results.push({ engine, skipped });
    }
  }
  return results;
}
