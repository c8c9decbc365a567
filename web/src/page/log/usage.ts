import type { Usage } from '../../api/queries';

/** The buckets of a usage, in the order they are shown. */
export const buckets = [
  'input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'audio_input', 'image_input',
  'output', 'audio_output', 'image_output',
] as const satisfies readonly (keyof Usage)[];

/** All input tokens, cached ones too. */
export function totalInput(u: Usage): number {
  return u.input + (u.cache_read ?? 0) + (u.cache_write_5m ?? 0) + (u.cache_write_1h ?? 0) + (u.audio_input ?? 0) + (u.image_input ?? 0);
}

/** All output tokens; reasoning is a part of output and not added again. */
export function totalOutput(u: Usage): number {
  return u.output + (u.audio_output ?? 0) + (u.image_output ?? 0);
}

/** The buckets that hold something; input and output always show. */
export function shownBuckets(u: Usage) {
  return buckets.filter((b) => b === 'input' || b === 'output' || (u[b] ?? 0) > 0).map((b) => ({ bucket: b, tokens: u[b] ?? 0 }));
}
