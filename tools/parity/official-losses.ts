import { ops } from '@sim4seg/compute';
import type { Tensor, Tensors } from '@sim4seg/compute';
import { officialBce, officialDice, officialTextLoss } from '@sim4seg/trainer';

/** Sizes of one image and how many masks it has. */
export interface ImageSizes {
  readonly num_masks: number;
  readonly original_size: readonly [number, number];
  readonly input_size: readonly [number, number];
}

/** Weights of the losses, and the images by the name that their tensors carry. */
export interface LossSettings {
  readonly ce_loss_weight: number;
  readonly bce_loss_weight: number;
  readonly dice_loss_weight: number;
  readonly subcases: Readonly<Record<string, ImageSizes>>;
}

/** Low-resolution logits to the original image: resize to the square, cut the padding off, resize. */
export function toOriginal(lowRes: Tensor, sizes: ImageSizes, side: number): Tensor {
  const [height, width] = sizes.input_size;
  const square = ops.resizeBilinear(lowRes, [side, side]);
  const content = ops.slice(square, [0, 0, 0, 0], [sizes.num_masks, 1, height, width]);
  const masks = ops.resizeBilinear(content, [...sizes.original_size]);
  return ops.reshape(masks, [sizes.num_masks, ...sizes.original_size]);
}

/** The weighted losses of `predicted<i>`, as model_forward adds them up, with the plain losses of each image. */
export function lossesOf(
  x: Tensors,
  predicted: Readonly<Record<string, Tensor>>,
  settings: LossSettings,
): Record<string, Tensor> {
  const images = Object.entries(settings.subcases);
  const masks = images.reduce((sum, [, { num_masks: count }]) => sum + count, 0);
  const each = images.map(([name]) => {
    const [logits, truth] = [predicted[name] as Tensor, x[`gt${name}`] as Tensor];
    return [name, { bce: officialBce(logits, truth), dice: officialDice(logits, truth) }] as const;
  });
  const weighted = (kind: 'bce' | 'dice', weight: number) =>
    each
      .map(([name, loss]) =>
        ops.mul(loss[kind], ops.scalar((weight * (settings.subcases[name]?.num_masks ?? 0)) / masks)),
      )
      .reduce((sum, term) => ops.add(sum, term));
  const text = officialTextLoss(x['text_logits'] as Tensor, x['labels'] as Tensor, x['counted'] as Tensor);
  const ce = ops.mul(text, ops.scalar(settings.ce_loss_weight));
  const [bce, dice] = [weighted('bce', settings.bce_loss_weight), weighted('dice', settings.dice_loss_weight)];
  const mask = ops.add(bce, dice);
  const all = { loss: ops.add(ce, mask), ce_loss: ce, mask_bce_loss: bce, mask_dice_loss: dice, mask_loss: mask };
  const plain = each.flatMap(([name, { bce: b, dice: d }]) => [
    [`bce${name}`, b] as const,
    [`dice${name}`, d] as const,
  ]);
  return { ...all, ...Object.fromEntries(plain) };
}
