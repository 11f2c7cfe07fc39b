/** Events of one answer, in order; drawing and logging belong to the apps. */
export type PipelineEvent =
  | { readonly type: 'started'; readonly imageSha256: string }
  | { readonly type: 'encoded'; readonly ms: number; readonly cached: boolean }
  | { readonly type: 'prefilled'; readonly ms: number }
  | { readonly type: 'token'; readonly path: number; readonly text: string }
  | { readonly type: 'path'; readonly path: number; readonly text: string; readonly segCount: number }
  | { readonly type: 'prior'; readonly path: number; readonly variant: number }
  | { readonly type: 'masks'; readonly count: number; readonly ms: number }
  | { readonly type: 'selected'; readonly finding: number; readonly candidate: number }
  | { readonly type: 'done'; readonly ms: number };

export interface Observer {
  observe(event: PipelineEvent): void;
}
