import type { Graph, Value } from '../graph.js';
import { castTo, emit, indexVector, scalarValue } from '../nodes.js';
import type { Expression, Term } from './expression.js';
import { formatExpression } from './expression.js';

/** The axis of a graph input whose size a symbol is. */
export interface SymbolSource {
  readonly input: Value;
  readonly axis: number;
}

/** A number that is known, or an expression of symbols. */
export type Size = number | Expression;

const SIZE = { shape: [1], dtype: 'int64' } as const;

/** Records sizes that are known only when a graph runs, as int64 vectors made from the shapes of its inputs. */
export class SizeNodes {
  readonly #known = new Map<string, Value>();

  constructor(
    private readonly graph: Graph,
    private readonly symbols: readonly string[],
    private readonly sources: readonly SymbolSource[],
  ) {}

  /** int64[1] */
  size(expression: Expression): Value {
    const text = formatExpression(expression, this.symbols);
    const known = this.#known.get(text);
    if (known) return known;
    const sum = expression.terms.map((term) => this.#term(term)).reduce((a, b) => this.#combine('Add', a, b));
    const value = expression.divisor === 1 ? sum : this.#combine('Div', sum, this.#number(expression.divisor));
    this.#known.set(text, value);
    return value;
  }

  /** int64[n]: known and unknown sizes in a row. */
  vector(sizes: readonly Size[]): Value {
    const pieces: Value[] = [];
    let run: number[] = [];
    const close = (): void => {
      if (run.length > 0) pieces.push(indexVector(this.graph, run));
      run = [];
    };
    for (const size of sizes) {
      if (typeof size === 'number') run.push(size);
      else {
        close();
        pieces.push(this.size(size));
      }
    }
    close();
    if (pieces.length === 1) return pieces[0]!;
    return emit(this.graph, 'Concat', pieces, { shape: [sizes.length], dtype: 'int64' }, { axis: 0 });
  }

  /** A rank 0 value of the given type. */
  scalar(size: Size, dtype: Value['dtype']): Value {
    if (typeof size === 'number') return scalarValue(this.graph, size, dtype);
    const single = emit(this.graph, 'Squeeze', [this.size(size)], { shape: [], dtype: 'int64' });
    return castTo(this.graph, single, dtype);
  }

  #number(x: number): Value {
    return indexVector(this.graph, [x]);
  }

  #combine(op: string, a: Value, b: Value): Value {
    return emit(this.graph, op, [a, b], SIZE);
  }

  #symbol(index: number): Value {
    const { input, axis } = this.sources[index]!;
    return emit(this.graph, 'Shape', [input], SIZE, { start: axis, end: axis + 1 });
  }

  #term({ factor, powers }: Term): Value {
    const factors = powers.flatMap((power, i) => Array.from({ length: power }, () => this.#symbol(i)));
    if (factor !== 1 || factors.length === 0) factors.push(this.#number(factor));
    return factors.reduce((a, b) => this.#combine('Mul', a, b));
  }
}
