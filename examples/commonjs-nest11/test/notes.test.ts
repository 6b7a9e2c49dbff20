import 'reflect-metadata';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import { expectIsolated } from '@rowhouse/testing';
import { AppModule } from '../src/app.module';
import { openDatabase } from '../src/database';
import { Note } from '../src/note.entity';

let app: INestApplication;
let url: string;
let close: () => Promise<void>;

before(async () => {
  const database = await openDatabase({});
  close = database.close;
  app = await NestFactory.create(AppModule.forRoot(database.fields), { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  for (const slug of ['acme', 'globex']) await app.get(TenantLifecycle).create({ slug });
});
after(async () => {
  await app?.close();
  await close?.();
});

async function call(tenant: string | undefined, method: string, path: string, body?: object) {
  const response = await fetch(`${url}/${path}`, {
    method,
    headers: {
      ...(tenant && { 'X-Tenant-ID': tenant }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}
const textsOf = async (tenant: string) =>
  (await call(tenant, 'GET', 'notes')).body.map(({ text }: { text: string }) => text);

test('runs as CommonJS, on Nest 11 and TypeORM 0.3', () => {
  assert.equal(typeof module, 'object');
  const versionOf = (name: string) =>
    JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')).version;
  assert.match(versionOf('@nestjs/core'), /^11\./);
  assert.match(versionOf('typeorm'), /^0\.3\./);
});

test('active records are those of the tenant of the request', async () => {
  assert.equal((await call('acme', 'POST', 'notes', { text: 'Order rockets' })).status, 201);
  assert.equal((await call('globex', 'POST', 'notes', { text: 'Feed the cat' })).status, 201);
  assert.equal((await call('acme', 'POST', 'notes', { text: 'Order more' })).body.id, 2);
  assert.deepEqual(await textsOf('acme'), ['Order rockets', 'Order more']);
  assert.deepEqual(await textsOf('globex'), ['Feed the cat']);
  assert.equal((await call('globex', 'DELETE', 'notes/2')).status, 404);
  assert.equal((await call('acme', 'DELETE', 'notes/2')).status, 204);
  assert.deepEqual(await textsOf('acme'), ['Order rockets']);
  await expectIsolated(app, { path: '/notes', as: ['acme', 'globex'], keys: ['text'] });
});

test('without a tenant there is no answer, and outside of a request no data', async () => {
  assert.equal((await call(undefined, 'GET', 'notes')).status, 400);
  assert.equal((await call('hooli', 'GET', 'notes')).status, 404);
  await assert.rejects(Note.find(), { code: 'TENANT_CONTEXT_MISSING' });
});
