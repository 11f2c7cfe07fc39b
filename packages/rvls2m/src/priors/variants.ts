/** Share of the configured number that each variant keeps; 0 is the configured prior. */
const VARIANT_SHARES = [1, 2 / 3, 4 / 3, 1 / 2, 2, 1 / 3, 3] as const;

/** What each variant adds to tau; 0 is the configured prior. */
const VARIANT_STEPS = [0, -0.1, 0.1, -0.2, 0.2, -0.3, 0.3] as const;

/** The share of the configured number that a variant keeps. */
export function shareOfVariant(variant: number): number {
  return VARIANT_SHARES[variant % VARIANT_SHARES.length] ?? 1;
}

/** The cells that a variant keeps. */
export function topNOfVariant(topN: number, variant: number): number {
  return Math.max(1, Math.round(topN * shareOfVariant(variant)));
}

/** The threshold of a variant, inside 0.05..0.95. */
export function tauOfVariant(tau: number, variant: number): number {
  return Math.min(0.95, Math.max(0.05, tau + (VARIANT_STEPS[variant % VARIANT_STEPS.length] ?? 0)));
}
