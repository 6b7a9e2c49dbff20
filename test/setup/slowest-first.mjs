import Sequencer from '@jest/test-sequencer';

/** On a machine without a record of earlier runs, folders stand for durations: what crosses packages takes longest. */
const SLOW = ['/test/attacks/', '/test/isolation/', '/test/kill/', '/libs/migrations/', '/apps/'];

/** Begins with what takes longest, so that no worker is left alone with a slow suite at the end. */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const bySizeOrRecord = super.sort(tests);
    if (tests.some(({ duration }) => duration !== undefined)) return bySizeOrRecord;
    return bySizeOrRecord.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ path }) {
  const rank = SLOW.findIndex((folder) => path.includes(folder));
  return rank < 0 ? SLOW.length : rank;
}
