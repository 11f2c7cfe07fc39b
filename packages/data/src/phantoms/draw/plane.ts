/** One channel of a drawing: float32[heightPx, widthPx]. */
export interface Plane {
  readonly data: Float32Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface PlaneSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

export function createPlane({ widthPx, heightPx }: PlaneSize): Plane {
  return { data: new Float32Array(widthPx * heightPx), widthPx, heightPx };
}

/** Pixels above a value. uint8[height, width]; 0 or 1 */
export function bitsAbove({ data }: Plane, cut: number): Uint8Array {
  const bits = new Uint8Array(data.length);
  for (let i = 0; i < bits.length; i++) if ((data[i] as number) > cut) bits[i] = 1;
  return bits;
}

/**
 * Gaussian blur with its own width along each axis; the edge repeats.
 * @param sigmaX, sigmaY in pixels; 0 leaves that axis alone
 */
export function blurPlane(plane: Plane, sigmaX: number, sigmaY: number): Plane {
  return blurDown(blurAlong(plane, gaussian(sigmaX)), gaussian(sigmaY));
}

function blurAlong(plane: Plane, kernel: Float32Array): Plane {
  const { data, widthPx, heightPx } = plane;
  const radius = kernel.length - 1;
  if (radius === 0) return plane;
  const out = createPlane(plane);
  const padded = new Float32Array(widthPx + 2 * radius);
  const [middle, first] = [kernel[0] as number, kernel[1] as number];
  for (let y = 0; y < heightPx; y++) {
    const start = y * widthPx;
    padded.fill(data[start] as number, 0, radius);
    padded.set(data.subarray(start, start + widthPx), radius);
    padded.fill(data[start + widthPx - 1] as number, radius + widthPx);
    for (let x = 0; x < widthPx; x++) {
      const at = x + radius;
      let sum = middle * (padded[at] as number) + first * ((padded[at - 1] as number) + (padded[at + 1] as number));
      for (let k = 2; k <= radius; k++) {
        sum += (kernel[k] as number) * ((padded[at - k] as number) + (padded[at + k] as number));
      }
      out.data[start + x] = sum;
    }
  }
  return out;
}

function blurDown(plane: Plane, kernel: Float32Array): Plane {
  const { data, widthPx, heightPx } = plane;
  const radius = kernel.length - 1;
  if (radius === 0) return plane;
  const out = createPlane(plane);
  const lineAt = (at: number): number => Math.min(heightPx - 1, Math.max(0, at)) * widthPx;
  for (let y = 0; y < heightPx; y++) {
    const start = y * widthPx;
    const [above, below] = [lineAt(y - 1), lineAt(y + 1)];
    const [middle, first] = [kernel[0] as number, kernel[1] as number];
    for (let x = 0; x < widthPx; x++) {
      const beside = (data[above + x] as number) + (data[below + x] as number);
      out.data[start + x] = middle * (data[start + x] as number) + first * beside;
    }
    for (let k = 2; k <= radius; k++)
      addLines(out, start, { data, from: [lineAt(y - k), lineAt(y + k)] }, kernel[k] as number);
  }
  return out;
}

function addLines(
  { data: out, widthPx }: Plane,
  start: number,
  { data, from }: { readonly data: Float32Array; readonly from: readonly [number, number] },
  weight: number,
): void {
  const [above, below] = from;
  for (let x = 0; x < widthPx; x++) {
    const beside = (data[above + x] as number) + (data[below + x] as number);
    out[start + x] = (out[start + x] as number) + weight * beside;
  }
}

/** Right half of a Gaussian kernel, from its middle on; its whole sums to 1. */
function gaussian(sigma: number): Float32Array {
  if (sigma <= 0) return Float32Array.of(1);
  const radius = Math.max(1, Math.round(2.4 * sigma));
  const half = Float32Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i ** 2) / (2 * sigma ** 2)));
  const sum = half.reduce((total, value) => total + 2 * value, -(half[0] as number));
  return half.map((value) => value / sum);
}
