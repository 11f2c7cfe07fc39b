import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import type { EvidenceView } from '../../server/api-types.js';
import { cellBoxes, heatPixels, maskPixels } from './layer-pixels.js';

/** A canvas that covers the image; `draw` runs whenever what it shows changes. */
function useDrawing(
  draw: (canvas: HTMLCanvasElement) => void | Promise<void>,
  key: unknown,
): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) void draw(canvas.current);
  }, [key]);
  return canvas;
}

export function MaskLayer({ url, name }: { url: string; name: string }) {
  const canvas = useDrawing(async (target) => {
    const mask = await loadPixels(url);
    target.width = mask.width;
    target.height = mask.height;
    target.getContext('2d')?.putImageData(maskPixels(mask), 0, 0);
    target.dataset['url'] = url;
  }, url);
  return <canvas ref={canvas} className="layer" data-testid={name} />;
}

export function HeatLayer({ evidence }: { evidence: EvidenceView }) {
  const canvas = useDrawing((target) => drawHeat(target, evidence), evidence);
  return <canvas ref={canvas} className="layer heat" data-testid="heat-layer" />;
}

export function CellLayer({ evidence }: { evidence: EvidenceView }) {
  const canvas = useDrawing((target) => {
    [target.width, target.height] = [1024, 1024];
    const context = target.getContext('2d');
    if (!context) return;
    context.fillStyle = 'rgba(255, 176, 0, 0.12)';
    context.strokeStyle = 'rgba(255, 200, 80, 0.95)';
    context.lineWidth = 3;
    for (const [x, y, width, height] of cellBoxes(evidence, 1024)) {
      context.fillRect(x, y, width, height);
      context.strokeRect(x, y, width, height);
    }
  }, evidence);
  return <canvas ref={canvas} className="layer" data-testid="cell-layer" />;
}

/** The map is smoothed by the canvas while it is enlarged; only the part over the image is kept. */
function drawHeat(target: HTMLCanvasElement, { similarity, contentWidth, contentHeight }: EvidenceView): void {
  const context = target.getContext('2d');
  if (!similarity || !context) return;
  [target.width, target.height] = [512, 512];
  const small = new OffscreenCanvas(similarity.columns, similarity.rows);
  const pixels = new ImageData(heatPixels(similarity.values), similarity.columns, similarity.rows);
  small.getContext('2d')?.putImageData(pixels, 0, 0);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, 512 / contentWidth, 512 / contentHeight);
}

async function loadPixels(url: string): Promise<ImageData> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser draws no pictures');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}
