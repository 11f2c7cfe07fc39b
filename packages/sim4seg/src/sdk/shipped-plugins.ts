import type { PluginDefinition } from '@sim4seg/core';
import { eventLogPlugin } from '../observers/event-log.js';
import { stepTimingsPlugin } from '../observers/step-timings.js';

/** All plugins that come with the product, as they answer: nothing here loads an engine. */
export async function loadShippedPlugins(): Promise<PluginDefinition[]> {
  const [backbones, decoders, rvls2m, tts, data] = await Promise.all([
    import('@sim4seg/backbones/inference'),
    import('@sim4seg/decoders/inference'),
    import('@sim4seg/rvls2m/inference'),
    import('@sim4seg/tts'),
    loadEngineFreePlugins(),
  ]);
  return [
    backbones.llamaTinyInference,
    backbones.llavaSeg,
    backbones.segToken,
    ...decoders.decoderInferencePlugins,
    ...rvls2m.regionPriorInferencePlugins,
    rvls2m.similarityPeakPlugin,
    ...tts.ttsPlugins,
    ...data,
  ] as PluginDefinition[];
}

/** The same plugins with their training side; loads tfjs. */
export async function loadTrainablePlugins(): Promise<PluginDefinition[]> {
  const [backbones, decoders, rvls2m, tts, data] = await Promise.all([
    import('@sim4seg/backbones'),
    import('@sim4seg/decoders'),
    import('@sim4seg/rvls2m'),
    import('@sim4seg/tts'),
    loadEngineFreePlugins(),
  ]);
  return [
    backbones.llamaTiny,
    backbones.llavaSeg,
    backbones.segToken,
    ...decoders.decoderPlugins,
    ...rvls2m.regionPriorPlugins,
    rvls2m.similarityPeakPlugin,
    ...tts.ttsPlugins,
    ...data,
  ] as PluginDefinition[];
}

async function loadEngineFreePlugins(): Promise<readonly PluginDefinition[]> {
  const data = await import('@sim4seg/data');
  return [
    data.caseFolderDatasetPlugin,
    data.phantomDatasetPlugin,
    data.caseFoldersImporterPlugin,
    data.imageMaskPairsImporterPlugin,
    data.cocoImporterPlugin,
    eventLogPlugin,
    stepTimingsPlugin,
  ] as PluginDefinition[];
}
