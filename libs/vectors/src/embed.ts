import { VectorsInvalidError } from './errors.js';
import { embeddingSchema } from './records/vector-record.js';

/** Makes an embedding of each text, in the same order. */
export type Embed = (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;

/**
 * @param fields - what each text is called in errors.
 * @throws {VectorsInvalidError} where the app has no function for it.
 * @throws {TypeError} when it does not return one embedding for each text.
 */
export async function embedTexts(
  embed: Embed | undefined,
  texts: readonly string[],
  fields: readonly string[],
): Promise<readonly (readonly number[])[]> {
  if (texts.length === 0) return [];
  if (!embed)
    throw new VectorsInvalidError(
      fields.map((field) => ({
        field,
        expected: 'expected an embedding: the app does not make them of texts',
      })),
    );
  const embeddings = await embed(texts);
  const fit = Array.isArray(embeddings) && embeddings.length === texts.length;
  if (!fit || !embeddings.every((each) => embeddingSchema.safeParse(each).success))
    throw new TypeError('embed: expected an array of finite numbers for each text.');
  return embeddings;
}
