import type { PluginKind } from '@sim4seg/core';
import type { Suite } from './suite.js';
import { datasetSuite } from './suites/dataset.js';
import { imageEncoderSuite } from './suites/image-encoder.js';
import { importerSuite } from './suites/importer.js';
import { lvlmSuite } from './suites/lvlm.js';
import { maskDecoderSuite } from './suites/mask-decoder.js';
import { observerSuite } from './suites/observer.js';
import { presenceJudgeSuite } from './suites/presence-judge.js';
import { promptEncoderSuite } from './suites/prompt-encoder.js';
import { regionPriorSuite } from './suites/region-prior.js';
import { scorerSuite } from './suites/scorer.js';
import { selectorSuite } from './suites/selector.js';

/** The conformance suite of each kind. */
export const CONFORM_SUITES: Readonly<Record<PluginKind, Suite>> = {
  lvlm: lvlmSuite as Suite,
  'region-prior': regionPriorSuite as Suite,
  'image-encoder': imageEncoderSuite as Suite,
  'prompt-encoder': promptEncoderSuite as Suite,
  'mask-decoder': maskDecoderSuite as Suite,
  'presence-judge': presenceJudgeSuite as Suite,
  scorer: scorerSuite as Suite,
  selector: selectorSuite as Suite,
  dataset: datasetSuite as Suite,
  importer: importerSuite as Suite,
  observer: observerSuite as Suite,
};
