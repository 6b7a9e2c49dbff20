import { messageOf, workThrough } from '@rowhouse/core/internal';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, changeFor, type Goal, hashOf, keyOf } from '../homes/history.js';
import type { Home } from '../homes/home.js';
import type { MigrationSet } from '../homes/migration-set.js';
import { readHistory } from '../homes/open-home.js';
import type { Selection } from '../homes/selection.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { ChangeRecorder } from '../recording/change-recorder.js';
import type { Plan, PlanGroup, PlannedMigration, VerifyReport } from './run-types.js';

/** A home and the change to apply to it. */
export interface PlannedHome {
  readonly home: Home;
  readonly change: Change;
}

/** How many homes are verified at the same time. */
const VERIFY_CONCURRENCY = 4;

/** Determines which homes to change, and how. */
export class Planner {
  readonly #deployment: FleetDeployment;
  readonly #migrator: HomeMigrator;
  readonly #recorder: ChangeRecorder;

  constructor(deployment: FleetDeployment, migrator: HomeMigrator) {
    this.#deployment = deployment;
    this.#migrator = migrator;
    this.#recorder = new ChangeRecorder(deployment);
  }

  /** The homes that need a change. If the catalog has no history of a home, it is read from the home and recorded. */
  async homes(selection: Selection, goal: Goal): Promise<readonly PlannedHome[]> {
    const known =
      goal.direction === 'up'
        ? await this.#deployment.ledger.homesBehind(selection)
        : await this.#deployment.ledger.homes(selection);
    const planned: PlannedHome[] = [];
    const changes = new Map<string, Change>();
    for (const one of known) {
      // Only tenants' own tables are reverted, not the tables that all tenants read.
      if (goal.direction === 'down' && one.home.kind === 'shared') continue;
      const history = one.history ?? (await this.#migrator.readHistory(one.home));
      const key = `${one.home.kind} ${hashOf(history)}`;
      const change = changes.get(key) ?? changeFor(one.home, history, this.#deployment.set, goal);
      changes.set(key, change);
      if (change.names.length > 0) planned.push({ home: one.home, change });
    }
    return planned;
  }

  /** Reads the history of each home from its own tables, and corrects the catalog where it differs. */
  async verify(selection: Selection, signal: AbortSignal | undefined): Promise<VerifyReport> {
    const corrected: VerifyReport['corrected'][number][] = [];
    let checked = 0;
    const options = { concurrency: VERIFY_CONCURRENCY, isOver: () => signal?.aborted === true };
    await workThrough(await this.#deployment.ledger.homes(selection), options, async ({ home, history }) => {
      const read = await readHistory(this.#deployment, home);
      checked += 1;
      if (history && hashOf(history) === hashOf(read)) return;
      await this.#deployment.ledger.setHistory(home, read);
      corrected.push({ label: home.label, from: history?.at(-1), to: read.at(-1) });
    });
    return { checked, corrected };
  }

  /** The plan to display: homes with the same change are one group. */
  async plan(selection: Selection, goal: Goal, { sql }: { sql: boolean }): Promise<Plan> {
    const homes = await this.homes(selection, goal);
    const groups = new Map<string, PlannedHome[]>();
    for (const one of homes) {
      const key = `${one.home.kind} ${keyOf(one.change)}`;
      const group = groups.get(key);
      if (group) group.push(one);
      else groups.set(key, [one]);
    }
    const inOrder = [...groups.values()].sort((one, other) => other.length - one.length);
    const described: PlanGroup[] = [];
    // One after the other: each recording is a transaction, and a failed one must leave no other in progress.
    for (const group of inOrder) described.push(await this.#groupOf(group, sql));
    return { direction: goal.direction, total: homes.length, groups: described };
  }

  async #groupOf(group: readonly PlannedHome[], sql: boolean): Promise<PlanGroup> {
    const [{ home, change }] = group as [PlannedHome];
    return {
      from: change.base.at(-1),
      kind: home.kind,
      names: change.names,
      homes: group.map((one) => one.home.label),
      outOfOrder: outOfOrder(change, this.#deployment.set),
      ...(sql && (await this.#sqlOf(change))),
    };
  }

  async #sqlOf(change: Change): Promise<Pick<PlanGroup, 'sql' | 'sqlError'>> {
    try {
      const { migrations } = await this.#recorder.recordingOf(change);
      const sql: readonly PlannedMigration[] = migrations.map(({ migration, script, dataDependence }) => ({
        name: migration.name,
        statements: script.map(({ text }) => text),
        dataDependence,
      }));
      return { sql };
    } catch (error) {
      return { sqlError: messageOf(error) };
    }
  }
}

function outOfOrder({ base, direction, names }: Change, set: MigrationSet): readonly string[] {
  if (direction === 'down') return [];
  const latest = Math.max(0, ...base.map((name) => set.find(name)?.timestamp ?? 0));
  return names.filter((name) => (set.find(name)?.timestamp ?? 0) < latest);
}
