import { Inject, Injectable } from '@nestjs/common';
import { TenantJob, type TenantJobRun } from '@rowhouse/transfer/jobs';
import { FilesCleanUp } from '../clean-up.js';
import { FileScans } from '../scan/file-scans.js';
import { SCAN_JOB, type ScanJobData } from '../scan/scan-job.js';

/** What is done for files where nobody waits for it, in an app that has `TenancyJobsModule`. */
@Injectable()
export class FileJobs {
  constructor(
    @Inject(FileScans) private readonly scans: FileScans,
    @Inject(FilesCleanUp) private readonly cleanUp: FilesCleanUp,
  ) {}

  @TenantJob(SCAN_JOB, { concurrency: 2, concurrencyPerTenant: 1, retries: 10 })
  async scan({ data, signal }: TenantJobRun<ScanJobData>): Promise<void> {
    await this.scans.scan(data.fileId, signal);
  }

  @TenantJob('files.clean-up', { cron: '23 * * * *', jitterMs: 1_800_000, concurrency: 2 })
  async clean({ signal }: TenantJobRun<null>): Promise<void> {
    await this.cleanUp.run(signal);
  }
}
