import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, keyOf } from '../homes/change.js';
import { type RecordedChange, recordChange } from './recorded-change.js';

/** Records changes in scratch homes, each once. */
export class ChangeRecorder {
  readonly #deployment: FleetDeployment;
  /** Few: one for each history that homes have. */
  readonly #changes = new Map<string, Promise<RecordedChange>>();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** @throws {MigrationConflictError} when the app lacks one of the migrations. */
  recordOf(change: Change): Promise<RecordedChange> {
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
