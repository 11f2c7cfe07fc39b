import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';
import type { Picture } from './picture.js';

export interface ContactSheetOptions {
  readonly columns?: number;
  readonly cellPx?: number;
  readonly background?: string;
  /** Palette of so many colours, for small files; all colours if left out. */
  readonly colours?: number;
}

const LABEL_PX = 18;
const GAP_PX = 4;
/** Width of a letter in font sizes, so that long labels shrink instead of being cut. */
const WIDEST_LETTER = 0.62;

/**
 * Lays pictures out in rows with a label under each, as PNG. Pictures keep their aspect.
 * @param labels one text a picture; missing ones stay empty
 */
export async function contactSheet(
  pictures: readonly Picture[],
  labels: readonly string[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  const { columns = 6, cellPx = 192, background = '#181818', colours } = options;
  const cell = { width: cellPx + GAP_PX, height: cellPx + LABEL_PX + GAP_PX };
  const rows = Math.max(1, Math.ceil(pictures.length / columns));
  const overlays = pictures.map(async (picture, i): Promise<OverlayOptions[]> => {
    const corner = { left: (i % columns) * cell.width, top: Math.floor(i / columns) * cell.height };
    const thumbnail = await shrink(picture, cellPx);
    return [
      { input: thumbnail, ...corner },
      { input: labelSvg(labels[i] ?? '', cellPx), left: corner.left, top: corner.top + cellPx },
    ];
  });
  const size = { width: columns * cell.width, height: rows * cell.height };
  return sharp({ create: { ...size, channels: 3, background } })
    .composite((await Promise.all(overlays)).flat())
    .png(colours === undefined ? {} : { palette: true, colours, dither: 0, effort: 8 })
    .toBuffer();
}

function shrink({ data, widthPx, heightPx, channels }: Picture, cellPx: number): Promise<Buffer> {
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels } })
    .resize(cellPx, cellPx, { fit: 'inside' })
    .toColourspace('srgb')
    .png()
    .toBuffer();
}

function labelSvg(label: string, widthPx: number): Buffer {
  const text = label.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const size = Math.min(11, widthPx / (WIDEST_LETTER * Math.max(1, label.length))).toFixed(1);
  const style = `font-family="DejaVu Sans, sans-serif" font-size="${size}" fill="#ddd"`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${LABEL_PX}"><text x="3" y="13" ${style}>${text}</text></svg>`,
  );
}
