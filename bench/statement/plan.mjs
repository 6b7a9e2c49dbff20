import { SHAPES } from './texts.mjs';

const KB = 1_024;

/**
 * @typedef {object} Plan
 * @property {readonly string[]} shapes
 * @property {readonly number[]} sizes in bytes
 * @property {number} rounds
 * @property {number} shortTexts new and short, in each round
 * @property {number} seenTexts read again, in each round
 * @property {number} statements through the pool, in each round
 * @property {string | undefined} before a folder with another version, compiled, whose pool is measured in the same rounds
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, rounds, before }) {
  return {
    shapes: Object.keys(SHAPES),
    sizes: [1, 8, 64, 512, 2_048].map((kb) => kb * KB),
    rounds: rounds ?? (quick ? 2 : 10),
    shortTexts: quick ? 500 : 2_000,
    seenTexts: quick ? 50_000 : 200_000,
    statements: quick ? 300 : 2_000,
    before,
  };
}
