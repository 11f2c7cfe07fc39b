import { mergeLora } from '@sim4seg/compute';
import type { CaseRunner } from '../checker.js';
import { checkTraining } from '../whole/check-training.js';
import { checkEvaluation } from '../whole/evaluate.js';
import type { EvaluationSizes } from '../whole/evaluate.js';
import { checkForward } from '../whole/forward.js';
import type { WholeCase, WholeFileNames } from '../whole/forward.js';
import { loadModel } from '../whole/model.js';
import type { WholeConfig, WholeFile } from '../whole/settings.js';

const mainFile = 'io.safetensors';

/** Tensors of the other io files carry the file's name in front. */
function namesOf(file: string, { prompt_mask_rank: rank }: WholeFile): WholeFileNames {
  return { prefix: file === mainFile ? '' : `${file.replace('.safetensors', '')}/`, rank };
}

/** W + (alpha / r) B A of every adapted layer. */
function checkMerged({ io, model, config, check }: WholeCase): void {
  if (!config.lora) return;
  const adapters = { default: { rank: config.lora.r, alpha: config.lora.alpha } };
  const merged = mergeLora(model.params.trained, { adapters, adapter: 'default' });
  for (const [name, { key = name }] of Object.entries(model.trained)) {
    if (io.has(`merged.${key}`)) check.close(`merged.${key}`, merged[name]!, { atol: 1e-6, rtol: 1e-5 });
  }
}

export const run: CaseRunner = async ({ folder, io, config: given }, check, engines) => {
  const config = given as unknown as WholeConfig;
  const model = await loadModel(folder, config);
  for (const engine of engines) {
    const whole: WholeCase = { io, config, model, engine, check };
    if (config.files) await checkBatch(whole, config.files);
    else await checkEvaluation(whole, evaluationSizes(given));
  }
};

async function checkBatch(whole: WholeCase, given: Readonly<Record<string, WholeFile>>): Promise<void> {
  const files = Object.entries(given).map(([file, content]) => [namesOf(file, content), content] as const);
  checkMerged(whole);
  await checkForward(
    whole,
    files.map(([names]) => names),
  );
  for (const [names, file] of files) await checkTraining(whole, names, file);
}

const evaluationSizes = (config: Readonly<Record<string, unknown>>): EvaluationSizes => ({
  steps: config['max_new_tokens'] as number,
  image: {
    original: config['image_hw'] as readonly [number, number],
    resized: config['resized_hw'] as readonly [number, number],
  },
});
