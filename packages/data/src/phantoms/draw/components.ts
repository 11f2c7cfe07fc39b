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
  const kept = new Uint8Array(bits.length);
  if (best !== 0) for (let i = 0; i < kept.length; i++) if (label[i] === best) kept[i] = 1;
  return kept;
}

/** Fills parts of the outside that do not touch the picture's edge. */
export function fillHoles(bits: Uint8Array, widthPx: number): Uint8Array {
  const box = boxOf(bits, widthPx);
  if (box === null) return bits;
  // Holes lie inside of the mask's box: the outside is followed there and in a margin of a pixel.
  const [width, height] = [box.right - box.left + 3, box.bottom - box.top + 3];
  const outside = new Uint8Array(width * height).fill(1);
  for (let y = box.top; y <= box.bottom; y++) {
    const row = (y - box.top + 1) * width + 1 - box.left;
    for (let x = box.left; x <= box.right; x++) if (bits[y * widthPx + x]) outside[row + x] = 0;
  }
  const label = new Int32Array(outside.length);
  flood(outside, label, { start: 0, mark: 1, widthPx: width, stack: new Int32Array(outside.length) });
  const filled = new Uint8Array(bits.length);
  for (let y = box.top; y <= box.bottom; y++) {
    const row = (y - box.top + 1) * width + 1 - box.left;
    for (let x = box.left; x <= box.right; x++) if (label[row + x] !== 1) filled[y * widthPx + x] = 1;
  }
  return filled;
}

function boxOf(bits: Uint8Array, widthPx: number) {
  const box = { left: widthPx, right: -1, top: -1, bottom: -1 };
  for (let i = 0, x = 0, y = 0; i < bits.length; i++) {
    if (bits[i]) {
      if (box.top < 0) box.top = y;
      box.bottom = y;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
    }
    if (++x === widthPx) [x, y] = [0, y + 1];
  }
  return box.right < 0 ? null : box;
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
