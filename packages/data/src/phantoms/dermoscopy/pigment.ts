import { decay } from '../draw/decay.js';

/** Amounts of what absorbs light in a point of skin; 1 is a strong, typical amount. */
export interface Pigment {
  brown: number;
  black: number;
  blue: number;
  red: number;
  /** Scar, cyst or wax: adds light instead of taking it. */
  white: number;
}

/** Absorption of red, green and blue light per unit: melanin takes blue most, deep melanin looks blue. */
const ABSORPTION: Readonly<Record<'brown' | 'black' | 'blue' | 'red', readonly [number, number, number]>> = {
  brown: [0.45, 0.85, 1.25],
  black: [1.3, 1.45, 1.5],
  blue: [0.95, 0.7, 0.38],
  red: [0.08, 0.62, 0.55],
};

const WHITE: readonly [number, number, number] = [0.93, 0.88, 0.84];

/** Begins a point with the skin's own pigment. */
export function setPigment(pigment: Pigment, brown: number, red: number): void {
  pigment.brown = brown;
  pigment.red = red;
  pigment.black = pigment.blue = pigment.white = 0;
}

/** Light that comes back from skin of this colour (0..1 a channel) through the pigment. */
export function shadeSkin(skin: number, channel: 0 | 1 | 2, pigment: Pigment): number {
  let absorbed = pigment.brown * ABSORPTION.brown[channel] + pigment.red * ABSORPTION.red[channel];
  if (pigment.black !== 0) absorbed += pigment.black * ABSORPTION.black[channel];
  if (pigment.blue !== 0) absorbed += pigment.blue * ABSORPTION.blue[channel];
  const light = skin * decay(absorbed);
  if (pigment.white <= 0) return light;
  const white = Math.min(0.9, Math.max(0, pigment.white));
  return light * (1 - white) + WHITE[channel] * white;
}
