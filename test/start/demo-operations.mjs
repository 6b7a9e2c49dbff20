import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** How a demo whose data are in this folder is reached. */
export function connectionOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'connection.json'), 'utf8'));
}

/** A connection as the owner of its tables. */
export async function openOwner(folder) {
  const owner = new pg.Client({ connectionString: connectionOf(folder).directUrl });
  await owner.connect();
  return owner;
}

/** Begins an operation and waits for its end. Answers its id. */
export function operationsOf(api, token) {
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${api}/${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return async (path, body) => {
    const { id } = await call('POST', path, body);
    while ((await call('GET', `operations/${id}`)).state === 'running') await pause(100);
    return id;
  };
}
