import type { PluginDefinition } from '@sim4seg/core';

/** All plugins that come with the product, as they answer: nothing here loads an engine. */
export async function loadShippedPlugins(): Promise<PluginDefinition[]> {
  const [backbones, decoders, rvls2m, tts, data] = await Promise.all([
    import('@sim4seg/backbones/inference'),
    import('@sim4seg/decoders/inference'),
    import('@sim4seg/rvls2m/inference'),
    import('@sim4seg/tts'),
    loadDataPlugins(),
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
    loadDataPlugins(),
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

async function loadDataPlugins(): Promise<readonly PluginDefinition[]> {
  const data = await import('@sim4seg/data');
  return [
    data.caseFolderDatasetPlugin,
    data.phantomDatasetPlugin,
    data.caseFoldersImporterPlugin,
  ] as PluginDefinition[];
}
