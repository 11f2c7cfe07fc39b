import type { Picture } from '@sim4seg/data';
import { DRAWN_NOTICE } from '../notice.js';
import { GLYPH, isTextPixel } from './bitmap-font.js';

const MARGIN = 2;
/** What is left of a pixel's brightness behind the text. */
const BAND_SHADE = 0.25;
const INK = 235;

/**
 * Draws the research-only notice as a band along the lower edge, in place. A picture that is too small for the text is
 * left as it is; its file still carries the notice as PNG text.
 */
export function drawNotice(picture: Picture): void {
  const textWidth = DRAWN_NOTICE.length * GLYPH.advance + 2 * MARGIN;
  const scale = Math.min(4, Math.floor(picture.widthPx / textWidth));
  const bandHeight = (GLYPH.height + 2 * MARGIN) * scale;
  if (scale < 1 || bandHeight * 3 > picture.heightPx) return;
  const top = picture.heightPx - bandHeight;
  for (let y = 0; y < bandHeight; y++) {
    for (let x = 0; x < textWidth * scale; x++) paintBandPixel(picture, { x, y, top, scale });
  }
}

function paintBandPixel(picture: Picture, at: { x: number; y: number; top: number; scale: number }): void {
  const [column, row] = [Math.floor(at.x / at.scale) - MARGIN, Math.floor(at.y / at.scale) - MARGIN];
  const ink = column >= 0 && row >= 0 && row < GLYPH.height && isTextPixel(DRAWN_NOTICE, column, row);
  const start = ((at.top + at.y) * picture.widthPx + at.x) * picture.channels;
  for (let c = start; c < start + picture.channels; c++) {
    picture.data[c] = ink ? INK : (picture.data[c] as number) * BAND_SHADE;
  }
}
