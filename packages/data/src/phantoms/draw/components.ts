/** Keeps the largest 4-connected part of a binary mask. uint8[height, width]; 0 or 1 */
export function largestComponent(bits: Uint8Array, widthPx: number): Uint8Array {
  const label = new Int32Array(bits.length);
  let best = 0;
  let bestSize = 0;
  let next = 0;
  for (let start = 0; start < bits.length; start++) {
    if (!bits[start] || label[start] !== 0) continue;
    const size = flood(bits, label, { start, mark: ++next, widthPx });
    if (size > bestSize) [best, bestSize] = [next, size];
  }
  return bits.map((_, i) => (best !== 0 && label[i] === best ? 1 : 0));
}

/** Fills parts of the outside that do not touch the picture's edge. */
export function fillHoles(bits: Uint8Array, widthPx: number): Uint8Array {
  const outside = bits.map((bit) => (bit ? 0 : 1));
  const label = new Int32Array(bits.length);
  const heightPx = bits.length / widthPx;
  for (let i = 0; i < bits.length; i++) {
    const x = i % widthPx;
    const y = Math.floor(i / widthPx);
    const onEdge = x === 0 || y === 0 || x === widthPx - 1 || y === heightPx - 1;
    if (onEdge && outside[i] && label[i] === 0) flood(outside, label, { start: i, mark: 1, widthPx });
  }
  return bits.map((_, i) => (label[i] === 1 ? 0 : 1));
}

function flood(
  bits: Uint8Array,
  label: Int32Array,
  { start, mark, widthPx }: { start: number; mark: number; widthPx: number },
): number {
  const stack = [start];
  label[start] = mark;
  let size = 0;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    size++;
    const x = at % widthPx;
    const neighbours = [at - widthPx, at + widthPx, x > 0 ? at - 1 : -1, x < widthPx - 1 ? at + 1 : -1];
    for (const to of neighbours) {
      if (to < 0 || to >= bits.length || !bits[to] || label[to] !== 0) continue;
      label[to] = mark;
      stack.push(to);
    }
  }
  return size;
}
