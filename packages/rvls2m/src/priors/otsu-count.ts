/**
 * How many of the highest values belong to the upper of two groups, by Otsu's criterion: the cut with the largest
 * variance between the groups, taken over all cuts of the sorted values instead of over a histogram. The first of equal
 * cuts, counted from the highest value.
 * - `values` float32[n], n >= 2, not all equal; sorted in place; returns 1 to n - 1
 * @source N. Otsu, A threshold selection method from gray-level histograms, IEEE SMC 9(1), 1979
 */
export function otsuCount(values: Float32Array): number {
  values.sort();
  const last = values.length - 1;
  let mean = 0;
  for (let i = 0; i <= last; i++) mean += (values[i] as number) / values.length;
  let [best, count, above] = [-1, 1, 0];
  for (let i = last; i > 0; i--) {
    const value = values[i] as number;
    above += value - mean;
    if (value === values[i - 1]) continue; // No cut parts equal values.
    // With values measured from their mean, the variance between is this but for a constant factor.
    const between = (above * above) / ((last - i + 1) * i);
    if (between > best) [best, count] = [between, last - i + 1];
  }
  return count;
}
