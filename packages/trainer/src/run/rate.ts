/** Smoothed speed of a run and the time that is left; the clock is an argument. */
export interface RateMeter {
  /** One step is done. */
  tick(images: number): { readonly imagesPerSecond: number; readonly secondsPerStep: number };
}

const SMOOTHING = 0.95;

export function createRateMeter(nowMs: () => number): RateMeter {
  let last = nowMs();
  let secondsPerStep = 0;
  return {
    tick(images) {
      const now = nowMs();
      const seconds = Math.max(1e-6, (now - last) / 1000);
      last = now;
      secondsPerStep = secondsPerStep === 0 ? seconds : SMOOTHING * secondsPerStep + (1 - SMOOTHING) * seconds;
      return { imagesPerSecond: images / secondsPerStep, secondsPerStep };
    },
  };
}
