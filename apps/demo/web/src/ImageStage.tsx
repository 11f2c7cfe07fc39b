import { useEffect, useRef, useState } from 'react';
import type { AnswerView } from '../../server/api-types.js';
import { CellLayer, HeatLayer, MaskLayer } from './Layers.js';

type Layer = 'mask' | 'similarity' | 'cells';
const LAYERS: readonly Layer[] = ['mask', 'similarity', 'cells'];

interface ImageStageProps {
  readonly imageUrl: string | null;
  readonly answer: AnswerView | null;
  readonly busy: boolean;
}

/** The image with what was found over it; each layer can be switched on and off. */
export function ImageStage({ imageUrl, answer, busy }: ImageStageProps) {
  const [shown, setShown] = useState<ReadonlySet<Layer>>(new Set(['mask']));
  const stage = useRef<HTMLDivElement>(null);
  // On a phone the picture lies below the question; whoever asks wants to see it.
  useEffect(() => {
    if (busy) stage.current?.scrollIntoView({ behavior: 'smooth', block: 'nearest' });
  }, [busy]);
  if (imageUrl === null) {
    return (
      <div className="card stage empty">
        <p className="muted">Choose an image, ask, and the mask is drawn here.</p>
      </div>
    );
  }
  const toggle = (layer: Layer): void => {
    const next = new Set(shown);
    if (!next.delete(layer)) next.add(layer);
    setShown(next);
  };
  const evidence = answer?.findings[0]?.evidence ?? null;
  return (
    <div className="card stage" ref={stage}>
      <div className={busy ? 'picture busy' : 'picture'}>
        <img src={imageUrl} alt="the image that is asked about" />
        {answer && evidence && shown.has('similarity') && <HeatLayer evidence={evidence} />}
        {answer?.maskUrl && shown.has('mask') && <MaskLayer url={answer.maskUrl} name="mask-layer" />}
        {answer && evidence && shown.has('cells') && <CellLayer evidence={evidence} />}
        <span className="watermark">research use only</span>
      </div>
      <div className="chips">
        {LAYERS.map((layer) => (
          <button
            key={layer}
            type="button"
            className={shown.has(layer) ? 'chip on' : 'chip'}
            aria-pressed={shown.has(layer)}
            disabled={!answer || (layer !== 'mask' && !evidence)}
            onClick={() => toggle(layer)}
          >
            {layer}
          </button>
        ))}
      </div>
    </div>
  );
}
