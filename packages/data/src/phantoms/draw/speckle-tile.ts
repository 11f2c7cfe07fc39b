import { createDataRandom } from '../../random.js';
import { blurPlane, createPlane } from './plane.js';

/** Side of a tile in pixels; its pattern repeats without a seam. */
export const TILE_SIDE = 512;
const MOST_TILES = 12;

const tiles = new Map<string, Float32Array>();

/**
 * A seamless tile of blurred white noise with variance 1. float32[512, 512]
 * A tile depends on its two widths only, is made once and shared; pictures cut it at places of their own.
 */
export function speckleTile(sigmaX: number, sigmaY: number): Float32Array {
  const key = `${sigmaX} ${sigmaY}`;
  const kept = tiles.get(key);
  if (kept !== undefined) return kept;
  if (tiles.size >= MOST_TILES) tiles.clear();
  const tile = makeTile(sigmaX, sigmaY);
  tiles.set(key, tile);
  return tile;
}

function makeTile(sigmaX: number, sigmaY: number): Float32Array {
  const random = createDataRandom('speckle tile');
  const white = Float32Array.from({ length: TILE_SIDE * TILE_SIDE }, () => random.normal());
  const margin = Math.ceil(2.5 * Math.max(sigmaX, sigmaY)) + 1;
  const wide = createPlane({ widthPx: TILE_SIDE + 2 * margin, heightPx: TILE_SIDE + 2 * margin });
  const wrapped = (i: number): number => (i - margin + TILE_SIDE) % TILE_SIDE;
  for (let i = 0; i < wide.data.length; i++) {
    const [x, y] = [wrapped(i % wide.widthPx), wrapped(Math.floor(i / wide.widthPx))];
    wide.data[i] = white[y * TILE_SIDE + x] as number;
  }
  const soft = blurPlane(wide, sigmaX, sigmaY);
  const tile = new Float32Array(TILE_SIDE * TILE_SIDE);
  for (let y = 0; y < TILE_SIDE; y++) {
    const start = (y + margin) * soft.widthPx + margin;
    tile.set(soft.data.subarray(start, start + TILE_SIDE), y * TILE_SIDE);
  }
  const power = tile.reduce((sum, value) => sum + value * value, 0) / tile.length;
  return tile.map((value) => value / Math.sqrt(power));
}
