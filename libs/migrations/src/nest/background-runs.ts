import { Injectable } from '@nestjs/common';
import { BackgroundWork, type WorkControl } from '@rowhouse/nestjs/operator';
import { FleetMigrations, type StartOptions } from '../runs/fleet-migrations.js';
import type { RunControl } from '../runs/fleet-run.js';
import type { RunProgress, RunReport } from '../runs/run-types.js';

/** Runs that go on in this process after the request that began them was answered. Those that shutdown stops can be resumed. */
@Injectable()
export class BackgroundRuns extends BackgroundWork<RunReport, RunProgress> {
  constructor(private readonly migrations: FleetMigrations) {
    super();
  }

  /**
   * A run as the catalog knows it.
   *
   * @throws {MigrationRunNotFoundError}
   */
  async reportOf(id: string): Promise<RunReport> {
    const report = await this.migrations.get(id);
    // A run stands in the catalog a moment before the lock is taken by which others see that it is live.
    const isLive = report.isLive || (report.state === 'running' && this.isUnderWay(id));
    return { ...report, isLive };
  }

  /** @throws {MigrationConflictError} and the like, as {@link FleetMigrations.start}. */
  async start(options: StartOptions): Promise<RunReport> {
    const { report } = await this.begin(async (control) => {
      const started = await this.migrations.start(options, runControlOf(control));
      return { ...started, id: started.report.id };
    });
    return report;
  }

  resume(id: string): Promise<RunReport> {
    return this.takeUp(id, (control) => this.migrations.resume(id, runControlOf(control)));
  }

  retry(id: string): Promise<RunReport> {
    return this.takeUp(id, (control) => this.migrations.retry(id, runControlOf(control)));
  }
}

function runControlOf({ signal, onProgress }: WorkControl<RunProgress>): RunControl {
  return { signal, onProgress: ({ home: _, ...progress }) => onProgress(progress) };
}
