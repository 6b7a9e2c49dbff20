import { TenantContext } from '@rowhouse/core';
import { FileScanError } from '../errors.js';
import { keyOf } from '../file-key.js';
import type { FileRecords } from '../file-records.js';
import type { FilesOptions } from '../files-options.js';
import type { FileStore } from '../store/file-store.js';
import { scan } from './clamd.js';

/** Scans files of the tenant in force that wait for it. */
export class FileScans {
  readonly #records: FileRecords;
  readonly #store: FileStore;
  readonly #options: FilesOptions;

  constructor(records: FileRecords, store: FileStore, options: FilesOptions) {
    this.#records = records;
    this.#store = store;
    this.#options = options;
  }

  /**
   * May be repeated: what was scanned is not scanned again, and who is told of a quarantined file is told once more.
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
      await this.#records.scanned(fileId, found ? 'quarantined' : 'ready', found ?? null);
    }
    const scanned = await this.#records.find(fileId);
    if (scanned?.state === 'quarantined') await this.#options.onQuarantined?.(scanned, tenant);
  }
}
