/** Functions that are not a cost of requests: idle time, and `dispatch`, which starts and stops the profiler. */
const NOT_WORK = new Set(['(idle)', '(root)', 'dispatch']);

/** The keys of {@link keyOf} for functions with a file. */
const PLACE = / (\S+):\d+$/;

/**
 * Self time of each function, in microseconds.
 *
 * @param {import('node:inspector').Profiler.Profile} profile
 * @returns {Map<string, number>} by function, file and line
 */
export function selfTimes(profile) {
  const keys = new Map(profile.nodes.map((node) => [node.id, keyOf(node.callFrame)]));
  const times = new Map();
  profile.samples.forEach((id, index) => {
    const key = keys.get(id);
    if (NOT_WORK.has(key)) return;
    times.set(key, (times.get(key) ?? 0) + profile.timeDeltas[index]);
  });
  return times;
}

/**
 * The additional time per request of one app compared with another.
 *
 * @typedef {Array<{ profile: import('node:inspector').Profiler.Profile, requests: number }>} Profiled
 * @param {Profiled} subject
 * @param {Profiled} baseline
 * @param {(key: string) => string} groupOf by function when it hands the key back, by package with {@link packageOf}
 * @returns {Array<{ key: string, us: number, baselineUs: number, moreUs: number }>} most expensive first
 */
export function compareProfiles(subject, baseline, groupOf) {
  const own = timesPerRequest(subject, groupOf);
  const theirs = timesPerRequest(baseline, groupOf);
  return [...new Set([...own.keys(), ...theirs.keys()])]
    .map((key) => {
      const us = own.get(key) ?? 0;
      const baselineUs = theirs.get(key) ?? 0;
      return { key, us, baselineUs, moreUs: us - baselineUs };
    })
    .sort((a, b) => b.moreUs - a.moreUs);
}

/** Where a function belongs: a package, a module of Node's, or the engine itself. */
export function packageOf(key) {
  const place = PLACE.exec(key)?.[1];
  if (!place) return key.startsWith('(') ? key : 'node (native)';
  return (
    /^node:(?:internal\/)?[a-z_]+/.exec(place)?.[0] ??
    /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1] ??
    /^(?:libs|bench)\/[^/]+/.exec(place)?.[0] ??
    place
  );
}

function timesPerRequest(profiled, groupOf) {
  const requests = profiled.reduce((sum, slice) => sum + slice.requests, 0);
  const times = new Map();
  for (const { profile } of profiled) {
    for (const [key, us] of selfTimes(profile)) {
      const group = groupOf(key);
      times.set(group, (times.get(group) ?? 0) + us / requests);
    }
  }
  return times;
}

function keyOf({ functionName, url, lineNumber }) {
  if (!url) return functionName || '(anonymous)';
  const file = url.replace(/^file:\/\//, '').replace(/^.*\/(?=node_modules\/|libs\/|bench\/)/, '');
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
}
