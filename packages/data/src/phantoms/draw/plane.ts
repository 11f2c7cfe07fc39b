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

/**
 * Gaussian blur with its own width along each axis; the edge repeats.
 * @param sigmaX, sigmaY in pixels; 0 leaves that axis alone
 */
export function blurPlane(plane: Plane, sigmaX: number, sigmaY: number): Plane {
  const { widthPx, heightPx } = plane;
  const alongX = blurLines(plane.data, gaussian(sigmaX), {
    lines: heightPx,
    length: widthPx,
    step: 1,
    stride: widthPx,
  });
  const lines = { lines: widthPx, length: heightPx, step: widthPx, stride: 1 };
  return { data: blurLines(alongX, gaussian(sigmaY), lines), widthPx, heightPx };
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** Distance of neighbours in a line, and of the starts of lines. */
  readonly step: number;
  readonly stride: number;
}

function blurLines(source: Float32Array, kernel: Float32Array, { lines, length, step, stride }: Lines): Float32Array {
  const radius = (kernel.length - 1) / 2;
  if (radius === 0) return source;
  const out = new Float32Array(source.length);
  const padded = new Float32Array(length + 2 * radius);
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    for (let i = 0; i < length; i++) padded[i + radius] = source[start + i * step] as number;
    padded.fill(source[start] as number, 0, radius);
    padded.fill(source[start + (length - 1) * step] as number, length + radius);
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] as number) * (padded[i + k] as number);
      out[start + i * step] = sum;
    }
  }
  return out;
}

function gaussian(sigma: number): Float32Array {
  if (sigma <= 0) return Float32Array.of(1);
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}
