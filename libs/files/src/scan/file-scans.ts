import { type Catalog, type Tenant, TenantContext } from '@rowhouse/core';
import type { TenantJobs } from '@rowhouse/transfer/jobs';
import { FileScanError } from '../errors.js';
import { keyOf } from '../file-key.js';
import type { FileRecords } from '../file-records.js';
import type { FilesOptions } from '../files-options.js';
import type { FileStore } from '../store/file-store.js';
import type { TenantFile } from '../tenant-file.entity.js';
import { isPicture, THUMBNAIL_JOB } from '../thumbnails/thumbnail-job.js';
import { scan } from './clamd.js';

/** Scans files of the tenant in force that wait for it. */
export class FileScans {
  readonly #records: FileRecords;
  readonly #store: FileStore;
  readonly #options: FilesOptions;
  readonly #catalog: Pick<Catalog, 'query'> | undefined;
  readonly #jobs: TenantJobs | undefined;

  /** @param catalog - where jobs are, it is there. */
  constructor(
    records: FileRecords,
    store: FileStore,
    options: FilesOptions,
    catalog: Pick<Catalog, 'query'> | undefined,
    jobs: TenantJobs | undefined,
  ) {
    this.#records = records;
    this.#store = store;
    this.#options = options;
    this.#catalog = catalog;
    this.#jobs = jobs;
  }

  /**
   * May be repeated: what was scanned is not scanned again, and `onQuarantined` is called once more of a quarantined file.
   *
   * @throws {FileScanError} The file is not served then, and waits.
   */
  async scan(fileId: string, signal?: AbortSignal): Promise<void> {
    const tenant = TenantContext.require();
    const file = await this.#records.find(fileId);
    if (file?.state === 'scanning') {
      const { scan: options } = this.#options;
      if (!options)
        throw new FileScanError('Files wait to be scanned, and the option `scan` is not set any more.');
      const content = await this.#store.read(keyOf(tenant.id, file));
      if (!content) throw new FileScanError('The content of the file is gone.');
      const { found } = await scan(content, options, signal);
      await this.#settle(file, found);
    }
    const scanned = await this.#records.find(fileId);
    if (scanned?.state !== 'quarantined') return;
    await this.#notice(scanned, tenant);
    await this.#options.onQuarantined?.(scanned, tenant);
  }

  /** One event for a file, however often it is asked for: the process may have died after the state was changed. */
  async #notice({ id, name, reason }: TenantFile, tenant: Tenant): Promise<void> {
    await this.#catalog?.query('select rowhouse.notice_quarantine($1, $2, $3, $4)', [
      tenant.id,
      id,
      name,
      reason,
    ]);
  }

  /** A picture that is ready has the job of its thumbnail: both are committed, or neither. */
  #settle(file: TenantFile, found: string | undefined): Promise<boolean> {
    const { id } = file;
    if (found || !this.#options.thumbnails || !isPicture(file))
      return this.#records.scanned(id, found ? 'quarantined' : 'ready', found ?? null);
    return this.#records.transaction(async (manager) => {
      const isReady = await this.#records.scanned(id, 'ready', null, manager);
      if (isReady) await this.#jobs?.enqueue(THUMBNAIL_JOB, { fileId: id }, { manager, singletonKey: id });
      return isReady;
    });
  }
}
