/**
 * How many of the highest values belong to the upper of two groups, by Otsu's criterion: the cut with the largest
 * variance between the groups, taken over all cuts of the sorted values instead of over a histogram. The first of equal
 * cuts, counted from the highest value.
 * - `values` float32[n], n >= 2, not all equal; returns 1 to n - 1
 * @source N. Otsu, A threshold selection method from gray-level histograms, IEEE SMC 9(1), 1979
 */
export function otsuCount(values: Float32Array): number {
  const sorted = Float32Array.from(values).sort().reverse();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  const mean = total / sorted.length;
  let [best, count, above] = [-1, 1, 0];
  for (let i = 0; i < sorted.length - 1; i++) {
    above += (sorted[i] as number) - mean;
    if (sorted[i] === sorted[i + 1]) continue; // No cut parts equal values.
    // With values measured from their mean, the variance between is this but for a constant factor.
    const between = (above * above) / ((i + 1) * (sorted.length - i - 1));
    if (between > best) [best, count] = [between, i + 1];
  }
  return count;
}
