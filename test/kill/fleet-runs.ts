import { disagreements, ownHistory } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import { namesOf, type Release } from './releases.js';
import type { Strikes } from './strikes.js';

/** Kills migration runs, to the next level and back. */
export async function killFleetRuns(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const {
    release: latest,
    address: { roles },
  } = lane;
  while (!strikes.isOver) {
    const level = await levelOf(lane);
    const isUp = level < latest.level && (level === 1 || random() < 0.7);
    const next = isUp ? level + 1 + Math.floor(random() * (latest.level - level)) : level - 1;
    const [from, to] = [
      { ...latest, level },
      { ...latest, level: next },
    ];
    const options = {
      maintenance: random() < 0.5,
      scripts: random() < 0.6,
      concurrency: oneOf(random, [1, 3]),
    };
    const check = () => disagreements(lane, [from, to]);
    if (isUp) {
      const label = `migrate from level ${level} to ${next}`;
      await strikes.on({ label, act: { do: 'migrate', options }, release: to, check });
    } else {
      const steps = namesOf(from, roles).length - namesOf(to, roles).length;
      const label = `revert from level ${level}`;
      await strikes.on({
        label,
        act: { do: 'revert', options: { ...options, steps } },
        release: from,
        check,
      });
    }
  }
}

/** The level of all homes, which must be the same. */
async function levelOf(lane: Lane): Promise<number> {
  const [tenant] = await lane.tenants();
  if (!tenant) throw new Error('There is no tenant.');
  const history = await ownHistory(lane, tenant);
  const levels = Array.from(
    { length: lane.release.level },
    (_, index): Release => ({ ...lane.release, level: index + 1 }),
  );
  const found = levels.find((release) => namesOf(release, lane.address.roles).join() === history);
  if (!found) throw new Error(`"${history}" is no release.`);
  return found.level;
}
