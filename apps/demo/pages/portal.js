// The pages of the portal: no framework, no inline code. Text reaches the document by `textContent` alone.

import { language, texts } from './portal-texts.js';

document.documentElement.lang = language;

const main = document.querySelector('main');
/** The token is in memory only: reloading signs out. An app of yours signs in with its identity provider. */
const session = { token: '', tenant: '' };

const PAGES = {
  members: {
    title: texts.members,
    path: 'members',
    columns: { name: texts.name, email: texts.email, roles: texts.roles, status: texts.status },
    remove: [texts.remove, ({ email }) => email],
  },
  invitations: {
    title: texts.invitations,
    path: 'invitations',
    columns: { email: texts.email, roles: texts.roles, state: texts.state, expiresAt: texts.until },
    remove: [texts.revoke, ({ email }) => email],
    create: [
      texts.invite,
      { email: [texts.email, 'email'], roles: [texts.role, ['staff', 'owner']] },
      ({ email, roles }) => ({ email, roles: [roles] }),
    ],
    secret: ({ token }) => texts.invitation(token),
  },
  keys: {
    title: texts.keys,
    path: 'keys',
    columns: {
      label: texts.label,
      prefix: texts.prefix,
      lastUsedAt: texts.lastUsed,
      revokedAt: texts.revoked,
    },
    remove: [texts.revoke, ({ label }) => label],
    create: [texts.makeKey, { label: [texts.label, 'text'] }, (fields) => fields],
    secret: ({ key }) => texts.newKey(key),
  },
  audit: {
    title: texts.audit,
    path: 'audit',
    columns: { at: texts.at, actor: texts.actor, action: texts.action, target: texts.target },
  },
  usage: {
    title: texts.usage,
    path: 'usage',
    columns: { hour: texts.hour, meter: texts.meter, quantity: texts.quantity },
  },
  export: { title: texts.export },
};

/** An element with properties and children; a text child is text, never markup. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${session.token}`,
      ...(session.tenant && { 'x-tenant-id': session.tenant }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? texts.failed(response.status));
}

/** Does what a button or a form asks for, once at a time, and says what went wrong. */
function act(control, work) {
  return async (event) => {
    event.preventDefault();
    if (control.disabled) return;
    control.disabled = true;
    main.querySelector('[role="alert"]')?.remove();
    try {
      await work();
    } catch (error) {
      main.querySelector('h1').after(element('p', { role: 'alert' }, error.message));
    } finally {
      control.disabled = false;
    }
  };
}

function field(name, [label, type]) {
  const input = Array.isArray(type)
    ? element('select', { name }, ...type.map((value) => element('option', {}, value)))
    : element('input', { name, type, required: true, autocomplete: 'off' });
  return element('label', {}, label, input);
}

function form(button, fields, work) {
  const submit = element('button', { type: 'submit' }, button);
  const made = element('form', {}, ...Object.entries(fields).map((one) => field(...one)), submit);
  made.addEventListener('submit', (event) =>
    act(submit, () => work(Object.fromEntries(new FormData(made))))(event),
  );
  return made;
}

function tableOf(page, items, again) {
  const names = Object.entries(page.columns);
  const head = element('tr', {}, ...names.map(([, title]) => element('th', { scope: 'col' }, title)));
  if (page.remove) head.append(element('td'));
  const rows = items.map((item) => {
    const row = element('tr', {}, ...names.map(([name]) => element('td', {}, textOf(item[name]))));
    if (!page.remove) return row;
    const [verb, nameOf] = page.remove;
    const isOver = item.revokedAt || (item.state && item.state !== 'pending');
    const button = element('button', { type: 'button', ariaLabel: `${verb} ${nameOf(item)}` }, verb);
    button.addEventListener(
      'click',
      act(button, async () => {
        if (!confirm(texts.question(verb, nameOf(item), session.tenant))) return;
        await call('DELETE', `/portal/${page.path}/${item.id}`);
        await again();
      }),
    );
    row.append(isOver ? element('td') : element('td', {}, button));
    return row;
  });
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows));
}

const textOf = (value) => (Array.isArray(value) ? value.join(', ') : String(value ?? '—'));

async function list(page, place) {
  const items = [];
  const more = element('button', { type: 'button' }, texts.more);
  const load = async (cursor) => {
    const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
    const { items: found, next } = await (await call('GET', `/portal/${page.path}${query}`)).json();
    items.push(...found);
    const scrolled = element('div', {
      className: 'wide',
      tabIndex: 0,
      role: 'region',
      ariaLabel: page.title,
    });
    scrolled.append(tableOf(page, items, () => list(page, place)));
    place.replaceChildren(items.length ? scrolled : element('p', {}, texts.nothing));
    if (!next) return;
    more.onclick = act(more, () => load(next));
    place.append(more);
  };
  await load();
}

async function download() {
  const archive = await (await call('GET', '/portal/export')).blob();
  const link = element('a', { href: URL.createObjectURL(archive), download: `${session.tenant}.tar.gz` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function show() {
  const name = location.hash.slice(1);
  const page = PAGES[name] ?? PAGES.members;
  document.title = `${page.title} – ${session.tenant}`;
  const links = Object.entries(PAGES).map(([key, { title }]) => {
    const link = element('a', { href: `#${key}` }, title);
    if (PAGES[key] === page) link.setAttribute('aria-current', 'page');
    return link;
  });
  const heading = element('h1', {}, page.title);
  const place = element('div');
  main.replaceChildren(
    element('p', {}, `${texts.shop}: ${session.tenant}`),
    element('nav', { ariaLabel: texts.portal }, ...links),
    heading,
  );
  if (!page.path) {
    const button = element('button', { type: 'button' }, texts.download);
    button.addEventListener('click', act(button, download));
    main.append(element('p', {}, texts.all), button);
    return;
  }
  if (page.create) {
    const [verb, fields, bodyOf] = page.create;
    const told = element('output');
    const create = async (values) => {
      const made = await (await call('POST', `/portal/${page.path}`, bodyOf(values))).json();
      told.textContent = page.secret(made);
      await list(page, place);
    };
    main.append(form(verb, fields, create), told);
  }
  main.append(place);
  await act({}, () => list(page, place))(new Event('load'));
}

async function choose({ token }) {
  Object.assign(session, { token, tenant: '' });
  const { items } = await (await call('GET', '/me/tenants')).json();
  const owned = items.filter(({ roles }) => roles.includes('owner')).map(({ slug }) => slug);
  if (owned.length === 0) throw new Error(texts.ownsNone);
  const enter = ({ tenant }) => {
    session.tenant = tenant;
    addEventListener('hashchange', show);
    return show();
  };
  if (owned.length === 1) return enter({ tenant: owned[0] });
  main.replaceChildren(
    element('h1', {}, texts.choose),
    form(texts.open, { tenant: [texts.shop, owned] }, enter),
  );
}

main.replaceChildren(
  element('h1', {}, texts.yours),
  form(texts.signIn, { token: [texts.token, 'password'] }, choose),
);
