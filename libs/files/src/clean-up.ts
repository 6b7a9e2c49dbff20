import { TenantContext } from '@rowhouse/core';
import type { TenantJobs } from '@rowhouse/transfer/jobs';
import { FileConflictError, FileNotFoundError } from './errors.js';
import { folderOf, isContentKey, keyOf, thumbnailKeysOf, uploadsOf } from './file-key.js';
import type { FileRecords } from './file-records.js';
import type { FilesOptions } from './files-options.js';
import { SCAN_JOB } from './scan/scan-job.js';
import { type FileStore, PART, type StoredObject } from './store/file-store.js';
import type { TenantFile } from './tenant-file.entity.js';
import type { TenantFiles } from './tenant-files.js';
import { isPicture, THUMBNAIL_JOB } from './thumbnails/thumbnail-job.js';

/** What a clean-up did. */
export interface CleanUpReport {
  /** Files that were purged: never completed, rejected, deleted long ago, or left half purged. */
  readonly purged: number;
  /** Files that a process had left unchecked or unscanned, and that go on. */
  readonly resumed: number;
  /** Uploads that no file waits for. */
  readonly removedUploads: number;
  /** Contents that no file has: a copy or a move of a whole tenant left them when its process died. */
  readonly removedContents: number;
  /** Pictures without a thumbnail, which get one: their job has failed, they were imported, or are older than the option. */
  readonly thumbnails: number;
}

const BATCH = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';
/** What has arrived of an upload, if nothing has come for so long, belongs to a process that has died. */
const ABANDONED_MS = 86_400_000;

/** Does what processes that died have left undone, and what time brings. Any number may run at once. */
export class FilesCleanUp {
  constructor(
    private readonly records: FileRecords,
    private readonly store: FileStore,
    private readonly files: TenantFiles,
    private readonly options: FilesOptions,
    private readonly jobs: TenantJobs | undefined,
  ) {}

  /** Cleans up after the tenant in force. */
  async run(signal?: AbortSignal): Promise<CleanUpReport> {
    TenantContext.require();
    let [purged, resumed] = [0, 0];
    for await (const file of this.#leftovers()) {
      signal?.throwIfAborted();
      if (await this.#resume(file)) resumed += 1;
      else if (await this.#purge(file)) purged += 1;
    }
    const removedUploads = await this.#sweepUploads(signal);
    return { purged, resumed, removedUploads, ...(await this.#sweepContents(signal)) };
  }

  async *#leftovers(): AsyncGenerator<TenantFile> {
    for (let afterId = FIRST; ; ) {
      const files = await this.records.leftovers(this.options.retentionDays, afterId, BATCH);
      yield* files;
      afterId = files.at(-1)?.id ?? FIRST;
      if (files.length < BATCH) return;
    }
  }

  /** @returns whether it is a file that goes on. */
  async #resume({ id, state, deletedAt }: TenantFile): Promise<boolean> {
    if (deletedAt) return false;
    if (state === 'scanning') await this.jobs?.enqueue(SCAN_JOB, { fileId: id }, { singletonKey: id });
    else if (state === 'checking') await ignoring(() => this.files.complete(id));
    else return false;
    return true;
  }

  #purge({ id }: TenantFile): Promise<boolean> {
    return ignoring(() => this.files.purge(id));
  }

  /** Rows of contents that were written lately may not be committed yet. */
  async #sweepContents(
    signal: AbortSignal | undefined,
  ): Promise<Pick<CleanUpReport, 'removedContents' | 'thumbnails'>> {
    const { id: tenantId } = TenantContext.require();
    let [removedContents, thumbnails] = [0, 0];
    for await (const batch of this.#objectsIn(folderOf(tenantId), isContentKey, signal)) {
      const known = await this.records.known([...batch.keys()]);
      for (const [id, objects] of batch) {
        const file = known.get(id);
        const isLeft = (object: StoredObject) => !file || isPartOf(object, keyOf(tenantId, file));
        removedContents += await this.#remove(objects.filter((one) => isOld(one) && isLeft(one)));
        if (!file || !this.#lacksThumbnail(tenantId, file, objects)) continue;
        await this.jobs?.enqueue(THUMBNAIL_JOB, { fileId: id }, { singletonKey: id });
        thumbnails += 1;
      }
    }
    return { removedContents, thumbnails };
  }

  /** @param objects - what is stored of the file. */
  #lacksThumbnail(tenantId: string, file: TenantFile, objects: readonly StoredObject[]): boolean {
    if (!this.options.thumbnails || file.state !== 'ready' || file.deletedAt || !isPicture(file))
      return false;
    const has = (key: string) => objects.some((object) => object.key === key);
    return has(keyOf(tenantId, file)) && !thumbnailKeysOf(tenantId, file).some(has);
  }

  async #sweepUploads(signal: AbortSignal | undefined): Promise<number> {
    let removed = 0;
    for await (const batch of this.#objectsIn(uploadsOf(TenantContext.require().id), () => true, signal)) {
      const awaited = await this.records.awaited([...batch.keys()]);
      for (const [id, objects] of batch)
        removed += await this.#remove(objects.filter((one) => !awaited.has(id) || isAbandoned(one)));
    }
    return removed;
  }

  /** What is stored below a folder, by the ids of files. Objects of one file follow each other in the list. */
  async *#objectsIn(
    folder: string,
    isMeant: (key: string) => boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ReadonlyMap<string, readonly StoredObject[]>> {
    let batch = new Map<string, StoredObject[]>();
    for await (const object of this.store.list(folder)) {
      if (!isMeant(object.key)) continue;
      const id = fileIdOf(object);
      if (batch.size === BATCH && !batch.has(id)) {
        signal?.throwIfAborted();
        yield batch;
        batch = new Map();
      }
      batch.set(id, [...(batch.get(id) ?? []), object]);
    }
    yield batch;
  }

  async #remove(objects: readonly StoredObject[]): Promise<number> {
    for (const { key } of objects) await this.store.remove(key);
    return objects.length;
  }
}

/** The id is how the name of an upload begins. */
const fileIdOf = ({ key }: StoredObject) => (key.split('/').at(-1) ?? '').slice(0, FIRST.length);

/** What has arrived of a content or of its thumbnail; a name of a file may end so, too. */
const isPartOf = ({ key }: StoredObject, content: string) =>
  key.startsWith(`${content}.`) && key.endsWith(PART);

const isOld = ({ modifiedAt }: StoredObject) => Date.now() - modifiedAt.getTime() > ABANDONED_MS;

/** Parts of an upload that goes on where it stopped stay as long as its file waits: their key is that of the upload and no more. */
const isAbandoned = (object: StoredObject) =>
  object.key.endsWith(PART) && !object.key.endsWith(`/${fileIdOf(object)}${PART}`) && isOld(object);

/** Somebody else was faster. */
async function ignoring(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (error instanceof FileConflictError || error instanceof FileNotFoundError) return false;
    throw error;
  }
}
