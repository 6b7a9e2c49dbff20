import { randomFillSync } from 'node:crypto';

/** Random bytes are taken from the system in blocks. */
const BYTES_PER_ID = 10;
const block = Buffer.alloc(BYTES_PER_ID * 128);
let used = block.length;

let lastMs = 0;
/** Of 12 bits: ids of one millisecond are in the order in which they were made. */
let counter = 0;

/**
 * A UUID of version 7 (RFC 9562, section 5.7): milliseconds since 1970, then a counter of 12 bits that begins anywhere in its lower
 * half (section 6.2, method 1), then 62 random bits. Each is greater than those that the process has made before, also where the
 * clock is set back.
 */
export function uuidV7(): string {
  if (used === block.length) {
    randomFillSync(block);
    used = 0;
  }
  const bytes = Buffer.from(block.subarray(used, used + BYTES_PER_ID));
  used += BYTES_PER_ID;

  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = bytes.readUInt16BE(0) & 0x7ff;
  } else if (counter < 0xfff) counter += 1;
  else {
    lastMs += 1;
    counter = bytes.readUInt16BE(0) & 0x7ff;
  }

  const time = lastMs.toString(16).padStart(12, '0');
  const variant = ((bytes[2] as number) & 0x3f) | 0x80;
  const rest = bytes.toString('hex', 4);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${counter.toString(16).padStart(3, '0')}`,
    `${variant.toString(16)}${(bytes[3] as number).toString(16).padStart(2, '0')}`,
    rest,
  ].join('-');
}
