import { compareProfiles, packageOf } from '../harness/cpu-profile.mjs';
import { table, writeResult } from '../harness/report.mjs';
import { BASELINE } from './plan.mjs';

const TOP_PACKAGES = 12;
const TOP_FUNCTIONS = 25;

/**
 * Writes a profile of each variant for a flame graph (Chrome's and VS Code's developer tools open them), and reports
 * the functions that take more time per request than in the baseline.
 *
 * @param {{ tenants: number, platform: string, work: string }} where
 * @param {Map<string, import('../harness/cpu-profile.mjs').Profiled>} profiles
 * @returns {Promise<string>}
 */
export async function reportProfiles({ tenants, platform, work }, profiles) {
  const texts = [];
  const baseline = profiles.get(BASELINE);
  for (const [variant, subject] of profiles) {
    const name = `profiles/${variant}-${tenants}-${platform}-${work}.cpuprofile`;
    const file = await writeResult(name, JSON.stringify(subject.at(-1).profile));
    if (variant === BASELINE) continue;
    const packages = compareProfiles(subject, baseline, packageOf);
    const functions = compareProfiles(subject, baseline, (key) => key);
    const total = packages.reduce((sum, { moreUs }) => sum + moreUs, 0);
    texts.push(
      `${variant}, ${tenants} tenants, ${platform}, ${work}: ${total.toFixed(1)} µs per request more than ${BASELINE} ` +
        `(self time under the profiler; ${file})`,
      table(packages.slice(0, TOP_PACKAGES), columnsOf('package')),
      table(functions.slice(0, TOP_FUNCTIONS), columnsOf('function')),
    );
  }
  return texts.join('\n\n');
}

function columnsOf(kind) {
  return [
    { title: 'more µs', of: ({ moreUs }) => moreUs.toFixed(2) },
    { title: 'µs', of: ({ us }) => us.toFixed(2) },
    { title: BASELINE, of: ({ baselineUs }) => baselineUs.toFixed(2) },
    { title: kind, left: true, of: ({ key }) => key },
  ];
}
