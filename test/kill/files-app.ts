import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  FileConflictError,
  FileNotFoundError,
  FilesCleanUp,
  ResumableUploads,
  TenantFile,
  TenantFiles,
  TenantFilesModule,
} from '@rowhouse/files';
import { HeaderResolver, TenancyModule, TenantRunner } from '@rowhouse/nestjs';
import { TenancyJobsModule } from '@rowhouse/transfer/jobs';
import sharp from 'sharp';

/** What the program is told, as JSON in its argument. */
export interface FilesAppSettings {
  readonly url: string;
  readonly ownerUrl: string;
  readonly roles: string;
  readonly folder: string;
  readonly secret: string;
  readonly port: number;
  readonly tenants: readonly string[];
  /** Where clamd listens, and the text that it takes for a virus. */
  readonly clamd: { readonly host: string; readonly port: number };
  readonly virus: string;
}

const settings: FilesAppSettings = JSON.parse(process.argv[2] ?? '');
const { url, ownerUrl, roles, folder, secret, port, tenants, clamd, virus } = settings;

class FilesApp {}
const app = await NestFactory.create(
  {
    module: FilesApp,
    imports: [
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url, entities: [TenantFile], poolSize: 4 },
        directUrl: ownerUrl,
        pool: { roles },
        resolvers: [new HeaderResolver()],
      }),
      // What a killed process was at, the others take over soon.
      TenancyJobsModule.forRoot({ pollMs: 20, leaseMs: 3_000 }),
      TenantFilesModule.forRoot({
        path: 'files',
        auth: { canActivate: () => true },
        storage: { folder, url: `http://127.0.0.1:${port}/files`, secret },
        scan: { clamd },
        thumbnails: { sizePx: 32 },
      }),
    ],
  },
  new FastifyAdapter(),
  { logger: false },
);
await app.listen(port, '127.0.0.1');
const [files, uploads] = [app.get(TenantFiles), app.get(ResumableUploads)];
const [cleanUp, runner] = [app.get(FilesCleanUp), app.get(TenantRunner)];

/** What is uploaded: texts, pictures, pictures that are none, and viruses. Whoever knows the name knows the content. */
const KINDS = ['lie', 'picture', 'virus', 'text'] as const;
type Kind = (typeof KINDS)[number];
const TYPES: Record<Kind, string> = {
  lie: 'image/png',
  picture: 'image/png',
  virus: 'text/plain',
  text: 'text/plain',
};

async function contentOf(name: string): Promise<Buffer> {
  const [kind, n = ''] = name.split(/[-.]/);
  if (kind === 'virus') return Buffer.from(`${virus}\n${n}`);
  if (kind !== 'picture') return Buffer.from(`${n} `.repeat(20_000));
  const background = { r: Number(n) % 256, g: 99, b: 9 };
  return sharp({ create: { width: 200, height: 100, channels: 3, background } })
    .png()
    .toBuffer();
}

const RESUMABLE = 'arrives by tus';
const tus = (method: string, slug: string, path: string, headers: Record<string, string>, body?: Buffer) =>
  fetch(`http://127.0.0.1:${port}/files/tus${path}`, {
    method,
    headers: { 'x-tenant-id': slug, 'tus-resumable': '1.0.0', ...headers },
    ...(body && { body: new Uint8Array(body) }),
  });

/** Sends what is missing, in two requests. Others may do the same at the same time. */
async function resume(slug: string, id: string, content: Buffer): Promise<void> {
  for (const end of [Math.ceil(content.length / 2), content.length]) {
    const { headers } = await tus('HEAD', slug, `/${id}`, {});
    const offset = Number(headers.get('upload-offset') ?? content.length);
    if (offset >= end) continue;
    const sent = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
    await tus('PATCH', slug, `/${id}`, sent, content.subarray(offset, end));
  }
}

async function upload(slug: string, kind: Kind, n: number): Promise<string> {
  const filename = `${kind}-${n}.txt`;
  const content = await contentOf(filename);
  const given = { filename, contentType: TYPES[kind], module: 'notes', sizeBytes: content.length };
  if (n % 2 === 0) {
    const { file, upload } = await files.presign(given);
    await fetch(upload.url, {
      method: upload.method,
      headers: { ...upload.headers },
      body: new Uint8Array(content),
    });
    return file.id;
  }
  const { id } = await uploads.create({ ...given, description: RESUMABLE });
  await resume(slug, id, content);
  return id;
}

/** Whether it is served; nothing is, before it was scanned. */
async function isServed(id: string, kind: Kind): Promise<boolean> {
  const served = await files.download(id).catch(undefinedIfRefused);
  if (!served) return false;
  const response = await fetch(served.url);
  if (response.ok && kind === 'virus') throw new Error(`The virus ${id} was served.`);
  return response.ok;
}

/** One file, all its life; every third is purged, whatever is done with it at that moment. */
async function live(slug: string, n: number): Promise<void> {
  const kind = KINDS[Math.floor(Math.random() * KINDS.length)] as Kind;
  await runner.run(slug, async () => {
    const id = await upload(slug, kind, n);
    // Somebody else may have gone on with it.
    await files.complete(id).catch(undefinedIfRefused);
    await isServed(id, kind);
    if (n % 3 === 0) await files.purge(id).catch(undefinedIfRefused);
    else
      while ((await files.get(id).catch(undefinedIfRefused))?.state === 'scanning') await isServed(id, kind);
    if (n % 5 === 0) await cleanUp.run();
  });
  // Each line is a step that the killer may wait for.
  process.stdout.write('.\n');
}

/** Goes on with what processes have left that were killed. */
async function resumeAll(slug: string): Promise<void> {
  await runner.run(slug, async () => {
    for (const { id, state, name, description } of await files.list({ isDeleted: false, limit: 50 })) {
      if (state !== 'pending' || description !== RESUMABLE) continue;
      await resume(slug, id, await contentOf(name));
      await files.complete(id).catch(undefinedIfRefused);
    }
  });
}

function undefinedIfRefused(error: unknown): undefined {
  if (!(error instanceof FileConflictError) && !(error instanceof FileNotFoundError)) throw error;
}

await Promise.all(
  tenants.map(async (slug) => {
    await resumeAll(slug);
    for (let n = 1 + Math.floor(Math.random() * 1_000_000); ; n += 1) await live(slug, n);
  }),
);
