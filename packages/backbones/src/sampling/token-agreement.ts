/** How the tokens of a faster arithmetic compare with those of the exact one, on the same tokens before. */
export interface TokenAgreement {
  /** Tokens compared. */
  readonly tokens: number;
  /** Of them those where both find the same token likeliest. */
  readonly equal: number;
  /** Most that the exact arithmetic gives up in log-probability where the other finds another token likeliest. */
  readonly worstLoss: number;
  /** Whether each token is equal, or as good as equal to the exact arithmetic. */
  readonly agrees: boolean;
}

export interface TokenAgreementOptions {
  /** Log-probability up to which two tokens count as equally likely. */
  readonly tie?: number;
}

/** A tenth in log-probability: less than what sampling at temperature 0.7 makes of it. */
const TIE = 0.1;

/**
 * The test that the fast arithmetic of 4-bit blocks (`int8` of `int4Linears`) has to pass before it is used.
 * @param exact float32[V] a token: logits of the exact arithmetic
 * @param fast float32[V] a token: logits of the fast one, which read the same tokens before
 */
export function tokenAgreement(
  exact: readonly Float32Array[],
  fast: readonly Float32Array[],
  { tie = TIE }: TokenAgreementOptions = {},
): TokenAgreement {
  const losses = exact.map((logits, i) => logits[likeliest(logits)]! - logits[likeliest(fast[i]!)]!);
  const worstLoss = Math.max(0, ...losses);
  const equal = exact.filter((logits, i) => likeliest(logits) === likeliest(fast[i]!)).length;
  return { tokens: exact.length, equal, worstLoss, agrees: exact.length > 0 && worstLoss <= tie };
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}
