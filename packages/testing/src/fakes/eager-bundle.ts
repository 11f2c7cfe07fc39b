import { runEager, type Program, type TensorValues } from '@sim4seg/compute';
import { expectNotAborted, Sim4SegError, type GraphRunner, type ModelBundle } from '@sim4seg/core';

/** What a bundle of programs is made of. */
export interface EagerBundleContent {
  /** Programs by graph name, with their parameters. */
  readonly graphs: Readonly<Record<string, { readonly program: Program; readonly params: TensorValues }>>;
  readonly parts?: Readonly<Record<string, unknown>>;
  readonly labels?: ModelBundle['labels'];
  readonly texts?: Readonly<Record<string, string>>;
}

/** A bundle whose graphs are programs that run eagerly: slow, without files, for tests of parts. */
export function eagerBundle({ graphs, parts = {}, labels = {}, texts = {} }: EagerBundleContent): ModelBundle {
  const runner: GraphRunner = {
    has: (graph) => Object.hasOwn(graphs, graph),
    async run(graph, inputs, options = {}) {
      expectNotAborted(options.signal);
      const { program, params } = held(graphs, graph);
      return runEager(program, params, inputs as TensorValues);
    },
  };
  const text = (file: string) => held(texts, file);
  return { name: 'fake', version: '0.0.0', sha256: '0'.repeat(64), graphs: runner, parts, labels, text };
}

function held<T>(record: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(record, name)) return record[name] as T;
  throw new Sim4SegError('BUNDLE_MISSING', {
    must: `The bundle must hold "${name}"`,
    got: Object.keys(record).join(', ') || 'nothing',
    fix: 'add it to the content of the fake',
  });
}
