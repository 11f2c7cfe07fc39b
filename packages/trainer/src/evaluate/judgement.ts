/** What an evaluation while training says; percent, null where no case speaks of it. */
export interface Judgement {
  /** Means over the datasets of what the product's pipeline answered by itself. */
  readonly freeRunning: Readonly<Record<'gIoU' | 'dice' | 'accuracy' | 'presence' | 'segRate', number | null>>;
  /**
   * Loss terms of the phase where the model is given the true text: not what a user meets. `softIou` is in percent, others as
   * in training.
   */
  readonly teacherForced: Readonly<Record<string, number>>;
  /** Whether no evaluation of the run before was better. */
  readonly best: boolean;
}
