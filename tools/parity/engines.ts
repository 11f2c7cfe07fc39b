import { compile, createTrainStep, runEager } from '@sim4seg/compute';
import type { Program, Session, Specs, TensorValue, TrainStep, TrainStepOptions } from '@sim4seg/compute';

export type Values = Readonly<Record<string, TensorValue>>;

export const engineNames = ['eager', 'compiled'] as const;
export type EngineName = (typeof engineNames)[number];

/** One way to execute programs and training steps; what it opened for a case ends with it. */
export interface Engine {
  readonly name: EngineName;
  /**
   * Every call of a program with one name has the same parameters. Tapped values that are asked for come as `tap/<name>`
   * beside the outputs.
   */
  run(program: Program, params: Values, inputs: Values, taps?: readonly string[]): Promise<Record<string, TensorValue>>;
  /** As `run`, with parameters that may differ from call to call. */
  runWith(program: Program, params: Values, inputs: Values): Promise<Record<string, TensorValue>>;
  trainStep(options: TrainStepOptions): Promise<TrainStep>;
  release(): Promise<void>;
}

function symbolsOf(specs: Specs, values: Values): Record<string, number> {
  const sizes = Object.entries(specs).flatMap(([name, { dims }]) =>
    dims.map((dim, axis) => [String(dim), values[name]?.shape[axis] ?? 0] as const),
  );
  return Object.fromEntries(sizes.filter(([dim]) => Number.isNaN(Number(dim))));
}

const eager: Engine = {
  name: 'eager',
  run: (program, params, inputs, taps = []) => runEager(program, params, inputs, { taps }),
  runWith: (program, params, inputs) => runEager(program, params, inputs),
  trainStep: (options) => createTrainStep({ ...options, engine: 'eager' }),
  release: async () => {},
};

/** Programs are compiled once for each set of sizes. */
function compiledEngine(): Engine {
  const sessions = new Map<string, Promise<Session>>();
  return {
    name: 'compiled',
    async run(program, params, inputs, taps = []) {
      const dims = { ...symbolsOf(program.params, params), ...symbolsOf(program.inputs, inputs) };
      const key = JSON.stringify([program.name, program.inputs, dims, Object.keys(program.outputs)]);
      const session = sessions.get(key) ?? compile(program, { dims, target: 'cpu', weights: params, taps });
      sessions.set(key, session);
      return (await session).run(inputs);
    },
    async runWith(program, params, inputs) {
      const dims = { ...symbolsOf(program.params, params), ...symbolsOf(program.inputs, inputs) };
      const key = JSON.stringify(['with', program.name, dims]);
      const session = sessions.get(key) ?? compile(program, { dims, target: 'cpu' });
      sessions.set(key, session);
      return (await session).run(params, inputs);
    },
    trainStep: (options) => createTrainStep({ ...options, engine: 'ort' }),
    async release() {
      for (const session of sessions.values()) await (await session).release();
    },
  };
}

export function openEngine(name: EngineName): Engine {
  return name === 'eager' ? eager : compiledEngine();
}
