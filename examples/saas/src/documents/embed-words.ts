import type { Embed } from '@rowhouse/vectors';

const DIMENSIONS = 256;

/**
 * Stands for the model that a real app asks, which knows what words mean: this one knows only how they are written. Texts with the
 * same words, or with parts of them (`invoice`, `invoices`), are near each other.
 */
export const embedWords: Embed = async (texts) => texts.map(embeddingOf);

function embeddingOf(text: string): number[] {
  const embedding = new Array<number>(DIMENSIONS).fill(0);
  // No text is nowhere, not one without words either.
  embedding[0] = 0.01;
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    add(embedding, word, 1);
    for (let at = 0; at + 3 <= word.length; at += 1) add(embedding, `…${word.slice(at, at + 3)}`, 0.4);
  }
  return embedding;
}

/** Each feature has a place and a sign of its own, by its hash (FNV-1a). */
function add(embedding: number[], feature: string, weight: number): void {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(feature)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const place = hash % DIMENSIONS;
  embedding[place] = (embedding[place] ?? 0) + (hash & 0x10000 ? weight : -weight);
}
