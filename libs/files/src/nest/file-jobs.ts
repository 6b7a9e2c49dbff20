import { Inject, Injectable } from '@nestjs/common';
import { TenantJob, type TenantJobRun } from '@rowhouse/transfer/jobs';
import { FilesCleanUp } from '../clean-up.js';
import { FileScans } from '../scan/file-scans.js';
import { SCAN_JOB, type ScanJobData } from '../scan/scan-job.js';
import { THUMBNAIL_JOB, type ThumbnailJobData } from '../thumbnails/thumbnail-job.js';
import { FileThumbnails } from '../thumbnails/thumbnails.js';

/** What is done for files where nobody waits for it, in an app that has `TenancyJobsModule`. */
@Injectable()
export class FileJobs {
  constructor(
    @Inject(FileScans) private readonly scans: FileScans,
    @Inject(FileThumbnails) private readonly thumbnails: FileThumbnails,
    @Inject(FilesCleanUp) private readonly cleanUp: FilesCleanUp,
  ) {}

  @TenantJob(SCAN_JOB, { concurrency: 2, concurrencyPerTenant: 1, retries: 10 })
  async scan({ data, signal }: TenantJobRun<ScanJobData>): Promise<void> {
    await this.scans.scan(data.fileId, signal);
  }

  @TenantJob(THUMBNAIL_JOB, { concurrency: 1, retries: 3 })
  async makeThumbnail({ data }: TenantJobRun<ThumbnailJobData>): Promise<void> {
    await this.thumbnails.create(data.fileId);
  }

  @TenantJob('files.clean-up', { cron: '23 * * * *', jitterMs: 1_800_000, concurrency: 2 })
  async clean({ signal }: TenantJobRun<null>): Promise<void> {
    await this.cleanUp.run(signal);
  }
}
