import { diagnosisName, toRunRecord } from '@sim4seg/core';
import type { Answer, Config, ConfigTree, MedicalImage, PipelineEvent, PluginDefinition } from '@sim4seg/core';
import { basename } from 'node:path';
import { RESEARCH_NOTICE } from '../notice.js';
import { VERSION } from '../version.js';
import { startAnswer } from './answer-stream.js';
import type { AnswerStream } from './answer-stream.js';
import { createCalls } from './calls.js';
import type { DiagnoseRequest, Diagnosis } from './diagnosis.js';
import { openModel } from './model.js';
import type { OpenModel } from './model.js';
import type { OpenModelOptions } from './open-options.js';
import { createPipelines } from './pipelines.js';
import type { MadePipeline, Pipelines } from './pipelines.js';

/** A model that is ready to answer. */
export interface Sim4Seg extends AsyncDisposable {
  /** Name, version and hash of the bundle in use, the ids of the parts that it holds, and the data sets it was trained on. */
  readonly bundle: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
    readonly parts: readonly string[];
    readonly trainedOn: readonly string[];
  };
  /** The complete config. */
  readonly config: Config;
  /** All registered plugins. */
  readonly plugins: readonly PluginDefinition[];
  /**
   * Starts to answer, at once or when its turn comes; read the events, or await `result()`. Both reject with ABORTED at
   * once when the request's signal aborts (native work stops after the run that has begun), with ENGINE_BUSY where too
   * many calls wait already, and with what reading the image and answering throw.
   */
  diagnose(request: DiagnoseRequest): AnswerStream<PipelineEvent, Diagnosis>;
  /** Aborts all calls, waits for the native run that has begun, and frees everything; again does nothing. */
  close(): Promise<void>;
}

/**
 * Opens the embedded model, or the one that the config names, and makes its parts.
 * @throws CONFIG_INVALID, BUNDLE_MISSING, BUNDLE_DAMAGED, PLUGIN_MISSING, PLUGIN_DUPLICATE, PLUGIN_VERSION, WIRING,
 *   PATH_OUTSIDE, ENGINE_MISSING
 */
export async function createSim4Seg(config: ConfigTree = {}, options: OpenModelOptions = {}): Promise<Sim4Seg> {
  const model = await openModel(config, options);
  const pipelines = createPipelines(model);
  const calls = createCalls({ maxAtOnce: options.maxAtOnce ?? 4, maxWaiting: options.maxWaiting ?? 64 });
  const close = onceInTurn([calls.close, pipelines.dispose, model.close]);
  try {
    await pipelines.of(model.config);
  } catch (error) {
    await close();
    throw error;
  }
  const { name, version, sha256, manifest } = model.bundle;
  const trainedOn = manifest.training.sets.map((set) => set.name);
  return {
    bundle: { name, version, sha256, parts: Object.keys(model.bundle.parts), trainedOn },
    config: model.config,
    plugins: model.host.plugins,
    diagnose: (request) =>
      startAnswer((emit) =>
        calls.run((signal) => diagnose({ model, pipelines }, { ...request, signal }, emit), request),
      ),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Runs the steps in turn when it is called; called again, it waits for the same run. */
function onceInTurn(steps: readonly (() => Promise<void>)[]): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (const step of steps) await step();
  };
  return () => (running ??= run());
}

interface Engine {
  readonly model: OpenModel;
  readonly pipelines: Pipelines;
}

async function diagnose(
  { model, pipelines }: Engine,
  request: DiagnoseRequest,
  emit: (event: PipelineEvent) => void,
): Promise<Diagnosis> {
  (await import('@sim4seg/backbones/inference')).cleanQuestion(request.question);
  const { recordedArithmetic } = await import('./arithmetic.js');
  const config = request.config ? model.configWith(request.config) : model.config;
  const [image, made] = await Promise.all([toImage(request.image), pipelines.of(config)]);
  const answer = await made.pipeline.answer({
    image,
    question: request.question,
    seed: request.seed ?? config.seed,
    tts: { ...config.tts, ...request.tts } as Config['tts'],
    signal: request.signal,
    observer: { observe: emit },
  });
  const arithmetic = recordedArithmetic(model.bundle);
  return toDiagnosis(model, made, { request, image, answer, config, arithmetic });
}

/** Codecs are loaded after the thread of the model has started, so that both load side by side. */
async function toImage(image: DiagnoseRequest['image']): Promise<MedicalImage> {
  const { decodeImage, readImage } = await import('@sim4seg/data');
  if (typeof image === 'string') return readImage(image);
  return image instanceof Uint8Array ? decodeImage(image) : image;
}

interface Answered {
  readonly request: DiagnoseRequest;
  readonly image: MedicalImage;
  readonly answer: Answer;
  readonly config: Config;
  readonly arithmetic: Readonly<Record<string, string>>;
}

function toDiagnosis(
  model: OpenModel,
  { scope }: MadePipeline,
  { request, image, answer, config, arithmetic }: Answered,
): Diagnosis {
  const { name, version, sha256 } = model.bundle;
  const { training: _training, ...recorded } = config;
  const record = toRunRecord(answer, {
    question: request.question,
    input: { name: nameOf(request), sha256: image.sha256, widthPx: image.widthPx, heightPx: image.heightPx },
    bundle: { name, version, sha256 },
    parts: scope.parts,
    pluginVersions: model.pluginVersions,
    config: { ...recorded, engine: model.engine(), seed: answer.seed, tts: answer.tts } as Config,
    versions: { sim4seg: VERSION, node: process.versions.node, ...arithmetic },
    notice: RESEARCH_NOTICE,
  });
  const { presence, reasoning, confidence, findings, maskBits } = answer;
  const diagnosis = diagnosisName(answer.diagnosis);
  return {
    presence,
    diagnosis,
    reasoning,
    confidence,
    findings,
    maskBits,
    image,
    answer,
    record,
    notice: RESEARCH_NOTICE,
  };
}

/** A file's name without its folders, which say more than a record should. */
function nameOf({ image, name }: DiagnoseRequest): string {
  return basename(name ?? (typeof image === 'string' ? image : ''));
}
