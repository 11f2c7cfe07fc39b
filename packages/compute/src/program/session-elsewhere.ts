import type { GraphSession, Runtime } from '../runtime/contract.js';
import type { GraphTensor } from '../runtime/protocol.js';
import type { TensorValue } from '../tensor-value.js';
import type { OnnxGraph } from '../trace/trace.js';
import type { Provider } from '../session/providers.js';

/** A session that is open somewhere: in this thread, or in a runtime's thread or process. */
export interface OpenGraph {
  readonly provider: Provider;
  /** Values by the graph's own names. @throws ENGINE_FAILED */
  run(feeds: Readonly<Record<string, TensorValue>>): Promise<Readonly<Record<string, TensorValue>>>;
  /** Frees it; further calls do nothing. */
  release(): Promise<void>;
}

/** Opens a graph in a runtime, which goes on to live when the session is released. */
export async function openElsewhere(
  runtime: Runtime,
  { model }: OnnxGraph,
  weightsFolder: string | undefined,
): Promise<OpenGraph> {
  const session: GraphSession = await runtime.load({ model, weightsFolder });
  const run: OpenGraph['run'] = async (feeds) => {
    const outputs = await session.run(feeds as Readonly<Record<string, GraphTensor>>);
    return outputs as Readonly<Record<string, TensorValue>>;
  };
  return { provider: session.provider, run, release: () => session.release() };
}
