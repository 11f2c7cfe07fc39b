/** Stops of a dark-blue to yellow scale, even in brightness (after Viridis). */
const STOPS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

/** Colour of a value in 0..1; values outside are clamped, NaN counts as 0. */
export function heatColour(value: number): [number, number, number] {
  const position = (value > 0 ? Math.min(1, value) : 0) * (STOPS.length - 1);
  const lower = Math.min(STOPS.length - 2, Math.floor(position));
  const share = position - lower;
  const [a, b] = [STOPS[lower] as readonly number[], STOPS[lower + 1] as readonly number[]];
  return [0, 1, 2].map((c) => (a[c] as number) * (1 - share) + (b[c] as number) * share) as [number, number, number];
}
