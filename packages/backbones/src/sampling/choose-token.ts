export interface ChooseOptions {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** Samples among the likeliest tokens that together reach this probability. */
  readonly topP: number;
  /** Samples among this many likeliest tokens; all, if left out. */
  readonly topK?: number;
  /** Divides positive logits of `previous` and multiplies negative ones; 1, which changes nothing, if left out. */
  readonly repetitionPenalty?: number;
  /** Tokens that the path holds already. */
  readonly previous?: readonly number[];
  /** Uniform in [0, 1). */
  readonly uniform: number;
}

export interface ChosenToken {
  readonly id: number;
  /** Natural-log probability under the model's own distribution (temperature 1, no cut). */
  readonly logProb: number;
}

/**
 * Chooses the next token from `logits` float32[V]: repetition penalty, then temperature, then the `topK` likeliest, then
 * the nucleus. Equal logits are decided by the lower id, so that greedy and sampled answers are the same on every machine
 * that computes the same logits.
 * @source Holtzman et al. 2020 (nucleus sampling): the smallest set whose probability reaches topP; Keskar et al. 2019
 * (repetition penalty); order as in transformers 4.31 GenerationMixin._get_logits_warper
 */
export function chooseToken(logits: Float32Array, options: ChooseOptions): ChosenToken {
  const { temperature, repetitionPenalty = 1, previous = [] } = options;
  const penalised = repetitionPenalty === 1 ? logits : penalise(logits, previous, repetitionPenalty);
  const id = temperature > 0 ? sampleNucleus(softmax(penalised, temperature), options) : argMax(penalised);
  return { id, logProb: logProbability(logits, id) };
}

function penalise(logits: Float32Array, previous: readonly number[], penalty: number): Float32Array {
  const changed = logits.slice();
  for (const id of new Set(previous)) {
    const logit = logits[id] as number;
    changed[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return changed;
}

/** Softmax of `logits` / temperature. */
export function softmax(logits: Float32Array, temperature = 1): Float64Array {
  const top = logits[argMax(logits)] as number;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

function logProbability(logits: Float32Array, id: number): number {
  const top = logits[argMax(logits)] as number;
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return (logits[id] as number) - top - Math.log(total);
}

function sampleNucleus(
  probabilities: Float64Array,
  { topP, topK = Infinity, uniform }: Pick<ChooseOptions, 'topP' | 'topK' | 'uniform'>,
): number {
  const likely = topK < probabilities.length ? [...probabilities.keys()] : likelyIds(probabilities, topP);
  const order = likely
    .sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b)
    .slice(0, Math.max(1, topK));
  const total = topK < probabilities.length ? order.reduce((sum, id) => sum + (probabilities[id] as number), 0) : 1;
  const nucleus: number[] = [];
  let mass = 0;
  for (const id of order) {
    nucleus.push(id);
    mass += probabilities[id] as number;
    if (mass >= topP * total) break;
  }
  let left = uniform * mass;
  return nucleus.find((id) => (left -= probabilities[id] as number) < 0) ?? (nucleus.at(-1) as number);
}

/**
 * All ids that the nucleus can hold: those below (1 - topP) / V add up to less than 1 - topP, so the others reach topP
 * without them. Saves sorting a vocabulary for each token.
 */
function likelyIds(probabilities: Float64Array, topP: number): number[] {
  const floor = Math.max(0, 1 - topP) / probabilities.length;
  const ids: number[] = [];
  probabilities.forEach((probability, id) => {
    if (probability >= floor) ids.push(id);
  });
  return ids;
}
