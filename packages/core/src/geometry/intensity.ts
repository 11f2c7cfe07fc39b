import type { MedicalImage } from '../contracts/image.js';
import type { PixelsU8 } from './size.js';

/**
 * An 8-bit RGB view of a medical image. uint8 passes through (grey is repeated); other types are mapped linearly from
 * their window, or from their finite range where there is none, to 0..255.
 * - `image.data`: dtype[h, w, c]; original frame; stored values. Returns uint8[h, w, 3]; original frame
 * A constant image without a window becomes 0; NaN becomes 0; infinite values take the nearest end.
 */
export function toRgbU8(image: MedicalImage): PixelsU8 {
  const { widthPx, heightPx, channels } = image;
  if (image.data instanceof Uint8Array && channels === 3) return { data: image.data, widthPx, heightPx, channels };
  const { low, high } = image.data instanceof Uint8Array ? { low: 0, high: 255 } : displayRange(image);
  const range = high - low;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < data.length; i++) {
    const value = image.data[channels === 3 ? i : Math.trunc(i / 3)] as number;
    const mapped = range > 0 ? ((value - low) * 255) / range : 0;
    data[i] = mapped > 0 ? Math.min(255, Math.trunc(mapped + 0.5)) : 0;
  }
  return { data, widthPx, heightPx, channels: 3 };
}

function displayRange({ data, window }: MedicalImage): { low: number; high: number } {
  if (window) return { low: window.center - window.width / 2, high: window.center + window.width / 2 };
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}
