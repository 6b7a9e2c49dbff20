import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, keyOf } from '../homes/change.js';
import { type RecordedChange, recordChange } from './recorded-change.js';

/** Records changes in scratch homes, and caches the recordings. */
export class ChangeRecorder {
  readonly #deployment: FleetDeployment;
  /** By {@link keyOf}. Few: one for each distinct history of the homes. */
  readonly #changes = new Map<string, Promise<RecordedChange>>();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** @throws {MigrationConflictError} when the release does not have one of the migrations. */
  recordingOf(change: Change): Promise<RecordedChange> {
    const key = keyOf(change);
    let recorded = this.#changes.get(key);
    if (!recorded) {
      recorded = this.#record(change);
      this.#changes.set(key, recorded);
      recorded.catch(() => this.#changes.delete(key));
    }
    return recorded;
  }

  async #record({ base, direction, names }: Change): Promise<RecordedChange> {
    const { registry, set } = this.#deployment;
    return recordChange(registry, await this.#deployment.reader(), {
      base: set.named(base),
      direction,
      migrations: set.named(names),
    });
  }
}
