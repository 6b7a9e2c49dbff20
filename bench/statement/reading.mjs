import { longestStallMs, processCpuUs } from './main-thread.mjs';
import { SHAPES, shortText } from './texts.mjs';

const SEEN = 'select id, name from products where id = $1';

/** Microseconds of CPU for a text that was read before, and for a new one. */
export function measureShort(reader, { shortTexts, seenTexts }) {
  reader.read(SEEN);
  const seenUs = costOf(seenTexts, () => reader.read(SEEN));
  const texts = Array.from({ length: shortTexts }, shortText);
  const newUs = costOf(shortTexts, (index) => reader.read(texts[index]));
  return { seenUs, newUs };
}

function costOf(times, work) {
  const before = processCpuUs();
  for (let index = 0; index < times; index += 1) work(index);
  return (processCpuUs() - before) / times;
}

/** Short texts are read more than once, because one is less than the clock can tell. */
const BYTES_IN_A_CELL = 64 * 1_024;

/** What new texts of a shape and size cost, and how long they hold the event loop. */
export async function measureLong(reader, shape, sizeBytes) {
  const texts = Array.from({ length: Math.max(1, Math.round(BYTES_IN_A_CELL / sizeBytes)) }, () =>
    SHAPES[shape](sizeBytes),
  );
  const kb = texts.reduce((sum, text) => sum + text.length, 0) / 1_024;
  let refused = 0;
  const before = processCpuUs();
  for (const text of texts) {
    const { unreadable } = await reader.read(text);
    if (unreadable !== undefined) refused += 1;
  }
  const usPerKb = (processCpuUs() - before) / kb;
  const again = SHAPES[shape](sizeBytes);
  return { usPerKb, stallMs: await longestStallMs(() => reader.read(again)), isRefused: refused > 0 };
}
