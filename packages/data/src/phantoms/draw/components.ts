/** Keeps the largest 4-connected part of a binary mask. uint8[height, width]; 0 or 1 */
export function largestComponent(bits: Uint8Array, widthPx: number): Uint8Array {
  const label = new Int32Array(bits.length);
  // A pixel is pushed once, when it is marked.
  const stack = new Int32Array(bits.length);
  let best = 0;
  let bestSize = 0;
  let next = 0;
  for (let start = 0; start < bits.length; start++) {
    if (!bits[start] || label[start] !== 0) continue;
    const size = flood(bits, label, { start, mark: ++next, widthPx, stack });
    if (size > bestSize) [best, bestSize] = [next, size];
  }
  return bits.map((_, i) => (best !== 0 && label[i] === best ? 1 : 0));
}

/** Fills parts of the outside that do not touch the picture's edge. */
export function fillHoles(bits: Uint8Array, widthPx: number): Uint8Array {
  const outside = bits.map((bit) => (bit ? 0 : 1));
  const label = new Int32Array(bits.length);
  // A pixel is pushed once, when it is marked.
  const stack = new Int32Array(bits.length);
  const heightPx = bits.length / widthPx;
  for (let i = 0; i < bits.length; i++) {
    const x = i % widthPx;
    const y = Math.floor(i / widthPx);
    const onEdge = x === 0 || y === 0 || x === widthPx - 1 || y === heightPx - 1;
    if (onEdge && outside[i] && label[i] === 0) flood(outside, label, { start: i, mark: 1, widthPx, stack });
  }
  return bits.map((_, i) => (label[i] === 1 ? 0 : 1));
}

function flood(
  bits: Uint8Array,
  label: Int32Array,
  { start, mark, widthPx, stack }: { start: number; mark: number; widthPx: number; stack: Int32Array },
): number {
  stack[0] = start;
  label[start] = mark;
  let size = 0;
  for (let top = 1; top > 0; size++) {
    const at = stack[--top] as number;
    const x = at % widthPx;
    for (let side = 0; side < 4; side++) {
      if ((side === 2 && x === 0) || (side === 3 && x === widthPx - 1)) continue;
      const to = at + (side === 0 ? -widthPx : side === 1 ? widthPx : side === 2 ? -1 : 1);
      if (to < 0 || to >= bits.length || bits[to] === 0 || label[to] !== 0) continue;
      label[to] = mark;
      stack[top++] = to;
    }
  }
  return size;
}
