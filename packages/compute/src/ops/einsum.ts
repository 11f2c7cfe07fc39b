import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit, sizeOf } from '../kernel/shapes.js';
import { matMul } from './mat-mul.js';
import { sum } from './reduce.js';
import { reshape, transpose } from './shape.js';

/** A tensor whose axes carry letters. */
interface Lettered {
  readonly tensor: Tensor;
  readonly letters: string;
}

interface Equation {
  readonly operands: readonly string[];
  readonly result: string;
}

function parse(equation: string, operands: readonly Tensor[]): Equation {
  const [, left = '', result = ''] = /^([a-zA-Z,]*)->([a-zA-Z]*)$/.exec(equation.replaceAll(' ', '')) ?? [];
  const letters = left.split(',');
  const known = new Set(left);
  const single = [...letters, result].every((part) => new Set(part).size === part.length);
  const fits =
    operands.length > 0 &&
    letters.length === operands.length &&
    letters.every((part, i) => part.length === operands[i]!.rank) &&
    single &&
    [...result].every((letter) => known.has(letter));
  const must = 'an equation such as bij,bjk->bik with one letter an axis, none twice in one operand';
  mustFit(fits, 'einsum', must, `${equation} for ${describeShapes(...operands)}`);
  return { operands: letters, result };
}

function sizesOf(equation: string, parts: readonly Lettered[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { tensor, letters } of parts)
    [...letters].forEach((letter, axis) => {
      const size = tensor.shape[axis]!;
      const known = sizes.get(letter) ?? size;
      mustFit(known === size, 'einsum', `${letter} has one size in ${equation}`, `${known} and ${size}`);
      sizes.set(letter, size);
    });
  return sizes;
}

/** Sums over the axes whose letters nobody needs any more. */
function reduced({ tensor, letters }: Lettered, needed: string): Lettered {
  const axes = [...letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]));
  const kept = [...letters].filter((letter) => needed.includes(letter)).join('');
  return axes.length ? { tensor: sum(tensor, axes), letters: kept } : { tensor, letters };
}

function ordered({ tensor, letters }: Lettered, order: string): Tensor {
  return transpose(
    tensor,
    [...order].map((letter) => letters.indexOf(letter)),
  );
}

/** One product: shared letters that are needed are its batch, shared ones that are not are summed over. */
function product(a: Lettered, b: Lettered, needed: string, sizes: ReadonlyMap<string, number>): Lettered {
  const both = [...a.letters].filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => needed.includes(letter)).join('');
  const inner = both.filter((letter) => !needed.includes(letter)).join('');
  const own = (part: Lettered): string => [...part.letters].filter((letter) => !both.includes(letter)).join('');
  const [left, right] = [own(a), own(b)];
  const count = (letters: string): number => sizeOf([...letters].map((letter) => sizes.get(letter)!));
  const rows = reshape(ordered(a, batch + left + inner), [count(batch), count(left), count(inner)]);
  const columns = reshape(ordered(b, batch + inner + right), [count(batch), count(inner), count(right)]);
  const letters = batch + left + right;
  return { tensor: reshape(matMul(rows, columns), [...letters].map((letter) => sizes.get(letter)!)), letters }; // prettier-ignore
}

/**
 * Einstein's sum by products of two operands at a time, from left to right; letters that are absent from the result are
 * summed over. No letter may stand twice in one operand, and there is no ellipsis.
 * @param operands float32, one axis a letter
 * @returns float32, one axis for each letter behind the arrow
 * @throws SHAPE_MISMATCH
 * @example ops.einsum('bhqd,bhkd->bhqk', q, k)
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { operands: letters, result } = parse(equation, operands);
  const parts = operands.map((tensor, i): Lettered => ({ tensor, letters: letters[i]! }));
  const sizes = sizesOf(equation, parts);
  const neededAfter = (i: number): string => letters.slice(i + 1).join('') + result;
  let total = reduced(parts[0]!, neededAfter(0));
  for (const [i, part] of parts.entries()) {
    if (i === 0) continue;
    const lean = reduced(part, total.letters + neededAfter(i));
    total = product(total, lean, neededAfter(i), sizes);
    total = reduced(total, neededAfter(i));
  }
  return ordered(total, result);
}
