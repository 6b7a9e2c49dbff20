/** The list in another order each round, so that no contender is always first or always after the same one. */
export function rotated(list, by) {
  const start = by % list.length;
  const turned = [...list.slice(start), ...list.slice(0, start)];
  return Math.floor(by / list.length) % 2 ? turned.reverse() : turned;
}

/**
 * Lets every contender run once per round, one after the other, in rotated order.
 *
 * @template T
 * @param {readonly string[]} contenders
 * @param {number} rounds
 * @param {(contender: string, round: number) => Promise<T>} cell
 * @param {(cells: Map<string, T[]>, done: number) => Promise<boolean>} [isEnough] asked after each round; `true` ends them
 * @returns {Promise<Map<string, T[]>>} what each contender's cells measured, by round.
 */
export async function runRounds(contenders, rounds, cell, isEnough = async () => false) {
  const cells = new Map(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of rotated(contenders, round)) {
      cells.get(contender)[round] = await cell(contender, round);
    }
    if (await isEnough(cells, round + 1)) break;
  }
  return cells;
}

/**
 * A measure of each cell divided by that of the baseline's cell in the same round, because a slow minute of
 * the machine affects both.
 *
 * @template T
 * @param {readonly T[]} cells
 * @param {readonly T[]} baseline
 * @param {(cell: T) => number} measure
 */
export function pairedRatios(cells, baseline, measure) {
  return cells.map((cell, round) => measure(cell) / measure(baseline[round]));
}
