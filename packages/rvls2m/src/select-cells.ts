/**
 * The `count` highest of the given cells, best first; equal means keep their order.
 * - `means` float32[cells]; `allowed`: indices that may be chosen
 */
export function selectTopCells(means: Float32Array, allowed: Int32Array, count: number): number[] {
  const wanted = Math.min(count, allowed.length);
  if (wanted === 0) return [];
  const values = new Float32Array(allowed.length);
  for (let i = 0; i < allowed.length; i++) values[i] = means[allowed[i] as number] as number;
  const limit = nthHighest(values, wanted);
  const above: number[] = [];
  const equal: number[] = [];
  for (const cell of allowed) {
    const mean = means[cell] as number;
    if (mean > limit) above.push(cell);
    else if (mean === limit) equal.push(cell);
  }
  above.sort((a, b) => (means[b] as number) - (means[a] as number) || a - b);
  return [...above, ...equal.slice(0, wanted - above.length)];
}

/** The n-th highest value (n from 1); rearranges `values`. Hoare's selection: linear on average. */
function nthHighest(values: Float32Array, n: number): number {
  const target = n - 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i <= j) swap(values, i++, j--);
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  return values[target] as number;
}

function swap(values: Float32Array, i: number, j: number): void {
  const held = values[i] as number;
  values[i] = values[j] as number;
  values[j] = held;
}
