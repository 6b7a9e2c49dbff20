import { createHmac } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ROUNDS = 4;

/** Hashes by a seed: without it nobody can find a value by trying. */
export class KeyedHash {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** 32 bytes. */
  bytes(value: string): Buffer {
    return createHmac('sha256', this.#seed).update(value).digest();
  }

  /** Up to 50 digits and small letters, of 5 bits each. */
  text(value: string, length: number): string {
    return lettersOf(this.bytes(value), length);
  }

  /**
   * A permutation of the numbers below 2^bits: different numbers stay different. A Feistel network over the even number of bits
   * above, repeated until the result is below.
   */
  permute(value: bigint, bits: number): bigint {
    const half = BigInt(Math.ceil(bits / 2));
    const low = (1n << half) - 1n;
    let result = value;
    do {
      let [left, right] = [result >> half, result & low];
      for (let round = 0; round < ROUNDS; round += 1)
        [left, right] = [right, left ^ (this.bytes(`${bits} ${round} ${right}`).readBigUInt64LE() & low)];
      result = (left << half) | right;
    } while (result >= 1n << BigInt(bits));
    return result;
  }
}

function lettersOf(bytes: Buffer, length: number): string {
  let letters = '';
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    bits = ((bits & 0xff) << 8) | byte;
    held += 8;
    while (held >= 5 && letters.length < length) {
      held -= 5;
      letters += ALPHABET[(bits >> held) & 31];
    }
  }
  return letters;
}
