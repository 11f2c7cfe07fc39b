import { OFFICIAL_LOSS_WEIGHTS } from '../losses/official-losses.js';

/** A value of the preset `official` and where it comes from. */
export interface SourcedValue {
  /** Path below `training`; `phase` stands for every phase. */
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

const SCRIPT = 'train_sim4seg.py';
const OURS = 'a term of ours, which the official loss does not have';
const none = (term: string): SourcedValue => ({ path: `phase.losses.${term}`, value: 0, source: OURS });
const even = (kind: string): SourcedValue => ({
  path: `textWeights.${kind}`,
  value: 1,
  source: `${SCRIPT}: transformers' cross entropy, every token of an answer alike`,
});

/**
 * The recipe of the official training, value by value. Its trainable parts are adapters, token tables, seg projection and
 * mask decoder; an LVLM without adapters (the small one) is trained in the rest of them.
 * @deviation optimiser rows without decay are decided by dims, which weight decay 0 makes irrelevant; Dice is of the squared
 *   form and losses are taken in the model frame (docs/adr/0080)
 */
export const OFFICIAL_PRESET: readonly SourcedValue[] = [
  { path: 'order', value: 'segment-first', source: 'paper, its answers: "Sure, it is [SEG]. Firstly ..."' },
  { path: 'optimizer.beta1', value: 0.9, source: `${SCRIPT}, --beta1` },
  { path: 'optimizer.beta2', value: 0.95, source: `${SCRIPT}, --beta2` },
  { path: 'optimizer.eps', value: 1e-8, source: 'torch, AdamW' },
  { path: 'optimizer.weightDecay', value: 0, source: `${SCRIPT}, ds_config; the paper states 0.01` },
  { path: 'optimizer.clip', value: 1, source: `${SCRIPT}, ds_config gradient_clipping` },
  ...['presence', 'diagnosis', 'seg', 'place', 'size', 'shape', 'rest'].map(even),
  { path: 'phase.name', value: 'official', source: 'a name' },
  { path: 'phase.steps', value: 4000, source: `${SCRIPT}, ds_config total_num_steps with default arguments` },
  { path: 'phase.images', value: 2, source: `${SCRIPT}, --batch_size` },
  { path: 'phase.accumulate', value: 10, source: `${SCRIPT}, --grad_accumulation_steps` },
  { path: 'phase.conversations', value: 1, source: 'paper: one question about an image' },
  { path: 'phase.prompt', value: 'seg', source: 'paper, figure 2' },
  { path: 'phase.lr', value: 3e-4, source: `${SCRIPT}, --lr` },
  { path: 'phase.schedule', value: 'official', source: `${SCRIPT}, WarmupDecayLR` },
  { path: 'phase.warmup', value: 100, source: `${SCRIPT}, warmup_num_steps` },
  {
    path: 'phase.train',
    value: ['lvlm', 'maskDecoder'],
    source: `${SCRIPT}: mask decoder, and of the LVLM what follows`,
  },
  {
    path: 'phase.only.lvlm',
    value: ['lora_[AB]', 'embed_tokens', 'lm_head', 'seg_projection|text_hidden_fcs'],
    source: `${SCRIPT}: adapters on q_proj and v_proj, embed_tokens, lm_head, text_hidden_fcs`,
  },
  { path: 'phase.losses.text', value: OFFICIAL_LOSS_WEIGHTS.text, source: `${SCRIPT}, --ce_loss_weight` },
  { path: 'phase.losses.bce', value: OFFICIAL_LOSS_WEIGHTS.bce, source: `${SCRIPT}, --bce_loss_weight` },
  { path: 'phase.losses.dice', value: OFFICIAL_LOSS_WEIGHTS.dice, source: `${SCRIPT}, --dice_loss_weight` },
  ...['bestOfMany', 'predictedIou', 'presence', 'diagnosis', 'prior', 'distill'].map(none),
  { path: 'phase.wrongTarget', value: 0, source: 'paper: questions ask for what the image shows' },
  { path: 'phase.augmentation', value: 'none', source: `${SCRIPT}: images are resized and padded only` },
];

type Tree = Readonly<Record<string, unknown>>;

/** A `training` tree with the values of the preset below its own; each of its phases, or one, gets those of `phase`. */
export function withOfficialPreset({ preset: _preset, ...own }: Tree): Tree {
  const { phase, ...rest } = presetTree();
  const phases = Array.isArray(own['phases']) ? (own['phases'] as unknown[]) : [{}];
  return { ...(below(rest, own) as Tree), phases: phases.map((each) => below(phase, each)) };
}

function presetTree(): Tree {
  const tree: Record<string, unknown> = {};
  for (const { path, value } of OFFICIAL_PRESET) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let at = tree;
    for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return tree;
}

/** `own` over `base`, key by key in objects. */
function below(base: unknown, own: unknown): unknown {
  if (own === undefined) return base;
  if (!isTree(base) || !isTree(own)) return own;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(own)])];
  return Object.fromEntries(keys.map((key) => [key, below(base[key], own[key])]));
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
