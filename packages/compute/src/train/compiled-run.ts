import type { TensorValues } from '../program/compile.js';
import { writesInPlace } from '#ort';
import { expectFed } from '../program/feeds.js';
import type { OrtTensor } from '../runtime/ort.js';
import { createOrtSession, engineFailed } from '../session/ort-session.js';
import type { InProcessSession, OrtSessionOptions } from '../session/ort-session.js';
import type { OnnxGraph } from '../trace/trace.js';
import { discard } from './discard.js';
import { NEXT_SUFFIX } from './update-graph.js';

/** A graph of a training step in the runtime; tensors of the state are fed, and overwritten by their next values. */
export interface StateRun {
  run(inputs: TensorValues): Promise<Readonly<Record<string, number>>>;
  release(): Promise<void>;
}

class NativeRun implements StateRun {
  readonly #state: ReadonlyMap<string, OrtTensor>;

  constructor(
    private readonly graph: OnnxGraph,
    private readonly session: InProcessSession,
    private readonly state: TensorValues,
  ) {
    const held = graph.inputs.filter(({ name }) => state[name]);
    this.#state = new Map(held.map(({ name }) => [name, session.toOrt(state[name]!)] as const));
  }

  async run(inputs: TensorValues): Promise<Readonly<Record<string, number>>> {
    const feeds = this.#feeds(inputs);
    try {
      const results = await this.session.native.run(feeds, this.#fetches());
      const isNext = ({ name }: { readonly name: string }): boolean => name.endsWith(NEXT_SUFFIX);
      this.#settle(this.graph.outputs.filter(isNext).map(({ name }) => [name, results[name]!.data as Float32Array]));
      const reported = this.graph.outputs.filter((output) => !isNext(output));
      return Object.fromEntries(reported.map(({ name }) => [name, (results[name]!.data as Float32Array)[0]!]));
    } catch (cause) {
      throw engineFailed(`${this.graph.name} runs`, cause);
    }
  }

  release(): Promise<void> {
    return this.session.release();
  }

  #feeds(inputs: TensorValues): Record<string, OrtTensor> {
    const fed = expectFed(this.graph, ({ name }) => this.state[name] ?? inputs[name]);
    const entries = Object.entries(fed).map(([name, value]) => {
      return [name, this.#state.get(name) ?? this.session.toOrt(value)] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The tensor that holds a state is where its next value is written. */
  #fetches(): Record<string, OrtTensor | null> {
    const entries = this.graph.outputs.map(
      ({ name }) => [name, (writesInPlace && this.#heldBy(name)) || null] as const,
    );
    return Object.fromEntries(entries);
  }

  #heldBy(output: string): OrtTensor | undefined {
    return output.endsWith(NEXT_SUFFIX) ? this.#state.get(output.slice(0, -NEXT_SUFFIX.length)) : undefined;
  }

  /** Where the runtime wrote the state to its own tensors, what it returned beside them are copies. */
  #settle(returned: readonly (readonly [string, Float32Array])[]): void {
    if (writesInPlace) discard(returned.map(([, data]) => data));
    else for (const [name, data] of returned) (this.#heldBy(name)!.data as Float32Array).set(data);
  }
}

/** Opens a graph whose inputs named in `state` live in those arrays. @throws ENGINE_MISSING, ENGINE_FAILED */
export async function openStateRun(
  graph: OnnxGraph,
  state: TensorValues,
  options: OrtSessionOptions,
): Promise<StateRun> {
  return new NativeRun(graph, await createOrtSession(graph.model, options), state);
}
